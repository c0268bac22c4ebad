import { describe, expect, it } from "vitest";
import { compile } from "../../../src/compile.ts";
import { NameSupply } from "../../../src/lower/names.ts";
import { fuseNests } from "../../../src/lower/rewrites/fuse.ts";
import { type Expression, formatStatements, type Statement } from "../../../src/program/index.ts";
import { apply, at, batch, define, load, local, loop, number, store } from "../../program/sample.ts";

const add = (name: string, ...factors: readonly Expression[]): Statement => ({
  kind: "assign",
  name,
  value: apply(
    "add",
    local(name),
    factors.reduce((product, each) => apply("multiply", product, each)),
  ),
});

/** Element [n, i] of rows of eight. */
const place = at(0, [8, "n"], [1, "i"]);
const row = (...body: readonly Statement[]): Statement => loop("n", batch, ...body);
const copy = (from: string, to: string): Statement =>
  row(loop("i", 8, store(to, place, apply("exp", load(from, place)))));
const sum = (of: string, into: string): Statement =>
  row(
    define("s", number(0), true),
    loop("i", 8, add("s", load(of, place))),
    store(into, at(0, [1, "n"]), local("s")),
  );
const over = (from: string, by: string, to: string): Statement =>
  row(loop("i", 8, store(to, place, apply("divide", load(from, place), load(by, at(0, [1, "n"]))))));

const fused = (...statements: readonly Statement[]): readonly string[] =>
  formatStatements(fuseNests(statements, new NameSupply()));
const untouched = (...statements: readonly Statement[]): void => {
  expect(fused(...statements)).toEqual(formatStatements(statements));
};

describe("nests over the same rows", () => {
  it("are one, and passes over a row that need no whole row are one", () => {
    expect(fused(copy("x", "e"), sum("e", "z"), over("e", "z", "y"))).toEqual([
      "for n = 0 to batch {",
      "  let mutable s = 0",
      "  for i = 0 to 8 {",
      "    e[8n + i] = exp(x[8n + i])",
      "    s = s + e[8n + i]",
      "  }",
      "  z[n] = s",
      "  for i = 0 to 8 {",
      "    y[8n + i] = e[8n + i] / z[n]",
      "  }",
      "}",
    ]);
  });

  it("may call their rows differently", () => {
    const other = at(0, [8, "i"], [1, "n"]);
    const renamed = loop("i", batch, loop("n", 8, store("y", other, apply("exp", load("e", other)))));
    expect(fused(copy("x", "e"), renamed)).toEqual([
      "for n = 0 to batch {",
      "  for i = 0 to 8 {",
      "    e[8n + i] = exp(x[8n + i])",
      "    y[8n + i] = exp(e[8n + i])",
      "  }",
      "}",
    ]);
  });

  it("are found behind what has nothing to do with them, and only there", () => {
    const apart = loop("k", 3, store("t", at(0, [1, "k"]), number(0)));
    expect(fused(copy("x", "e"), apart, copy("e", "y"))).toHaveLength(9);
    untouched(copy("x", "e"), loop("k", 3, store("e", at(0, [1, "k"]), number(0))), copy("e", "y"));
  });

  it("are found in loops over steps", () => {
    const steps = loop(
      "t",
      5,
      store("h", at(1, [1, "t"]), load("h", at(0, [1, "t"]))),
      copy("x", "e"),
      copy("e", "y"),
    );
    expect(fused(steps)).toHaveLength(9);
  });
});

describe("nests stay apart", () => {
  it("where a row needs another one", () => {
    const next = at(8, [8, "n"], [1, "i"]);
    untouched(copy("x", "e"), row(loop("i", 8, store("y", place, load("e", next)))));
    untouched(copy("x", "e"), row(loop("i", 8, store("y", place, load("e", at(0, [1, "n"], [8, "i"]))))));
  });

  it("where one reads what the other adds up", () => {
    const total = define("s", number(0), true);
    const scaled = row(loop("i", 8, store("y", place, apply("multiply", local("s"), load("e", place)))));
    untouched(total, row(loop("i", 8, add("s", load("e", place)))), scaled);
  });

  it("where they share no memory, or run differently", () => {
    untouched(copy("x", "e"), copy("w", "y"));
    untouched(copy("x", "e"), loop("n", 4, loop("i", 8, store("y", place, load("e", place)))));
  });
});

/** s[n, i, j] = Σₖ q[n, i, k]·w, of eight times eight times eight. */
const product = (w: ReturnType<typeof at>): Statement =>
  row(
    loop(
      "i",
      8,
      loop(
        "j",
        8,
        define("p", number(0), true),
        loop("k", 8, add("p", load("q", at(0, [64, "n"], [8, "i"], [1, "k"])), load("w", w))),
        store("s", at(0, [64, "n"], [8, "i"], [1, "j"]), local("p")),
      ),
    ),
  );
const elements = at(0, [64, "n"], [8, "i"], [1, "j"]);
const powers = row(loop("i", 8, loop("j", 8, store("e", elements, apply("exp", load("s", elements))))));

describe("a matrix product", () => {
  it("keeps to itself what a tile needs", () => {
    untouched(product(at(0, [8, "j"], [1, "k"])), powers);
  });

  it("shares the loops along which all of its operands move", () => {
    const lines = fused(product(at(0, [64, "n"], [8, "j"], [1, "k"])), powers);
    expect(lines.filter((line) => line.includes("for n"))).toHaveLength(1);
    expect(lines.filter((line) => line.includes("for i"))).toHaveLength(2);
  });
});

it("keeps of a head's scores no more than a head's", async () => {
  const text =
    "x = input([8, 8])\ny = attention(dense(x, 8), dense(x, 8), x, {heads: 2})\nloss = sum(y .^ 2)";
  const { program } = await compile({ name: "heads.nabla", text }, { target: "wasm", schedule: "tiled" });
  const { buffers } = program.programs.loss;
  const powersOfHead = buffers.find(({ name }) => name.endsWith("_exp"));
  expect(powersOfHead).toMatchObject({ batched: false });
  expect(powersOfHead?.shape.reduce((size, extent) => size * extent, 1)).toBeLessThanOrEqual(64);
});

it("keeps the room of all samples where their loop adds up the loss", async () => {
  const text =
    "x = input([3, 2])\ny = attention(dense(x, 2), dense(x, 2), x, {mask: [0, 0, 0; 1, 0, 1; 0, 1, 0]})\nloss = sum(y .^ 2 + y)";
  const { program } = await compile(
    { name: "masked.nabla", text },
    { target: "wasm", schedule: "tiled", batchSize: 5 },
  );
  const powers = program.programs.gradient.buffers.find(({ name }) => name === "y_weights_exp");
  expect(powers).toMatchObject({ batched: true, shape: [1, 3, 3] });
});

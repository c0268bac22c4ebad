import { describe, expect, it } from "vitest";
import { finishApart } from "../../../src/lower/lanes/finish.ts";
import { NameSupply } from "../../../src/lower/names.ts";
import { type Expression, formatStatements, type Statement } from "../../../src/program/index.ts";
import type { Loop } from "../../../src/lower/traverse.ts";
import { apply, buffer, define, local, number } from "../../program/sample.ts";
import { at, load, loop, loopsInLanes, store, sum, times, vectorised, wholeBatch } from "./nests.ts";

/** Σₖ w[8i + k] x[8n + k] */
const product = times(load("w", at({ i: 8, k: 1 })), load("x", at({ n: 8, k: 1 })));
const place = at({ n: 6, i: 1 });
const relu = (of: Expression): Expression => apply("maximum", of, number(0));
const biased = (total: Expression): Expression => apply("add", total, load("b", at({ i: 1 })));
const memory = { width: 4, batchSize: 8, sizes: { w: 48, x: 8, b: 6, y: 6 }, batched: ["x", "y"] };

function dense(use: (total: Expression) => Statement): Loop {
  return loop("n", wholeBatch, [loop("i", 6, sum([["k", 8]], product, use))]);
}

function isBusy(each: Statement): boolean {
  return each.kind === "store" && each.value.kind === "apply" && each.value.operation === "maximum";
}

describe("a dense layer whose sums are in lanes", () => {
  it("adds biases and applies its activation in lanes as well", () => {
    const nest = dense((total) => store("y", place, relu(biased(total))));
    const { statements } = vectorised(nest, memory, [1, 3, 4, 8, 9]);
    const along = loopsInLanes(statements).filter(({ body }) => body.some(isBusy));
    expect(along.map(({ variable }) => variable)).toContain("i");
    const sums = loopsInLanes(statements).filter(({ variable }) => variable === "k");
    expect(sums.length).toBeGreaterThan(0);
  });
});

describe("what becomes of sums", () => {
  const buffers = ["w", "x", "b", "y", "z"].map((name) => buffer("scratch", name, [64], name !== "w"));
  const divided = (...rest: readonly Statement[]): readonly (readonly string[])[] | undefined => {
    const names = new NameSupply();
    names.reserve("total");
    const zero = define("total", number(0), true);
    const [, inner] = sum([["k", 8]], product, () => zero);
    const around = loop("i", 6, [zero, ...(inner === undefined ? [] : [inner]), ...rest]);
    const apart = finishApart(around, { buffers, names });
    return apart && [apart.sums, apart.rest].map((each) => formatStatements(each.body));
  };
  const total = local("total");

  it("finds them in the memory of its results", () => {
    const [sums, rest] =
      divided(
        define("a", biased(total)),
        store("y", place, local("a")),
        store("z", place, relu(local("a"))),
      ) ?? [];
    expect(sums?.at(-1)).toBe("y[6n + i] = total");
    expect(rest).toEqual([
      "let total_2 = y[6n + i]",
      "let a = total_2 + b[i]",
      "y[6n + i] = a",
      "z[6n + i] = maximum(a, 0)",
    ]);
  });

  it("stays with them where they are only stored, or their place does not serve", () => {
    expect(divided(store("y", place, total))).toBeUndefined();
    expect(divided(store("y", at({ n: 1, i: 6 }), relu(total)))).toBeUndefined();
    expect(divided(store("y", place, apply("add", total, load("y", at({ i: 1 })))))).toBeUndefined();
    expect(divided(store("x", place, relu(total)))).toBeUndefined();
    expect(
      divided({ kind: "store", buffer: "y", offset: place, value: relu(total), accumulate: true }),
    ).toBeUndefined();
  });
});

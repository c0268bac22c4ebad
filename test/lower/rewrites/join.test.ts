import { expect, it } from "vitest";
import { compile } from "../../../src/compile.ts";
import { joinSums } from "../../../src/lower/rewrites/join.ts";
import {
  affineVariable,
  type Expression,
  scalarApply,
  scalarNumber,
  type Statement,
} from "../../../src/program/index.ts";
import { verifyModule } from "../../../src/verify/index.ts";

const local = (name: string): Expression => ({ kind: "local", name });
const start = (name: string, value = 0): Statement => ({
  kind: "let",
  name,
  value: scalarNumber(value),
  mutable: true,
});
const add = (name: string, value: Expression): Statement => ({
  kind: "assign",
  name,
  value: scalarApply("add", local(name), value),
});
const loop = (variable: string, to: number, ...body: readonly Statement[]): Statement => ({
  kind: "loop",
  variable,
  from: 0,
  to,
  step: 1,
  body,
});
const x: Expression = { kind: "load", buffer: "x", offset: affineVariable("k") };

it("adds the summands of a sum of sums to one accumulator", () => {
  const nested = [start("s"), loop("n", 3, start("p"), loop("k", 4, add("p", x)), add("s", local("p")))];
  expect(joinSums(nested)).toEqual([start("s"), loop("n", 3, loop("k", 4, add("s", x)))]);
  const deeper = [
    loop(
      "m",
      2,
      start("q"),
      ...nested
        .slice(1)
        .map((each) => JSON.parse(JSON.stringify(each).replaceAll('"s"', '"q"')) as Statement),
      add("s", local("q")),
    ),
  ];
  expect(joinSums(deeper)).toEqual([loop("m", 2, loop("n", 3, loop("k", 4, add("s", x))))]);
});

it.each([
  ["one that does not start at 0", [start("p", 1), loop("k", 4, add("p", x)), add("s", local("p"))]],
  [
    "one that is scaled",
    [start("p"), loop("k", 4, add("p", x)), add("s", scalarApply("multiply", x, local("p")))],
  ],
  ["one that is read", [start("p"), loop("k", 4, add("p", local("p"))), add("s", local("p"))]],
  ["one that reads the whole", [start("p"), loop("k", 4, add("p", local("s"))), add("s", local("p"))]],
  ["one of two", [start("p"), loop("k", 4, add("p", x), add("p", x)), add("s", local("p"))]],
])("leaves %s", (_, body) => {
  const nested = [loop("n", 3, ...body)];
  expect(joinSums(nested)).toEqual(nested);
});

it("lets the gradient of a sequence's weights grow in rows, over the batch and the places", async () => {
  const text = "x = input([20, 64])\nW = parameter([5, 64])\ny = tanh(x * W')\nloss = sum(y .^ 2)\n";
  const options = { schedule: "tiled", batchSize: 4 } as const;
  const compilation = await compile({ name: "join.nabla", text }, options);
  const gradient = /function \w*ompute_dW\([^]*?\n}\n/.exec(compilation.code)?.[0] ?? "";
  expect(gradient).toMatch(/for \(let n .*\n\s+for \(let k .*\n(\s+const .*\n)+\s+for \(let j/);
  const { ok } = await verifyModule({ ...compilation, against: ["tape"] });
  expect(ok).toBe(true);
});

import { describe, expect, it } from "vitest";
import { derive } from "../../src/derive.ts";
import { readNetwork } from "../../src/language/index.ts";
import { lowerModule } from "../../src/lower/index.ts";
import { growthOf, workOf } from "../support/work.ts";

const lines = (n: number, line: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => `${line(i)}\n`).join("");

/** Networks of n statements, operands or parameters. */
const networks: Readonly<Record<string, (n: number) => string>> = {
  "a chain": (n) =>
    `x = input()\nt = target()\nw = parameter()\nh0 = w * x
${lines(n, (i) => `h${i + 1} = tanh(h${i} + w)`)}loss = squaredError(h${n}, t)`,
  "a chain behind the target": (n) =>
    `x = input()\nt = target()\nw = parameter()\ne0 = w * x - t
${lines(n, (i) => `e${i + 1} = tanh(e${i} * w)`)}loss = e${n} * e${n}`,
  "a parameter a statement": (n) =>
    `x = input()\nt = target()\nh0 = 1 * x
${lines(n, (i) => `w${i} = parameter()\nh${i + 1} = tanh(h${i} * w${i})`)}loss = squaredError(h${n}, t)`,
  "layers with parameters of one name": (n) =>
    `x = input([2])\nt = target([2])\nlayer(v) = let(k = parameter([2]), tanh(k .* v))\nh0 = 1 * x
${lines(n, (i) => `h${i + 1} = layer(layer(h${i}))`)}loss = meanSquaredError(h${n}, t)`,
  "an array of expressions": (n) =>
    `x = input([${n}])\nt = target([${n}])\nw = parameter([${n}])
y = [${Array.from({ length: n }, (_, i) => `w[${i + 1}] * x[${i + 1}]`).join(", ")}]\nloss = meanSquaredError(y, t)`,
  "a concatenation": (n) =>
    `x = input([2])\nt = target()\nw = parameter([2])
y = concat(${Array.from({ length: n }, () => "w").join(", ")})\nloss = squaredError(sum(y) * sum(x), t)`,
  "a sum of many terms": (n) =>
    `x = input([${n}])\nt = target()\nw = parameter([${n}])
y = ${Array.from({ length: n }, (_, i) => `sin(w[${i + 1}] * x[${i + 1}])`).join(" + ")}\nloss = squaredError(y, t)`,
  "an open bracket before blank lines": (n) =>
    `x = input()\nt = target()\nw = parameter()\ny = (w * x${"\n".repeat(n)})\nloss = squaredError(y, t)`,
};

const read = (text: string) => readNetwork({ name: "growing.nabla", text });

describe.each(Object.entries(networks))("the work for %s is linear", (_, textOf) => {
  it("of reading", () => {
    read(textOf(1)); // with the prelude, once
    expect(growthOf(50, (n) => workOf(() => read(textOf(n))))).toBeLessThan(1.1);
  });

  it("of deriving", () => {
    const workAt = (n: number): number => {
      const network = read(textOf(n));
      return workOf(() => derive(network));
    };
    expect(growthOf(50, workAt)).toBeLessThan(1.1);
  });

  it("of lowering", () => {
    const workAt = (n: number): number => {
      const derived = derive(read(textOf(n)));
      return workOf(() =>
        lowerModule(derived, {
          name: "growing",
          precision: "f64",
          batchSize: 16,
          epochs: 1,
          schedule: "tiled",
          optimizer: { name: "sgd", options: {} },
        }),
      );
    };
    expect(growthOf(100, workAt)).toBeLessThan(1.1);
  });
});

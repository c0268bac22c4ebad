import { all, create, type FactoryFunctionMap, type MathNumericType } from "mathjs";
import { describe, expect, it } from "vitest";
import { builtins } from "../../src/language/builtins/index.ts";
import { elsewhereHint, writtenHere } from "../../src/language/elsewhere.ts";
import { preludeSource } from "../../src/language/index.ts";
import { read, valueOf } from "./support.ts";

const data = { x: [0.25, 0.75, 0.5], y: [2, 0.5, 3], A: [1, 2, 3, 4], B: [5, 6, 7, 8] };
const declarations = "x = input([3])\ny = input([3])\nA = input([2, 2])\nB = input([2, 2])\n";

function computed(expression: string): number[] {
  return valueOf(read(`${declarations}result = 0 * x[1] + (${expression})`), "result", data);
}

const math = create(all as FactoryFunctionMap, {}); // mathjs's types call every list possibly undefined
const matrix = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]) => [
  [a, b],
  [c, d],
];
const { x, y } = data;
const each = (f: (x: number, y: number) => number) => x.map((value, index) => f(value, y[index] ?? NaN));
const flat = (value: unknown) => (math.flatten(value as number[]) as MathNumericType[]).map(Number);

/** What the names mean: by mathjs where it has them, else by definition. */
const meanings: Readonly<Record<string, () => number | readonly number[]>> = {
  add: () => math.add(x, y),
  subtract: () => math.subtract(x, y),
  multiply: () => flat(math.multiply(matrix(data.A), matrix(data.B))),
  matmul: () => flat(math.multiply(matrix(data.A), matrix(data.B))),
  divide: () => each((a, b) => a / b),
  dotMultiply: () => flat(math.dotMultiply(x, y)),
  dotDivide: () => flat(math.dotDivide(x, y)),
  dotPow: () => flat(math.dotPow(x, y)),
  power: () => each((a, b) => a ** b),
  unaryMinus: () => each((a) => -a),
  cbrt: () => each((a) => Math.cbrt(a)),
  hypot: () => each((a, b) => Math.hypot(a, b)),
  ln: () => each((a) => Math.log(a)),
  exp2: () => each((a) => 2 ** a),
  fix: () => each((a) => Math.trunc(a)),
  sec: () => each((a) => math.sec(a)),
  csc: () => each((a) => math.csc(a)),
  cot: () => each((a) => math.cot(a)),
  sech: () => each((a) => math.sech(a)),
  csch: () => each((a) => math.csch(a)),
  coth: () => each((a) => math.coth(a)),
  erfc: () => each((a) => 1 - math.erf(a)),
  logit: () => each((a) => Math.log(a / (1 - a))),
  clip: () => x,
  clamp: () => x,
  relu6: () => x,
  swish: () => each((a) => a / (1 + Math.exp(-a))),
  variance: () => Number(math.variance(x)),
  var: () => Number(math.variance(x)),
  std: () => Number(math.std(x)),
  average: () => math.mean(x),
  length: () => 3,
  len: () => 3,
  shape: () => [3],
  diff: () => flat(math.diff(x)),
  tile: () => [...x, ...x],
  normalize: () => x.map((each) => each / Number(math.norm(x))),
  normalise: () => x.map((each) => each / Number(math.norm(x))),
  cross: () => flat(math.cross(x, y)),
  stack: () => [...x, ...y],
};

describe("what other languages have a function for", () => {
  it.each([...writtenHere])("%s is written %s", (name, expression) => {
    const expected = [meanings[name]?.() ?? []].flat();
    expect(expected).not.toEqual([]);
    const found = computed(expression);
    expect(found).toHaveLength(expected.length);
    found.forEach((value, index) => {
      expect(value).toBeCloseTo(expected[index] ?? NaN, 6);
    });
    expect(elsewhereHint(name)).toBe(`write ${expression}`);
  });

  it("names nothing that the language has", () => {
    const prelude = [...preludeSource.text.matchAll(/^(\w+)(?:\(.*?\))? =/gm)].map(([, name = ""]) => name);
    const taken = [...builtins.keys(), ...prelude].filter((name) => elsewhereHint(name) !== undefined);
    expect(taken).toEqual([]);
  });

  it("is said right in words too", () => {
    const angle = "2 * atan(y ./ (sqrt(x .^ 2 + y .^ 2) + x))";
    expect(elsewhereHint("atan2")).toContain(angle);
    const angles = computed(angle.replaceAll("x", "(0.4 - x)"));
    angles.forEach((value, index) => {
      expect(value).toBeCloseTo(Math.atan2(y[index] ?? NaN, 0.4 - (x[index] ?? NaN)), 12);
    });
    const sums = "constant([1, 0, 0; 1, 1, 0; 1, 1, 1]) * x";
    expect(elsewhereHint("cumsum")).toContain(sums);
    expect(computed(sums)).toEqual([0.25, 1, 1.5]);
    expect(elsewhereHint("det")).toContain("A[1, 1] * A[2, 2] - A[1, 2] * A[2, 1]");
    expect(elsewhereHint("constructor")).toBeUndefined();
  });
});

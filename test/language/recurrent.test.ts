import { describe, expect, it } from "vitest";
import { readNetwork } from "../../src/language/index.ts";
import { read, valueOf } from "./support.ts";

/*
 * The recurrent layers against the equations of PyTorch's documentation, written out as loops over plain numbers.
 */

const steps = 3;
const inputs = 2;
const units = 2;

type Vector = readonly number[];
const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
const series = (length: number, seed: number): number[] =>
  Array.from({ length }, (_, k) => Math.sin(seed + 1.7 * k));
const times = (matrix: Vector, columns: number, x: Vector): Vector =>
  Array.from({ length: matrix.length / columns }, (_, i) =>
    x.reduce((sum, each, j) => sum + (matrix[i * columns + j] ?? NaN) * each, 0),
  );
const plus = (a: Vector, b: Vector): Vector => a.map((each, k) => each + (b[k] ?? NaN));
const part = (a: Vector, gate: number): Vector => a.slice(gate * units, (gate + 1) * units);

function parametersOf(gates: number) {
  return {
    weight: series(gates * units * inputs, 1),
    recurrentWeight: series(gates * units * units, 2),
    bias: series(gates * units, 3),
    candidateBias: series(units, 4),
  };
}

const x = series(steps * inputs, 5);
const rows = Array.from({ length: steps }, (_, t) => x.slice(t * inputs, (t + 1) * inputs));
const start = [0.3, -0.2];

/** hₜ for each row, in the order of the rows. */
function run(step: (h: Vector, row: Vector) => Vector, reverse: boolean): number[] {
  const states: Vector[] = [];
  let h: Vector = start;
  for (let count = 0; count < steps; count += 1) {
    const t = reverse ? steps - 1 - count : count;
    h = step(h, rows[t] ?? []);
    states[t] = h;
  }
  return states.flat();
}

function layer(call: string, gates: number): number[] {
  const network = read(`x = input([${steps}, ${inputs}])\nstart = input([${units}])\nh = ${call}`);
  const own = Object.entries(parametersOf(gates)).map(([name, value]) => [`h.${name}`, value]);
  return valueOf(network, "h", {
    x,
    start,
    ...(Object.fromEntries(own) as Record<string, readonly number[]>),
  });
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((each, k) => {
    expect(each).toBeCloseTo(expected[k] ?? NaN, 13);
  });
}

describe.each([false, true])("recurrent layers, reverse: %s", (reverse) => {
  it("rnn: h = tanh(W x + b + R h)", () => {
    const p = parametersOf(1);
    const step = (h: Vector, row: Vector): Vector =>
      plus(plus(times(p.weight, inputs, row), p.bias), times(p.recurrentWeight, units, h)).map(Math.tanh);
    expectClose(layer(`rnn(x, 2, {initial: start, reverse: ${reverse}})`, 1), run(step, reverse));
  });

  it("gru: h = (1 − z) n + z h", () => {
    const p = parametersOf(3);
    const step = (h: Vector, row: Vector): Vector => {
      const a = plus(times(p.weight, inputs, row), p.bias);
      const b = times(p.recurrentWeight, units, h);
      const r = plus(part(a, 0), part(b, 0)).map(sigmoid);
      const z = plus(part(a, 1), part(b, 1)).map(sigmoid);
      const hidden = plus(part(b, 2), p.candidateBias);
      const n = plus(
        part(a, 2),
        hidden.map((each, k) => each * (r[k] ?? NaN)),
      ).map(Math.tanh);
      return n.map((each, k) => (1 - (z[k] ?? NaN)) * each + (z[k] ?? NaN) * (h[k] ?? NaN));
    };
    expectClose(layer(`gru(x, 2, {initial: start, reverse: ${reverse}})`, 3), run(step, reverse));
  });

  it("lstm: c = f c + i g, h = o tanh(c)", () => {
    const p = parametersOf(4);
    let c: Vector = start.map((each) => 2 * each);
    const step = (h: Vector, row: Vector): Vector => {
      const a = plus(plus(times(p.weight, inputs, row), p.bias), times(p.recurrentWeight, units, h));
      const [i, f, o] = [part(a, 0).map(sigmoid), part(a, 1).map(sigmoid), part(a, 3).map(sigmoid)];
      const g = part(a, 2).map(Math.tanh);
      c = c.map((each, k) => (f[k] ?? NaN) * each + (i[k] ?? NaN) * (g[k] ?? NaN));
      return c.map((each, k) => (o[k] ?? NaN) * Math.tanh(each));
    };
    const call = `lstm(x, 2, {initial: {h: start, c: 2 * start}, reverse: ${reverse}})`;
    expectClose(layer(call, 4), run(step, reverse));
  });
});

describe("scan", () => {
  it("is what it is written out, forwards and backwards", () => {
    for (const options of ["{unroll: true}", "{reverse: true, unroll: true}", "{reverse: true}", "{}"]) {
      const source = `x = input([3, 2])
W = constant([0.5, -1; 0.25, 2])
s = scan(step(s, v) = {a: W * s.b + v, b: s.a .* v, c: s.a}, {a: [1, 2], b: 0.5 * [1, 1], c: [0, 0]}, x, ${options})
y = concat(s.a, s.b, s.c, 1)`;
      const states: { a: Vector; b: Vector; c: Vector }[] = [];
      let s = { a: [1, 2] as Vector, b: [0.5, 0.5] as Vector, c: [0, 0] as Vector };
      const reverse = options.includes("reverse");
      for (let count = 0; count < steps; count += 1) {
        const t = reverse ? steps - 1 - count : count;
        const v = rows[t] ?? [];
        const { a, b } = s;
        s = {
          a: plus(times([0.5, -1, 0.25, 2], 2, b), v),
          b: a.map((each, k) => each * (v[k] ?? NaN)),
          c: a,
        };
        states[t] = s;
      }
      const expected = (["a", "b", "c"] as const).flatMap((name) => states.flatMap((each) => each[name]));
      expectClose(valueOf(read(source), "y", { x }), expected);
    }
  });
});

describe("a state that goes on from parameters alone", () => {
  const text = `x = input([3, 2])
w = parameter([2])
h = scan(step(s, v) = {a: s.c .* v + s.a, c: w .* w}, {a: [0, 0], c: [1, 1]}, x)
last = h.a[end, :]
loss = sum(last)
`;
  const network = readNetwork({ name: "test.nabla", text });

  it("lets them change the loss by way of the state before alone", () => {
    expect(network.warnings).toEqual([]);
  });

  it("starts as it is given and then is what they give", () => {
    const w = [2, 3];
    const [first = [], ...others] = rows;
    const expected = first.map((each, k) =>
      others.reduce((sum, row) => sum + (w[k] ?? NaN) ** 2 * (row[k] ?? NaN), each),
    );
    expectClose(valueOf(network, "last", { x, w }), expected);
  });
});

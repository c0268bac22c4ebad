import { describe, expect, it } from "vitest";
import { read, valueOf } from "./support.ts";

/* Attention, positions and embeddings against formulas written out in plain JavaScript. */

type Matrix = readonly (readonly number[])[];

const rows = (flat: readonly number[], width: number): Matrix =>
  Array.from({ length: flat.length / width }, (_, k) => flat.slice(k * width, (k + 1) * width));

/** One head, by the definition; a row that sees nothing is zero. */
function attentionByHand(q: Matrix, k: Matrix, v: Matrix, sees: (i: number, j: number) => boolean): number[] {
  return q.flatMap((query, i) => {
    const scores = k.map((key, j) => {
      const product = query.reduce((sum, each, c) => sum + each * (key[c] ?? NaN), 0);
      return sees(i, j) ? Math.exp(product / Math.sqrt(query.length)) : 0;
    });
    const total = scores.reduce((sum, each) => sum + each, 0);
    return (v[0] ?? []).map((_, c) =>
      scores.reduce((sum, score, j) => sum + (total === 0 ? 0 : score / total) * (v[j]?.[c] ?? NaN), 0),
    );
  });
}

const q = [0.3, -1, 0.5, 0.25, 2, 0.125];
const k = [1, 0.5, -0.25, 2];
const v = [1, 2, 3, 4];
const text = "q = input([3, 2])\nk = input([2, 2])\nv = input([2, 2])\nm = input([2])\nM = input([3, 2])\n";
const data = { q, k, v, m: [0, 1], M: [0, 1, 1, 0, 0, 0] };

function expectClose(found: readonly number[], wanted: readonly number[]): void {
  expect(found).toHaveLength(wanted.length);
  found.forEach((value, index) => {
    expect(value).toBeCloseTo(wanted[index] ?? NaN, 12);
  });
}

describe("attention", () => {
  it.each([
    ["attention(q, k, v)", () => true],
    ["attention(q, k, v, {causal: true})", (i: number, j: number) => j <= i],
    ["attention(q, k, v, {mask: m})", (_: number, j: number) => j === 1],
    ["attention(q, k, v, {mask: m > 0})", (_: number, j: number) => j === 1],
    ["attention(q, k, v, {mask: M})", (i: number, j: number) => data.M[2 * i + j] === 1],
    ["attention(q, k, v, {mask: m, causal: true})", (i: number, j: number) => j === 1 && j <= i],
    ["attention(q, k, v, {mask: 0 * m})", () => false],
    ["attention(q, k, v, {mask: paddingMask(1, 2)})", (_: number, j: number) => j === 0],
  ] as const)("%s", (expression, sees) => {
    const expected = attentionByHand(rows(q, 2), rows(k, 2), rows(v, 2), sees);
    expectClose(valueOf(read(`${text}y = ${expression}`), "y", data), expected);
  });

  it("gives each head its own part of the columns", () => {
    const column = (flat: readonly number[], c: number) => rows(flat, 2).map((row) => [row[c] ?? NaN]);
    const [left, right] = [0, 1].map((c) =>
      attentionByHand(column(q, c), column(k, c), column(v, c), () => true),
    );
    const expected = q.map((_, index) => (index % 2 === 0 ? left : right)?.[Math.floor(index / 2)] ?? NaN);
    expectClose(valueOf(read(`${text}y = attention(q, k, v, {heads: 2})`), "y", data), expected);
  });

  it("with alibi lowers scores by the distance, in each head by its own slope", () => {
    const text = "q = input([3, 2])\nv = input([3, 2])\ny = attention(0 * q, q, v, {heads: 2, alibi: true})";
    const values = [1, 0, 0, 1, 0, 0];
    const weight = (i: number, j: number, head: number) => {
      const slope = 2 ** (-4 * (head + 1));
      const all = [0, 1, 2].map((k) => Math.exp(-slope * Math.abs(i - k)));
      return (all[j] ?? NaN) / all.reduce((sum, each) => sum + each, 0);
    };
    const expected = [0, 1, 2].flatMap((i) => [weight(i, 0, 0), weight(i, 1, 1)]);
    expectClose(valueOf(read(text), "y", { q, v: values }), expected);
  });

  it("of one place is the value itself", () => {
    const network = read("x = input([1, 2])\ny = attention(x, x, x, {causal: true})");
    expectClose(valueOf(network, "y", { x: [5, -7] }), [5, -7]);
  });

  it("survives large scores", () => {
    const network = read(`${text}y = attention(1000 * q, 1000 * k, v, {causal: true})`);
    expectClose(valueOf(network, "y", data).slice(0, 2), [1, 2]);
  });
});

describe("what layers of sequences own", () => {
  it("is named after the block, the layer and the part", () => {
    const network = read(
      "ids = input([3], {categories: 5})\nx = embedding(ids, 4)\nh = repeat(2, block(z) = transformerBlock(z, {heads: 2, expansion: 2}), x)",
    );
    const names = network.parameters.map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("h.2."))).toEqual([
      "h.2.attentionNorm.scale",
      "h.2.attentionNorm.shift",
      ...["query", "key", "value", "output"].flatMap((part) => [
        `h.2.attention.${part}.weight`,
        `h.2.attention.${part}.bias`,
      ]),
      "h.2.mlpNorm.scale",
      "h.2.mlpNorm.shift",
      "h.2.mlp.up.weight",
      "h.2.mlp.up.bias",
      "h.2.mlp.down.weight",
      "h.2.mlp.down.bias",
    ]);
    expect(names.map((name) => name.replace("h.1.", "h.2."))).toEqual(
      names.map((name) => name.replace("h.1.", "h.2.")).map((name) => name),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(network.parameters.find(({ name }) => name === "h.1.mlp.up.weight")?.node.type.shape).toEqual([
      8, 4,
    ]);
  });

  it("can be read as a field, and be shared so", () => {
    const network = read(
      "ids = input([2], {categories: 3})\ntokens = embedding(ids, 2)\ny = tokens * tokens.table'\nlayer(a) = let(inner = dense(a, 2), sum(inner.weight) * inner)\nz = layer(tokens)",
    );
    const table = [1, 2, 3, 4, 5, 6];
    const weights = { "tokens.table": table, "z.inner.weight": [1, 0, 0, 2], "z.inner.bias": [0, 0] };
    expect(valueOf(network, "y", { ids: [2, 0], ...weights })).toEqual([17, 39, 61, 5, 11, 17]);
    expect(valueOf(network, "z", { ids: [2, 0], ...weights })).toEqual([15, 36, 3, 12]);
  });

  it("repeats with numbers, from 1", () => {
    expect(valueOf(read("x = input()\ny = repeat(3, f(z, k) = 10 * z + k, x)"), "y", { x: [7] })).toEqual([
      7123,
    ]);
    const { parameters } = read("x = input([2])\ny = repeat(2, f(z) = repeat(2, g(u) = dense(u, 2), z), x)");
    expect(parameters.map(({ name }) => name).filter((name) => name.endsWith("weight"))).toEqual([
      "y.1.1.weight",
      "y.1.2.weight",
      "y.2.1.weight",
      "y.2.2.weight",
    ]);
  });
});

describe("positions", () => {
  it("are sines and cosines", () => {
    const [length, width] = [4, 5];
    const expected = Array.from({ length: length * width }, (_, index) => {
      const [place, column] = [Math.floor(index / width), index % width];
      const angle = place / 10_000 ** ((2 * Math.floor(column / 2)) / width);
      return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
    });
    expectClose(valueOf(read("y = sinusoidalPositions(4, 5)"), "y", {}), expected);
  });

  it("are counted, not stored", () => {
    const { graph } = read("x = input([1000])\ny = x .* (0:0.5:499.5) + (1:1000)");
    expect(graph.nodes.some((node) => node.operation === "literal")).toBe(false);
    const picked = read("x = input([3])\ny = x + (2:-0.5:1)");
    expect(valueOf(picked, "y", { x: [0, 0, 0] })).toEqual([2, 1.5, 1]);
  });
});

import { describe, expect, it } from "vitest";
import { InvariantError } from "../../src/diagnostics/index.ts";
import { type Node } from "../../src/graph/index.ts";
import { evaluate, evaluateOne } from "../../src/verify/index.ts";
import { HandBuilder } from "../support/graphs.ts";

/** The value of what `make` builds on one leaf of `shape` bound to `data`. */
function apply(data: number[], shape: number[], make: (build: HandBuilder, x: Node) => Node): number[] {
  const build = new HandBuilder();
  const x = build.parameter("x", shape);
  return [...evaluateOne(make(build, x), { batchSize: 1, leaves: new Map([[x, data]]) })];
}

describe("views", () => {
  const matrix = [1, 2, 3, 4, 5, 6]; // 2×3

  it("spreads axes by broadcast", () => {
    expect(
      apply([1, 2], [2], (b, x) => b.node("broadcast", [x], [3, 2], { shape: [3, 2], axes: [1] })),
    ).toEqual([1, 2, 1, 2, 1, 2]);
    expect(
      apply([1, 2], [2], (b, x) => b.node("broadcast", [x], [2, 3], { shape: [2, 3], axes: [0] })),
    ).toEqual([1, 1, 1, 2, 2, 2]);
  });

  it("permutes axes", () => {
    expect(apply(matrix, [2, 3], (b, x) => b.node("permute", [x], [3, 2], { order: [1, 0] }))).toEqual([
      1, 4, 2, 5, 3, 6,
    ]);
    const cube = Array.from({ length: 24 }, (_, k) => k); // 2×3×4 to 4×2×3
    const turned = apply(cube, [2, 3, 4], (b, x) => b.node("permute", [x], [4, 2, 3], { order: [2, 0, 1] }));
    expect(turned.slice(0, 7)).toEqual([0, 4, 8, 12, 16, 20, 1]);
  });

  it("slices forwards and backwards, and pads where it sliced", () => {
    const slice = { starts: [1, 2], sizes: [1, 2], steps: [1, -2] };
    expect(apply(matrix, [2, 3], (b, x) => b.node("slice", [x], [1, 2], slice))).toEqual([6, 4]);
    const pad = { shape: [2, 3], starts: [1, 2], steps: [1, -2] };
    expect(apply([6, 4], [1, 2], (b, x) => b.node("pad", [x], [2, 3], pad))).toEqual([0, 0, 0, 4, 0, 6]);
  });

  it("concatenates along an axis", () => {
    expect(apply([1, 2], [2, 1], (b, x) => b.node("concatenate", [x, x, x], [2, 3], { axis: 1 }))).toEqual([
      1, 1, 1, 2, 2, 2,
    ]);
  });

  it("counts along an axis by iota", () => {
    const build = new HandBuilder();
    const iota = build.node("iota", [], [2, 3], { axis: 1 }, "integer");
    expect([...evaluateOne(iota, { batchSize: 1, leaves: new Map() })]).toEqual([0, 1, 2, 0, 1, 2]);
  });
});

describe("contractions and reductions", () => {
  it("multiplies matrices, takes outer products, and sums letters that only one operand has", () => {
    const build = new HandBuilder();
    const a = build.parameter("a", [2, 3]);
    const b = build.parameter("b", [3, 2]);
    const product = build.node("einsum", [a, b], [2, 2], { specification: "ab,bc->ac" });
    const transposed = build.node("einsum", [a, b], [2, 2], { specification: "ab,bc->ca" });
    const total = build.node("einsum", [a, b], [], { specification: "ab,cd->" });
    const leaves = new Map([
      [a, [1, 2, 3, 4, 5, 6]],
      [b, [1, 0, 0, 1, 2, 2]],
    ]);
    const values = evaluate([product, transposed, total], { batchSize: 1, leaves });
    expect([...(values.get(product) ?? [])]).toEqual([7, 8, 16, 17]);
    expect([...(values.get(transposed) ?? [])]).toEqual([7, 16, 8, 17]);
    expect([...(values.get(total) ?? [])]).toEqual([21 * 6]);
  });

  it("reduces over any set of axes", () => {
    const data = [1, 5, 2, 4, 3, 6];
    const reduce = (kind: "sum" | "max" | "min" | "logSumExp", axes: number[], shape: number[]) =>
      apply(data, [2, 3], (b, x) => b.node("reduce", [x], shape, { kind, axes }));
    expect(reduce("sum", [0], [3])).toEqual([5, 8, 8]);
    expect(reduce("max", [1], [2])).toEqual([5, 6]);
    expect(reduce("min", [0, 1], [])).toEqual([1]);
    expect(reduce("logSumExp", [0, 1], [])[0]).toBeCloseTo(
      Math.log(data.reduce((s, v) => s + Math.exp(v), 0)),
      14,
    );
  });

  it("keeps logSumExp finite where exponentials are not, and infinite where it is", () => {
    const of = (data: number[]) =>
      apply(data, [data.length], (b, x) => b.node("reduce", [x], [], { kind: "logSumExp", axes: [0] }))[0];
    expect(of([1000, 1000])).toBeCloseTo(1000 + Math.log(2), 12);
    expect(of([-1000, -1000])).toBeCloseTo(-1000 + Math.log(2), 12);
    expect(of([-Infinity, -Infinity])).toBe(-Infinity);
    expect(of([Infinity, 0])).toBe(Infinity);
    expect(of([NaN, 0])).toBeNaN();
  });

  it("lets NaN through maxima and minima", () => {
    const reduce = (kind: "max" | "min") =>
      apply([1, NaN, 2], [3], (b, x) => b.node("reduce", [x], [], { kind, axes: [0] }))[0];
    expect(reduce("max")).toBeNaN();
    expect(reduce("min")).toBeNaN();
    expect(apply([NaN], [], (b, x) => b.node("maximum", [x, b.constant(1)], [], {}))).toEqual([NaN]);
  });
});

describe("indices", () => {
  it("gathers rows, and scatterAdd puts them back, adding where they meet", () => {
    const build = new HandBuilder();
    const table = build.parameter("table", [3, 2]);
    const ids = build.input("ids", [2], 3);
    const rows = build.node("gather", [table, ids], [2, 2], {});
    const back = build.node("scatterAdd", [ids, rows], [3, 2], { size: 3 });
    const leaves = new Map<Node, number[]>([
      [table, [1, 2, 3, 4, 5, 6]],
      [ids, [2, 0, 1, 1]],
    ]);
    const values = evaluate([back], { batchSize: 2, leaves });
    expect([...(values.get(rows) ?? [])]).toEqual([5, 6, 1, 2, 3, 4, 3, 4]);
    expect([...(values.get(back) ?? [])]).toEqual([1, 2, 0, 0, 5, 6, 0, 0, 6, 8, 0, 0]);
  });
});

describe("the batch", () => {
  it("repeats unbatched operands for each sample and reduces over samples", () => {
    const build = new HandBuilder();
    const x = build.input("x", [2]);
    const w = build.parameter("w", [2]);
    const y = build.node("multiply", [w, x], [2], {});
    const sum = build.node("batchReduce", [y], [2], { kind: "sum" });
    const mean = build.node("batchReduce", [y], [2], { kind: "mean" });
    const size = build.node("batchSize", [], [], {});
    const step = build.node("step", [], [], {});
    const leaves = new Map<Node, ArrayLike<number>>([
      [x, [1, 2, 3, 4, 5, 6]],
      [w, Float64Array.of(10, 100)],
    ]);
    const values = evaluate([sum, mean, size, step], { batchSize: 3, step: 7, leaves });
    expect([...(values.get(y) ?? [])]).toEqual([10, 200, 30, 400, 50, 600]);
    expect([...(values.get(sum) ?? [])]).toEqual([90, 1200]);
    expect([...(values.get(mean) ?? [])]).toEqual([30, 400]);
    expect([...(values.get(size) ?? [])]).toEqual([3]);
    expect([...(values.get(step) ?? [])]).toEqual([7]);
  });

  it("refuses leaves that are unbound or of the wrong length", () => {
    const build = new HandBuilder();
    const x = build.input("x", [2]);
    expect(() => evaluate([x], { batchSize: 1, leaves: new Map() })).toThrow("the leaf x is bound");
    expect(() => evaluate([x], { batchSize: 2, leaves: new Map([[x, [1, 2]]]) })).toThrow(InvariantError);
  });

  it("takes the value of a bound node instead of computing it", () => {
    const build = new HandBuilder();
    const x = build.parameter("x", []);
    const y = build.node("exp", [x], [], {});
    const z = build.node("negate", [y], [], {});
    const leaves = new Map<Node, number[]>([
      [x, [0]],
      [y, [5]],
    ]);
    expect([...evaluateOne(z, { batchSize: 1, leaves })]).toEqual([-5]);
  });
});

describe("elementwise operations", () => {
  it("chooses by booleans", () => {
    const chosen = apply([-1, 2, 0], [3], (b, x) => {
      const positive = b.node("greater", [x, b.constant(0, [3])], [3], {}, "boolean");
      return b.node("select", [positive, x, b.constant(9, [3])], [3], {});
    });
    expect(chosen).toEqual([9, 2, 9]);
  });

  it.each([
    // Correctly rounded values of another implementation (the C library's); two units in the last place are allowed.
    [0, 0.0],
    [1e-300, 1.1283791670955126e-300],
    [0.1, 0.1124629160182849],
    [0.5, 0.5204998778130465],
    [0.9999, 0.8426592780487595],
    [1, 0.8427007929497149],
    [1.5, 0.9661051464753108],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
    [5, 0.9999999999984626],
    [7, 1.0],
    [Infinity, 1],
  ])("erf(%f) is %f", (x, expected) => {
    const of = (value: number) => apply([value], [], (b, node) => b.node("erf", [node], [], {}))[0] ?? NaN;
    expect(Math.abs(of(x) - expected)).toBeLessThanOrEqual(4.5e-16 * expected);
    expect(of(-x)).toBe(-of(x));
  });

  it("keeps sigmoid and softplus finite at both ends", () => {
    const build = (name: "sigmoid" | "softplus") => (b: HandBuilder, x: Node) => b.node(name, [x], [3], {});
    expect(apply([-800, 0, 800], [3], build("sigmoid"))).toEqual([0, 0.5, 1]);
    expect(apply([-800, 0, 800], [3], build("softplus"))).toEqual([0, Math.log(2), 800]);
  });
});

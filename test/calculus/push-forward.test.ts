import { describe, expect, it } from "vitest";
import { differentiate, pushForward } from "../../src/calculus/index.ts";
import { Graph, type Node } from "../../src/graph/index.ts";
import { Builder } from "../../src/operations/index.ts";
import { evaluate } from "../../src/verify/index.ts";

type Leaves = ReadonlyMap<Node, readonly number[]>;

function newBuilder(): Builder {
  return new Builder(new Graph(), { kind: "compiler", reason: "test" });
}

function parameter(build: Builder, name: string, shape: readonly number[]): Node {
  return build.leaf("parameter", { name }, { shape, batched: false, element: "real" });
}

function only(map: ReadonlyMap<Node, Node>): Node {
  const [node] = map.values();
  if (node === undefined || map.size !== 1) throw new Error("expected one node");
  return node;
}

function valueOf(node: Node, leaves: Leaves, batchSize = 1): readonly number[] {
  return [...(evaluate([node], { batchSize, leaves }).get(node) ?? [])];
}

describe("pushForward", () => {
  it("gives directional derivatives, and zeros to what stands still", () => {
    const build = newBuilder();
    const [x, v, other] = [
      parameter(build, "x", [2]),
      parameter(build, "v", [2]),
      parameter(build, "o", [3]),
    ];
    const y = build.apply("sin", [x], {});
    const tangents = pushForward(build.graph, [y, other, x], new Map([[x, v]]));
    expect(tangents.get(other)).toBe(build.constant(0, [3]));
    expect(tangents.get(x)).toBe(v);
    const leaves = new Map([
      [x, [0, Math.PI]],
      [v, [2, 3]],
    ]);
    const ofY = tangents.get(y);
    expect(ofY?.origin).toEqual({ kind: "tangent", of: y });
    expect(valueOf(ofY ?? y, leaves)).toEqual([2, -3]);
  });

  it("passes 20,000 operations", () => {
    const build = newBuilder();
    const [x, v] = [parameter(build, "x", []), parameter(build, "v", [])];
    let y = x;
    for (let k = 0; k < 10_000; k += 1) y = build.negate(build.apply("sin", [y], {}));
    const before = build.graph.nodes.length;
    pushForward(build.graph, [y], new Map([[x, v]]));
    expect(build.graph.nodes.length - before).toBe(30_000); // cos, a product and a negation for each layer
  });

  it("refuses tangents of another shape or batch", () => {
    const build = newBuilder();
    const [x, v] = [parameter(build, "x", [2]), parameter(build, "v", [3])];
    expect(() => pushForward(build.graph, [x], new Map([[x, v]]))).toThrow(
      "a tangent has the shape of its node",
    );
    const batched = build.leaf("input", { name: "b", role: "input" }, { ...x.type, batched: true }) as Node;
    expect(() => pushForward(build.graph, [x], new Map([[x, batched]]))).toThrow("shared by them");
  });
});

describe("forward over reverse", () => {
  /** L(w) = mean over the batch of logSumExp(W·x) · softplus(Σ tanh(W)), W from w by reshaping. */
  function network() {
    const build = newBuilder();
    const w = parameter(build, "w", [6]);
    const x = build.leaf(
      "input",
      { name: "x", role: "input" },
      { shape: [2], batched: true, element: "real" },
    ) as Node;
    const matrix = build.reshape(w, [3, 2]);
    const scores = build.einsum("ij,j->i", matrix, x);
    const total = build.apply("reduce", [scores], { kind: "logSumExp", axes: [0] });
    const scale = build.apply("softplus", [build.sum(build.apply("tanh", [w], {}), [0])], {});
    const loss = build.batchMean(build.multiply(total, scale));
    const gradient = only(differentiate(build.graph, loss, [w]).gradients);
    const leaves = new Map([
      [w, [0.3, -0.2, 0.5, 0.1, -0.7, 0.4]],
      [x, [1, 2, -0.5, 0.3, 0.8, -1.2]],
    ]);
    return { build, w, gradient, leaves };
  }

  /** H·v for a unit vector v: a column of the Hessian. */
  function hessianColumns(): readonly (readonly number[])[] {
    const { build, w, gradient, leaves } = network();
    const v = parameter(build, "v", [6]);
    const product = only(pushForward(build.graph, [gradient], new Map([[w, v]])));
    return Array.from({ length: 6 }, (_, k) => {
      const unit = Array.from({ length: 6 }, (__, i) => Number(i === k));
      return valueOf(product, new Map([...leaves, [v, unit] as const]), 3);
    });
  }

  it("gives a symmetric Hessian", () => {
    const columns = hessianColumns();
    const entries = columns.flatMap((column, j) =>
      column.map((entry, i) => [entry, columns[i]?.[j] ?? NaN] as const),
    );
    for (const [entry, mirrored] of entries) expect(entry).toBeCloseTo(mirrored, 14);
    expect(entries.some(([entry], k) => k % 7 !== 0 && Math.abs(entry) > 1e-3)).toBe(true);
  });

  it("agrees with differences of the gradient", () => {
    const { w, gradient, leaves } = network();
    const h = 1e-5;
    const start = leaves.get(w) ?? [];
    hessianColumns().forEach((column, k) => {
      const gradientAt = (t: number) =>
        valueOf(
          gradient,
          new Map([...leaves, [w, start.map((each, i) => (i === k ? each + t : each))] as const]),
          3,
        );
      const [ahead, behind] = [gradientAt(h), gradientAt(-h)];
      column.forEach((entry, i) => {
        expect(entry).toBeCloseTo(((ahead[i] ?? NaN) - (behind[i] ?? NaN)) / (2 * h), 8);
      });
    });
  });
});

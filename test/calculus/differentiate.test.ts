import { describe, expect, it } from "vitest";
import { differentiate } from "../../src/calculus/index.ts";
import { Graph, type Node, reachableFrom } from "../../src/graph/index.ts";
import { Builder } from "../../src/operations/index.ts";
import { evaluate } from "../../src/verify/index.ts";

function newBuilder(): Builder {
  return new Builder(new Graph(), { kind: "compiler", reason: "test" });
}

function leaf(build: Builder, name: string, shape: readonly number[], batched = false): Node {
  const type = { shape, batched, element: "real" } as const;
  return batched
    ? build.leaf("input", { name, role: "input" }, type)
    : build.leaf("parameter", { name }, type);
}

/** The gradient that a derivation must have. */
function gradientOf(gradients: ReadonlyMap<Node, Node>, node: Node): Node {
  const gradient = gradients.get(node);
  if (gradient === undefined) throw new Error("no gradient");
  return gradient;
}

function valueOf(
  node: Node,
  leaves: ReadonlyMap<Node, readonly number[]>,
  batchSize: number,
): readonly number[] {
  return [...(evaluate([node], { batchSize, leaves }).get(node) ?? [])];
}

describe("the batch rule", () => {
  it("sums over the batch for what the samples share", () => {
    // The linear regression L = ½ Σₙ (yₙ − w₁xₙ − w₂)²: ∂L/∂w₁ = −Σ (y − w₁x − w₂) x, ∂L/∂w₂ = −Σ (y − w₁x − w₂)
    const build = newBuilder();
    const [w1, w2] = [leaf(build, "w1", []), leaf(build, "w2", [])];
    const [x, y] = [leaf(build, "x", [], true), leaf(build, "y", [], true)];
    const residual = build.subtract(build.subtract(y, build.multiply(w1, x)), w2);
    const square = build.apply("power", [residual, build.constant(2)], {});
    const loss = build.multiply(build.constant(0.5), build.batchSum(square));
    const { gradients } = differentiate(build.graph, loss, [w1, w2]);
    const xs = Array.from({ length: 10 }, (_, i) => i + 1);
    const leaves = new Map([
      [w1, [1]],
      [w2, [0]],
      [x, xs],
      [y, xs.map((each) => 2 * each)],
    ]);
    expect(gradientOf(gradients, w1).type.batched).toBe(false);
    expect(valueOf(gradientOf(gradients, w1), leaves, 10)).toEqual([-385]); // −Σ x²
    expect(valueOf(gradientOf(gradients, w2), leaves, 10)).toEqual([-55]); // −Σ x
  });

  it("counts the samples where the adjoint is the same for each", () => {
    // L = Σₙ (xₙ + b), ∂L/∂b = N
    const build = newBuilder();
    const [x, b] = [leaf(build, "x", [2], true), leaf(build, "b", [2])];
    const loss = build.sum(build.batchSum(build.add(x, b)), [0]);
    const { gradients } = differentiate(build.graph, loss, [b, x]);
    const leaves = new Map([
      [x, [1, 2, 3, 4, 5, 6]],
      [b, [0, 0]],
    ]);
    expect(valueOf(gradientOf(gradients, b), leaves, 3)).toEqual([3, 3]);
    expect(gradientOf(gradients, x).type.batched).toBe(false); // the same for each sample
    expect(valueOf(gradientOf(gradients, x), leaves, 3)).toEqual([1, 1]);
  });

  it("does not sum between two values that the samples share", () => {
    const build = newBuilder();
    const [x, w] = [leaf(build, "x", [], true), leaf(build, "w", [])];
    const doubled = build.apply("exp", [w], {});
    const { gradients, steps } = differentiate(build.graph, build.batchSum(build.multiply(doubled, x)), [w]);
    const leaves = new Map([
      [x, [1, 2, 3]],
      [w, [0]],
    ]);
    expect(valueOf(gradientOf(gradients, w), leaves, 3)).toEqual([6]);
    const reductions = steps.filter(({ contribution }) => contribution.operation === "batchReduce");
    expect(reductions.map(({ node }) => node.operation)).toEqual(["multiply"]);
  });
});

describe("the reverse sweep", () => {
  it("gives zeros for what the loss does not depend on", () => {
    const build = newBuilder();
    const [used, unused] = [leaf(build, "used", []), leaf(build, "unused", [2, 3])];
    const held = build.apply("stopGradient", [unused], {});
    const loss = build.add(used, build.sum(held, [0, 1]));
    const { gradients } = differentiate(build.graph, loss, [used, unused]);
    expect(gradientOf(gradients, unused)).toBe(build.constant(0, [2, 3]));
    expect(gradientOf(gradients, used)).toBe(build.constant(1));
  });

  it("gives the loss itself derivative 1", () => {
    const build = newBuilder();
    const w = leaf(build, "w", []);
    expect(gradientOf(differentiate(build.graph, w, [w]).gradients, w)).toBe(build.constant(1));
  });

  it("accumulates one adjoint a node and records each step", () => {
    const build = newBuilder();
    const w = leaf(build, "w", []);
    const square = build.multiply(w, w);
    const loss = build.multiply(square, build.apply("exp", [square], {}));
    const { adjoints, gradients, steps } = differentiate(build.graph, loss, [w]);
    const described = steps.map(({ node, operand }) => `${node.operation} ${operand}`);
    expect(described).toEqual(["multiply 0", "multiply 1", "exp 0", "multiply 0", "multiply 1"]);
    expect(steps.at(-1)?.total).toBe(gradientOf(gradients, w));
    expect([...adjoints.keys()].map((node) => node.operation)).toEqual([
      "multiply",
      "multiply",
      "exp",
      "parameter",
    ]);
    const last = steps[2];
    expect(last?.total.inputs[1]).toBe(last?.contribution);
    expect(last?.contribution.origin).toEqual({ kind: "adjoint", of: last?.node, operand: 0 });
  });

  it("touches only what lies between the loss and what is asked for", () => {
    const build = newBuilder();
    const [w, x] = [leaf(build, "w", []), leaf(build, "x", [])];
    const aside = build.apply("exp", [x], {});
    const loss = build.multiply(build.apply("sin", [w], {}), aside);
    const { steps } = differentiate(build.graph, loss, [w]);
    expect(steps.map(({ node }) => node)).toEqual([loss, loss.inputs[0]]);
  });

  it("takes intermediate values as well as leaves", () => {
    const build = newBuilder();
    const w = leaf(build, "w", []);
    const h = build.apply("exp", [w], {});
    const { gradients } = differentiate(build.graph, build.apply("sin", [h], {}), [h, w]);
    expect(gradientOf(gradients, h)).toBe(build.multiply(build.constant(1), build.apply("cos", [h], {})));
  });

  it("refuses a loss that is no single number", () => {
    const build = newBuilder();
    const refused = [leaf(build, "v", [2]), leaf(build, "x", [], true)];
    for (const loss of refused) {
      expect(() => differentiate(build.graph, loss, [])).toThrow(
        "a loss is one real number for the whole batch",
      );
    }
  });
});

describe("deep and wide networks", () => {
  /** w ↦ f(f(… f(w))) with f(h) = tanh(h · w), `depth` times. */
  function deepChain(depth: number): { readonly build: Builder; readonly w: Node; readonly loss: Node } {
    const build = newBuilder();
    const w = leaf(build, "w", []);
    let h = w;
    for (let k = 0; k < depth; k += 1) h = build.apply("tanh", [build.multiply(h, w)], {});
    return { build, w, loss: h };
  }

  function newNodes(depth: number): number {
    const { build, w, loss } = deepChain(depth);
    const before = build.graph.nodes.length;
    differentiate(build.graph, loss, [w]);
    return build.graph.nodes.length - before;
  }

  it("are differentiated at a depth of 20,000 operations", () => {
    const { build, w, loss } = deepChain(10_000);
    expect(reachableFrom([loss]).length).toBe(20_001);
    const { gradients, steps } = differentiate(build.graph, loss, [w]);
    expect(steps.length).toBe(30_000); // one for tanh, two for the product
    expect(Number.isFinite(valueOf(gradientOf(gradients, w), new Map([[w, [0.5]]]), 1)[0])).toBe(true);
  });

  it("need work in proportion to their size", () => {
    const [small, large] = [newNodes(1000), newNodes(10_000)];
    expect(small / 1000).toBeLessThan(8); // new nodes for each layer of two operations
    expect(large - newNodes(9000)).toBe(newNodes(2000) - small);
  });

  it("accumulate thousands of uses of one value", () => {
    const build = newBuilder();
    const w = leaf(build, "w", []);
    let loss = build.constant(0);
    for (let k = 1; k <= 5000; k += 1) loss = build.add(loss, build.multiply(build.constant(k), w));
    const { gradients } = differentiate(build.graph, loss, [w]);
    expect(valueOf(gradientOf(gradients, w), new Map([[w, [1]]]), 1)).toEqual([12_502_500]);
  });
});

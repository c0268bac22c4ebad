import { describe, expect, it } from "vitest";
import { differentiate, pushForward } from "../../src/calculus/index.ts";
import {
  closeRecurrence,
  Graph,
  type Node,
  recurrenceOf,
  unitsOf,
  reachableFrom,
} from "../../src/graph/index.ts";
import { Builder } from "../../src/operations/index.ts";
import { evaluate, withoutRecurrences } from "../../src/verify/index.ts";

/** sₜ = w sₜ₋₁ + xₜ from s₀ on, for three steps; the loss is the last one. */
function accumulator(reverse: boolean) {
  const build = new Builder(new Graph(), { kind: "compiler", reason: "test" });
  const leaf = (name: string, shape: readonly number[], batched = false): Node =>
    build.leaf("parameter", { name }, { shape, batched, element: "real" });
  const [w, x, start] = [leaf("w", []), leaf("x", [3]), leaf("start", [])];
  const delay = build.delay({ axis: 0, level: 0, reverse }, { shape: [3], batched: false, element: "real" });
  const next = build.add(build.multiply(build.fill(w, [3]), delay), x);
  closeRecurrence(delay, { initial: start, next });
  const last = build.apply("slice", [next], { starts: [reverse ? 0 : 2], sizes: [1], steps: [1] });
  return { build, w, x, start, delay, next, loss: build.reshape(last, []) };
}

function valuesOf(graph: Graph, nodes: readonly Node[], leaves: ReadonlyMap<Node, readonly number[]>) {
  const plain = withoutRecurrences(graph, nodes);
  const values = evaluate(nodes.map(plain), { batchSize: 1, leaves });
  return nodes.map((node) => [...(values.get(plain(node)) ?? [])]);
}

describe.each([false, true])("a recurrence, reverse: %s", (reverse) => {
  const { build, w, x, start, delay, loss } = accumulator(reverse);
  // s₃ = w³ s₀ + w² x₁ + w x₂ + x₃; backwards, x₃ comes first.
  const [w0, s0, x0] = [0.5, 2, [3, 5, 7]];
  const leaves = new Map<Node, readonly number[]>([
    [w, [w0]],
    [start, [s0]],
    [x, x0],
  ]);
  const inOrder = (values: readonly number[]): number[] => (reverse ? values.toReversed() : [...values]);
  const [first = 0, second = 0, third = 0] = inOrder(x0);

  it("is differentiated by one that goes the other way", () => {
    const { gradients, adjoints, steps } = differentiate(build.graph, loss, [w, x, start]);
    const [value, dw, dx, dstart] = valuesOf(
      build.graph,
      [loss, w, x, start].map((node) => gradients.get(node) ?? node),
      leaves,
    );
    expect(value).toEqual([w0 ** 3 * s0 + w0 ** 2 * first + w0 * second + third]);
    expect(dw).toEqual([3 * w0 ** 2 * s0 + 2 * w0 * first + second]);
    expect(dx).toEqual(inOrder([w0 ** 2, w0, 1]));
    expect(dstart).toEqual([w0 ** 3]);
    const back = reachableFrom([...gradients.values()]).find(
      (node) => node.operation === "delay" && node.attributes.reverse !== reverse,
    );
    if (back?.operation !== "delay") throw new Error("there is a delay the other way round");
    expect(recurrenceOf(back).next).toBe(adjoints.get(delay));
    expect(back.origin).toEqual({ kind: "adjoint", of: delay, operand: 1 });
    expect(
      steps
        .filter(({ node }) => node === delay)
        .map(({ operand }) => operand)
        .sort(),
    ).toEqual([0, 1]);
  });

  it("has a tangent that is a recurrence, too", () => {
    const v = build.leaf("parameter", { name: "v" }, { shape: [], batched: false, element: "real" });
    const tangent = pushForward(build.graph, [loss], new Map<Node, Node>([[w, v]])).get(loss);
    const [value] = valuesOf(build.graph, [tangent ?? loss], new Map([...leaves, [v, [2]]]));
    expect(value).toEqual([2 * (3 * w0 ** 2 * s0 + 2 * w0 * first + second)]);
  });

  it("is computed as one loop, after what it needs and before what needs it", () => {
    const { next } = recurrenceOf(delay);
    const units = unitsOf(reachableFrom([loss]));
    const loops = units.filter((unit) => unit.kind === "loop");
    expect(loops).toHaveLength(1);
    expect(loops[0]).toMatchObject({ delays: [delay], steps: 3, reverse });
    expect(loops[0]?.nodes).toContain(next);
    expect(loops[0]?.nodes).not.toContain(x);
    const position = units.findIndex((unit) => unit.kind === "loop");
    expect(units.slice(0, position).map((unit) => unit.kind === "node" && unit.node)).toContain(x);
    expect(units.at(-1)).toEqual({ kind: "node", node: loss });
  });
});

describe("adjoints of a recurrence", () => {
  it("vary over the batch where the loss of a sample depends on the state of that sample", () => {
    const build = new Builder(new Graph(), { kind: "compiler", reason: "test" });
    const x = build.leaf(
      "input",
      { name: "x", role: "input" },
      { shape: [3], batched: true, element: "real" },
    );
    const w = build.leaf("parameter", { name: "w" }, { shape: [], batched: false, element: "real" });
    const delay = build.delay(
      { axis: 0, level: 0, reverse: false },
      { shape: [3], batched: true, element: "real" },
    );
    const next = build.multiply(build.add(build.multiply(build.fill(w, [3]), delay), x), x);
    closeRecurrence(delay, { initial: build.constant(0), next });
    const loss = build.batchMean(build.sum(next, [0]));
    const { gradients, adjoints } = differentiate(build.graph, loss, [w]);
    expect(adjoints.get(delay)?.type.batched).toBe(true);
    const delays = reachableFrom([gradients.get(w) ?? w]).filter((node) => node.operation === "delay");
    expect(delays.map(({ type }) => type.batched)).toEqual([true, true]);
  });
});

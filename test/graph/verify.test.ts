import { describe, expect, it } from "vitest";
import {
  type DerivedNetwork,
  Graph,
  type Node,
  type Origin,
  type TensorType,
  verifyDerived,
  verifyGraph,
} from "../../src/graph/index.ts";

const origin: Origin = { kind: "compiler", reason: "a test" };
const real = (shape: readonly number[], batched = false): TensorType => ({ shape, batched, element: "real" });

function parameterIn(graph: Graph, name: string, shape: readonly number[]) {
  return graph.intern("parameter", [], { name }, real(shape), origin);
}

describe("verifyGraph", () => {
  it("accepts a sound graph", () => {
    const graph = new Graph();
    const x = graph.intern("input", [], { name: "x", role: "input" }, real([2], true), origin);
    graph.intern(
      "batchReduce",
      [graph.intern("exp", [x], {}, x.type, origin)],
      { kind: "sum" },
      real([2]),
      origin,
    );
    expect(verifyGraph(graph)).toEqual([]);
  });

  it.each<[string, (graph: Graph, w: Node) => void]>([
    [
      "node 1, exp, varies over the batch although no input does",
      (graph, w) => graph.intern("exp", [w], {}, real([2], true), origin),
    ],
    ["node 1, exp, has the type real[2,0]", (graph, w) => graph.intern("exp", [w], {}, real([2, 0]), origin)],
    ["node 1, exp, has 0 inputs", (graph) => graph.intern("exp", [], {}, real([2]), origin)],
    ["node 1, step, has 1 inputs", (graph, w) => graph.intern("step", [w], {}, real([2]), origin)],
    [
      "node 1, literal, has not as much data as elements",
      (graph) => graph.intern("literal", [], { data: [1] }, real([2]), origin),
    ],
  ])("finds: %s", (problem, break_) => {
    const graph = new Graph();
    break_(graph, parameterIn(graph, "w", [2]));
    expect(verifyGraph(graph)).toEqual([problem]);
  });
});

describe("verifyDerived", () => {
  it("finds a gradient of another shape, a loss per sample, and a name twice", () => {
    const graph = new Graph();
    const source = { name: "test.nabla", text: "" };
    const span = { source, start: 0, end: 0 };
    const w = parameterIn(graph, "w", [2]);
    const x = graph.intern("input", [], { name: "x", role: "input" }, real([], true), origin);
    const parameter = { name: "w", node: w, initializer: { kind: "zeros" }, span } as const;
    const optimizer = { name: "sgd", options: {}, update: () => ({ updates: [], states: [] }) };
    const derived: DerivedNetwork = {
      network: {
        source,
        graph,
        inputs: [{ name: "x", node: x, span }],
        targets: [],
        parameters: [parameter],
        statements: [],
        loss: x,
        evaluation: { loss: x, statements: [] },
        prediction: undefined,
        training: { epochs: 1, batchSize: 1 },
        optimizer,
        warnings: [],
      },
      loss: x,
      evaluation: { loss: x, statements: [] },
      prediction: undefined,
      gradients: [{ parameter, node: x }],
      layout: [parameter],
      updates: [{ target: w, value: w }],
      states: [],
      names: new Map<Node, string>([[w, "w"], [x, "w"]]), // prettier-ignore
      labels: new Map(),
      trace: [],
    };
    expect(verifyDerived(derived)).toEqual([
      "the loss is real[] batched, not real[]",
      "the loss of the evaluation is real[] batched, not real[]",
      "the gradient of w is real[] batched, not real[2]",
      "two nodes are called w",
    ]);
  });
});

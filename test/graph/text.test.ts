import { describe, expect, it } from "vitest";
import { formatGraph, Graph, type Node, type Origin, type TensorType } from "../../src/graph/index.ts";

const origin: Origin = { kind: "compiler", reason: "a test" };
const real = (shape: readonly number[], batched = false): TensorType => ({ shape, batched, element: "real" });

/** y = tanh(W x), with a node of its own that nothing reads. */
function sample(): { readonly graph: Graph; readonly product: Node; readonly y: Node } {
  const graph = new Graph();
  graph.intern("constant", [], { value: 7 }, real([]), origin);
  const x = graph.intern("input", [], { name: "x", role: "input" }, real([2], true), origin);
  const W = graph.intern("parameter", [], { name: "W" }, real([1, 2]), origin);
  const product = graph.intern("einsum", [W, x], { specification: "ab,b->a" }, real([1], true), origin);
  const y = graph.intern("tanh", [product], {}, real([1], true), origin);
  return { graph, product, y };
}

describe("formatGraph", () => {
  it("writes one line a node that the roots reach, in topological order", () => {
    const { y } = sample();
    expect(formatGraph([y])).toBe(`x: real[2] batched = input(role: "input")
W: real[1,2] = parameter()
%2: real[1] batched = einsum(W, x, specification: "ab,b->a")
%3: real[1] batched = tanh(%2)
return %3
`);
  });

  it("does not depend on unreachable nodes", () => {
    const { graph, y } = sample();
    const before = formatGraph([y]);
    graph.intern("exp", [y], {}, y.type, origin);
    expect(formatGraph([y])).toBe(before);
  });

  it("calls nodes by the names it is given, each name once", () => {
    const { product, y } = sample();
    const text = formatGraph([y, product], new Map([[product, "z"], [y, "x"]])); // prettier-ignore
    expect(text).toContain("x: real[1] batched = tanh(z)");
    expect(text).toContain('%0: real[2] batched = input(name: "x", role: "input")');
    expect(text).toMatch(/return x, z\n$/);
  });

  it("tells −0, NaN and element types apart", () => {
    const graph = new Graph();
    const zero = graph.intern("constant", [], { value: -0 }, real([]), origin);
    const nan = graph.intern("constant", [], { value: NaN }, real([2]), origin);
    const label = graph.intern(
      "input",
      [],
      { name: "t", role: "target", categories: 3 },
      { shape: [], batched: true, element: "integer" },
      origin,
    );
    expect(formatGraph([zero, nan, label])).toBe(`%0: real[] = constant(value: -0)
%1: real[2] = constant(value: NaN)
t: integer[] batched = input(categories: 3, role: "target")
return %0, %1, t
`);
  });
});

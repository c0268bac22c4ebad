import { type Network, type Node, sizeOf } from "./graph/index.ts";
import { Builder } from "./operations/index.ts";

/**
 * What the network's clip makes of each gradient, if there is one.
 *
 * @param gradients All that together have the norm that the clip may read: the root of the sum of all their squares.
 */
export function clipperOf({ graph, clip }: Network, gradients: readonly Node[]): (gradient: Node) => Node {
  if (clip === undefined) return (gradient) => gradient;
  const build = new Builder(graph, { kind: "compiler", reason: "the norm of all gradients together" });
  const squares = clip.readsNorm ? gradients.map((gradient) => sumOfSquares(gradient, build)) : [];
  const [first = build.constant(0), ...others] = squares;
  const norm = build.apply("sqrt", [others.reduce((sum, each) => build.add(sum, each), first)], {});
  return (gradient) => clip.apply(gradient, norm);
}

function sumOfSquares(x: Node, build: Builder): Node {
  const { shape } = x.type;
  if (shape.length === 0) return build.multiply(x, x);
  const flat = build.reshape(x, [sizeOf(shape)]);
  return build.einsum("i,i->", flat, flat);
}

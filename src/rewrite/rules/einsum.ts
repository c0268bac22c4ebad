import { type Node, type NodeOf, sizeOf } from "../../graph/index.ts";
import { type Builder, formatSpecification, parseSpecification } from "../../operations/index.ts";
import { constantOf, otherAxes, spread } from "../match.ts";
import { operand, operands, rule } from "../rule.ts";

/*
 * Contractions: views of operands go into the specification, and what needs no contraction leaves it.
 */

/** An operand of a contraction with a letter for each axis. */
interface Lettered {
  readonly node: Node;
  readonly letters: string;
}

interface Contraction {
  readonly a: Lettered;
  readonly b: Lettered;
  readonly output: string;
  readonly extents: ReadonlyMap<string, number>;
}

function contractionOf(node: NodeOf<"einsum">): Contraction {
  const { a: lettersA, b: lettersB, output } = parseSpecification(node.attributes.specification);
  const [a, b] = operands(node);
  const extents = new Map<string, number>();
  for (const [letters, each] of [
    [lettersA, a],
    [lettersB, b],
  ] as const) {
    Array.from(letters).forEach((letter, axis) => extents.set(letter, each.type.shape[axis] ?? 1));
  }
  return { a: { node: a, letters: lettersA }, b: { node: b, letters: lettersB }, output, extents };
}

function shapeOf(letters: string, extents: ReadonlyMap<string, number>): readonly number[] {
  return Array.from(letters, (letter) => extents.get(letter) ?? 1);
}

/** The letters in `letters` that `other` lacks. */
function without(letters: string, other: string): string {
  return Array.from(letters)
    .filter((letter) => !other.includes(letter))
    .join("");
}

function within(letters: string, other: string): string {
  return Array.from(letters)
    .filter((letter) => other.includes(letter))
    .join("");
}

/** The contraction of operands that lack some of its letters: those are spread over, or counted. */
function contract(build: Builder, { a, b, output, extents }: Contraction): Node {
  const known = a.letters + b.letters;
  const kept = within(output, known);
  const specification = formatSpecification({ a: a.letters, b: b.letters, output: kept });
  const core = build.einsum(specification, a.node, b.node);
  const lost = without(without([...extents.keys()].join(""), known), output);
  return finish(build, core, kept, output, extents, sizeOf(shapeOf(lost, extents)));
}

/** count · core, whose axes are `letters` in the order of `output`, spread over the rest of `output`. */
function finish(
  build: Builder,
  core: Node,
  letters: string,
  output: string,
  extents: ReadonlyMap<string, number>,
  count: number,
): Node {
  const scaled = count === 1 ? core : build.multiply(build.constantLike(count, core), core);
  const axes = Array.from(letters, (letter) => output.indexOf(letter));
  return build.broadcast(scaled, shapeOf(output, extents), axes);
}

/** x with its axes brought from the order of `from` into the order of `to`, a rearrangement of the same letters. */
function arrange(build: Builder, x: Node, from: string, to: string): Node {
  if (from === to) return x;
  return build.apply("permute", [x], { order: Array.from(to, (letter) => from.indexOf(letter)) });
}

/** The operand seen through a view that only renames or repeats axes. */
function throughView({ node, letters }: Lettered, kind: "permute" | "broadcast"): Lettered | undefined {
  if (node.operation === "permute" && kind === "permute") {
    const inner = new Array<string>(letters.length);
    node.attributes.order.forEach((axis, k) => (inner[axis] = letters[k] ?? ""));
    return { node: operand(node, 0), letters: inner.join("") };
  }
  if (node.operation === "broadcast" && kind === "broadcast") {
    return {
      node: operand(node, 0),
      letters: node.attributes.axes.map((axis) => letters[axis] ?? "").join(""),
    };
  }
  return undefined;
}

export const einsumRules = [
  rule({
    name: "contraction of a permutation",
    holds: "real", // sums may run in another order
    operations: ["einsum"],
    statement: "Aᵀ·B is a contraction of A and B themselves",
    apply: (node, { build }) => {
      const contraction = contractionOf(node);
      const a = throughView(contraction.a, "permute");
      const b = throughView(contraction.b, "permute");
      if (a === undefined && b === undefined) return undefined;
      return contract(build, { ...contraction, a: a ?? contraction.a, b: b ?? contraction.b });
    },
  }),
  rule({
    name: "contraction of a broadcast",
    holds: "real",
    operations: ["einsum"],
    statement: "Σᵢⱼ broadcast(v)·B = v·B without the axes that v repeats; those summed over count n times",
    apply: (node, { build }) => {
      const contraction = contractionOf(node);
      const a = throughView(contraction.a, "broadcast");
      const b = throughView(contraction.b, "broadcast");
      if (a === undefined && b === undefined) return undefined;
      return contract(build, { ...contraction, a: a ?? contraction.a, b: b ?? contraction.b });
    },
  }),
  rule({
    name: "contraction with a constant",
    holds: "real",
    operations: ["einsum"],
    statement: "Σ c·B = c·Σ B",
    apply: (node, { build }) => {
      const contraction = contractionOf(node);
      const scalar = ({ node: each, letters }: Lettered): Lettered | undefined => {
        const value = constantOf(each);
        return value === undefined || letters === ""
          ? undefined
          : { node: build.constant(value), letters: "" };
      };
      const a = scalar(contraction.a);
      const b = a === undefined ? scalar(contraction.b) : undefined;
      if (a === undefined && b === undefined) return undefined;
      return contract(build, { ...contraction, a: a ?? contraction.a, b: b ?? contraction.b });
    },
  }),
  rule({
    name: "contraction with a scalar",
    holds: "real",
    operations: ["einsum"],
    statement: "Σ s·B = s·Σ B",
    apply: (node, { build }) => {
      const { a, b, output } = contractionOf(node);
      if (a.letters !== "" && b.letters !== "") return undefined;
      const [scalar, other] = a.letters === "" ? [a.node, b] : [b.node, a];
      const summed = Array.from(other.letters).flatMap((letter, axis) =>
        output.includes(letter) ? [] : [axis],
      );
      const rest = arrange(build, build.sum(other.node, summed), within(other.letters, output), output);
      return build.multiply(spread(build, scalar, node.type.shape), rest);
    },
  }),
  rule({
    name: "sum before a contraction",
    holds: "real",
    operations: ["einsum"],
    statement: "Σᵢⱼ Aᵢⱼ·Bⱼ = Σⱼ (Σᵢ Aᵢⱼ)·Bⱼ",
    apply: (node, { build }) => {
      const contraction = contractionOf(node);
      const { a, b, output } = contraction;
      const alone = ({ node: x, letters }: Lettered, other: string): Lettered | undefined => {
        const axes = Array.from(letters).flatMap((letter, axis) =>
          (other + output).includes(letter) ? [] : [axis],
        );
        if (axes.length === 0) return undefined;
        return { node: build.sum(x, axes), letters: within(letters, other + output) };
      };
      const a1 = alone(a, b.letters);
      const b1 = alone(b, a.letters);
      if (a1 === undefined && b1 === undefined) return undefined;
      const { a: x, b: y } = { a: a1 ?? a, b: b1 ?? b };
      return build.einsum(formatSpecification({ a: x.letters, b: y.letters, output }), x.node, y.node);
    },
  }),
  rule({
    name: "contraction over nothing",
    holds: "real", // 0 + −0 is 0
    operations: ["einsum"],
    statement: "the contraction of operands of the same axes, none of them summed over, is a·b",
    apply: (node, { build }) => {
      const { a, b, output } = contractionOf(node);
      if (without(a.letters + b.letters, output) !== "") return undefined;
      if (a.letters.length !== output.length || b.letters.length !== output.length) return undefined;
      return build.multiply(
        arrange(build, a.node, a.letters, output),
        arrange(build, b.node, b.letters, output),
      );
    },
  }),
  rule({
    name: "sum of a contraction",
    holds: "real",
    operations: ["reduce"],
    statement: "Σᵢ (Σⱼ Aᵢⱼ·Bⱼ) = Σᵢⱼ Aᵢⱼ·Bⱼ",
    apply: (node, { build, shared }) => {
      const inner = operand(node, 0);
      if (node.attributes.kind !== "sum" || inner.operation !== "einsum" || shared(inner)) return undefined;
      const { a, b, output } = parseSpecification(inner.attributes.specification);
      const kept = otherAxes(output.length, node.attributes.axes).map((axis) => output[axis] ?? "");
      const [x, y] = operands(inner);
      return build.einsum(formatSpecification({ a, b, output: kept.join("") }), x, y);
    },
  }),
  rule({
    name: "permutation of a contraction",
    holds: "ieee",
    operations: ["permute"],
    statement: "(A·B)ᵀ is a contraction of A and B with its axes in another order",
    apply: (node, { build, shared }) => {
      const inner = operand(node, 0);
      if (inner.operation !== "einsum" || shared(inner)) return undefined;
      const { a, b, output } = parseSpecification(inner.attributes.specification);
      const permuted = node.attributes.order.map((axis) => output[axis] ?? "").join("");
      const [x, y] = operands(inner);
      return build.einsum(formatSpecification({ a, b, output: permuted }), x, y);
    },
  }),
  rule({
    name: "sum of a product as a contraction",
    holds: "real",
    operations: ["reduce"],
    statement: "Σⱼ broadcast(v)ᵢⱼ·Mᵢⱼ = Σⱼ vⱼ·Mᵢⱼ, the product of a matrix and a vector",
    apply: (node, { build, shared }) => {
      const product = operand(node, 0);
      if (node.attributes.kind !== "sum" || product.operation !== "multiply" || shared(product))
        return undefined;
      const letters = Array.from(product.type.shape, (_, axis) => String.fromCharCode(97 + axis)).join("");
      if (letters.length > 26) return undefined;
      const [a, b] = operands(product).map((each) => ({ node: each, letters }));
      if (a === undefined || b === undefined) return undefined;
      const isMixed = (view: Lettered | undefined): boolean =>
        view !== undefined && node.attributes.axes.some((axis) => view.letters.includes(letters[axis] ?? ""));
      const [a1, b1] = [throughView(a, "broadcast"), throughView(b, "broadcast")];
      if (!isMixed(a1) && !isMixed(b1)) return undefined;
      const extents = new Map(Array.from(letters, (letter, axis) => [letter, product.type.shape[axis] ?? 1]));
      const output = otherAxes(letters.length, node.attributes.axes)
        .map((axis) => letters[axis] ?? "")
        .join("");
      return contract(build, { a: a1 ?? a, b: b1 ?? b, output, extents });
    },
  }),
];

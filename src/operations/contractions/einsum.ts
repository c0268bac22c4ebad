import { invariant } from "../../diagnostics/index.ts";
import { formatShape, type Node, type NodeOf, type TensorType } from "../../graph/index.ts";
import { type Affine, scalarApply } from "../../program/index.ts";
import type { Builder } from "../build.ts";
import { type OperationDefinition, TypeProblem } from "../definition.ts";
import { specialNotation } from "../notation.ts";
import { at, operands, requireElement, resultType } from "../typing.ts";
import {
  canonicalSpecification,
  formatSpecification,
  freshLetter,
  parseSpecification,
  type Specification,
  summedLetters,
} from "./specification.ts";

/**
 * The one contraction: products of elements, summed over the axes that the output lacks. Matrix and vector products,
 * dot and outer products are instances.
 */
export const einsum: OperationDefinition<"einsum"> = {
  summary: "`A * B`: the contraction Σ a·b over the axes that the result lacks",
  infer: (types, { specification }) => {
    const [a, b] = operands(types, 2);
    requireElement(a, "real");
    requireElement(b, "real");
    invariant(canonicalSpecification(specification) === specification, `"${specification}" is canonical`);
    const letters = parseSpecification(specification);
    const extents = extentsOf(letters, a, b);
    return resultType(types, extentsAlong(letters.output, extents), "real");
  },
  adjoint: [
    // y = Σ a·b, so da = Σ dy·b over every axis that a lacks: for Y = A·B, dA = dY · Bᵀ
    ({ build, node, dy }) => {
      const { a, b, output } = parseSpecification(node.attributes.specification);
      return contractTo(build, at(node.inputs, 0), a, [output, dy], [b, at(node.inputs, 1)]);
    },
    // dB = Aᵀ · dY
    ({ build, node, dy }) => {
      const { a, b, output } = parseSpecification(node.attributes.specification);
      return contractTo(build, at(node.inputs, 1), b, [a, at(node.inputs, 0)], [output, dy]);
    },
  ],
  // ẏ = Σ ȧ·b + Σ a·ḃ
  tangent: ({ build, node, tangents: [ta, tb] }) => {
    const a = ta && build.apply("einsum", [ta, at(node.inputs, 1)], node.attributes);
    const b = tb && build.apply("einsum", [at(node.inputs, 0), tb], node.attributes);
    return a && b ? build.add(a, b) : (a ?? b);
  },
  // y[t, …] = Σ a[t, …]·b[t, …], where an operand that does not vary lacks t
  overSteps: ({ build, node, varies, operand }) => {
    const { a, b, output } = parseSpecification(node.attributes.specification);
    const step = freshLetter(a + b);
    const lettersOf = (letters: string, position: number): string => (varies(position) ? step : "") + letters;
    const specification = { a: lettersOf(a, 0), b: lettersOf(b, 1), output: step + output };
    return build.einsum(formatSpecification(specification), operand(0), operand(1));
  },
  lowering: {
    kind: "reduction",
    combine: () => "add",
    domain: (node) =>
      extentsAlong(summedLetters(parseSpecification(node.attributes.specification)), extentsOfNode(node)),
    element: ({ node, index, over, operand }) => {
      const letters = parseSpecification(node.attributes.specification);
      const places = new Map<string, Affine>();
      Array.from(letters.output).forEach((letter, axis) => places.set(letter, at(index, axis)));
      Array.from(summedLetters(letters)).forEach((letter, axis) => places.set(letter, at(over, axis)));
      const indexAlong = (part: string): readonly Affine[] =>
        Array.from(part, (letter) => known(places, letter));
      return scalarApply("multiply", operand(0, indexAlong(letters.a)), operand(1, indexAlong(letters.b)));
    },
  },
  notation: specialNotation,
};

/**
 * The adjoint of an operand with axes `letters`: the product of the two factors, summed over every axis that the operand
 * lacks. An axis that neither factor has was summed over this operand alone, so each element along it gets the same.
 */
function contractTo(
  build: Builder,
  operand: Node,
  letters: string,
  [firstLetters, first]: readonly [string, Node],
  [secondLetters, second]: readonly [string, Node],
): Node {
  const kept = Array.from(letters).filter((letter) => (firstLetters + secondLetters).includes(letter));
  const specification = formatSpecification({ a: firstLetters, b: secondLetters, output: kept.join("") });
  return build.broadcast(
    build.einsum(specification, first, second),
    operand.type.shape,
    kept.map((letter) => letters.indexOf(letter)),
  );
}

function extentsOfNode({ inputs, attributes }: NodeOf<"einsum">): ReadonlyMap<string, number> {
  return extentsOf(parseSpecification(attributes.specification), at(inputs, 0).type, at(inputs, 1).type);
}

/** @throws {TypeProblem} where an axis has two extents. */
function extentsOf(
  { a, b }: Specification,
  typeA: TensorType,
  typeB: TensorType,
): ReadonlyMap<string, number> {
  const extents = new Map<string, number>();
  for (const [letters, type] of [
    [a, typeA],
    [b, typeB],
  ] as const) {
    invariant(
      letters.length === type.shape.length,
      `"${letters}" names the axes of a value of shape ${formatShape(type.shape)}`,
    );
    Array.from(letters).forEach((letter, axis) => {
      const extent = at(type.shape, axis);
      const other = extents.get(letter) ?? extent;
      if (other !== extent) {
        throw new TypeProblem(
          `the operands are ${formatShape(typeA.shape)} and ${formatShape(typeB.shape)}: the inner sizes ${other} and ${extent} differ`,
        );
      }
      extents.set(letter, extent);
    });
  }
  return extents;
}

function extentsAlong(letters: string, extents: ReadonlyMap<string, number>): readonly number[] {
  return Array.from(letters, (letter) => known(extents, letter));
}

function known<T>(map: ReadonlyMap<string, T>, letter: string): T {
  const value = map.get(letter);
  invariant(value !== undefined, `axis ${letter} is known`);
  return value;
}

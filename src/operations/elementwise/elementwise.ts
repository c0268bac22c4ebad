import type { Node, OperationName, TensorType } from "../../graph/index.ts";
import type { Expression } from "../../program/index.ts";
import type { Builder } from "../build.ts";
import type { Lowering, Notation, OperationDefinition, StepsContext } from "../definition.ts";
import { at, operands, requireElement, requireSameElement, requireSameShape, resultType } from "../typing.ts";

/*
 * Elementwise operations. Their Jacobians are diagonal, and a diagonal matrix is its own transpose: the rule that maps
 * dy to its contribution to dx also maps a tangent of x to its contribution to the tangent of y. One rule gives both.
 */

/** A definition that reads no attributes of its node, and so fits any operation. */
type Elementwise = OperationDefinition<OperationName>;

interface Description {
  readonly summary: string;
  readonly notation: Notation;
  readonly convention?: string;
}

/** Multiplies `dy` by the derivative of y with respect to one operand. */
type DiagonalRule = (build: Builder, dy: Node, inputs: readonly Node[], y: Node) => Node | undefined;

/** Assembles a definition from one diagonal rule per operand. */
export function elementwise(
  description: Description,
  infer: (inputs: readonly TensorType[]) => TensorType,
  rules: readonly DiagonalRule[],
  lowering: Lowering<OperationName>,
): Elementwise {
  return {
    ...description,
    infer,
    adjoint: rules.map(
      (rule) =>
        ({ build, node, dy }) =>
          rule(build, dy, node.inputs, node as Node), // NodeOf of some name is a member of the union Node
    ),
    tangent: ({ build, node, tangents }) => {
      let total: Node | undefined;
      rules.forEach((rule, operand) => {
        const tangent = tangents[operand];
        const part = tangent && rule(build, tangent, node.inputs, node as Node);
        total = total && part ? build.add(total, part) : (total ?? part);
      });
      return total;
    },
    overSteps: stepByStep,
    lowering,
  };
}

/** Element by element, steps are elements like any others. */
export function stepByStep<K extends OperationName>({ build, node, each }: StepsContext<K>): Node {
  return build.apply(
    node.operation,
    node.inputs.map((_, operand) => each(operand)),
    node.attributes,
  );
}

/** Where the derivative is zero everywhere it exists, and declared to be zero where it does not. */
export function zero(): undefined {
  return undefined;
}

type ElementLowering = Extract<Lowering<OperationName>, { kind: "element" }>;

/** An element as a scalar expression of the operands' elements at the same index. */
function pointwise(scalar: (...operands: readonly Expression[]) => Expression): ElementLowering {
  return {
    kind: "element",
    element: ({ node, index, operand }) => scalar(...node.inputs.map((_, k) => operand(k, index))),
  };
}

export interface UnaryContext {
  readonly build: Builder;
  /** The adjoint of y, or the tangent of x. */
  readonly dy: Node;
  readonly x: Node;
  readonly y: Node;
}

export interface Unary extends Description {
  /** dx for this dy. */
  readonly derivative: (context: UnaryContext) => Node | undefined;
  /** The scalar code, or other operations to rewrite it into where it needs x twice. */
  readonly scalar: ((x: Expression) => Expression) | { readonly expand: (build: Builder, x: Node) => Node };
}

/** A function of one real tensor, element by element. */
export function unary(rule: Unary): Elementwise {
  return unaryOf("real", "real", rule);
}

export function unaryOf(
  operand: TensorType["element"],
  result: TensorType["element"],
  rule: Unary,
): Elementwise {
  const { derivative, scalar, ...description } = rule;
  return elementwise(
    description,
    (types) => {
      const [x] = operands(types, 1);
      requireElement(x, operand);
      return { ...x, element: result };
    },
    [(build, dy, inputs, y) => derivative({ build, dy, x: at(inputs, 0), y })],
    typeof scalar === "function"
      ? pointwise((x) => scalar(x))
      : { kind: "expand", expand: (build, node) => scalar.expand(build, at(node.inputs, 0)) },
  );
}

export interface BinaryContext {
  readonly build: Builder;
  /** The adjoint of y, or the tangent of the operand that the rule is for. */
  readonly dy: Node;
  readonly a: Node;
  readonly b: Node;
  readonly y: Node;
}

type BinaryRule = (context: BinaryContext) => Node | undefined;

export interface Binary extends Description {
  /** da and db for this dy. */
  readonly derivatives: readonly [BinaryRule, BinaryRule];
  readonly scalar: (a: Expression, b: Expression) => Expression;
  /** Other operations to rewrite it into, for operands that allow something better than `scalar`. */
  readonly expand?: (build: Builder, a: Node, b: Node) => Node | undefined;
}

/** A function of two real tensors of one shape, element by element. */
export function binary(rule: Binary): Elementwise {
  const { derivatives, scalar, expand, ...description } = rule;
  return elementwise(
    description,
    (types) => {
      const [a, b] = operands(types, 2);
      requireElement(a, "real");
      requireElement(b, "real");
      requireSameShape(a, b);
      return resultType(types, a.shape, "real");
    },
    derivatives.map(
      (derivative) => (build, dy, inputs, y) =>
        derivative({ build, dy, a: at(inputs, 0), b: at(inputs, 1), y }),
    ),
    {
      ...pointwise((...both) => scalar(at(both, 0), at(both, 1))),
      ...(expand && { expand: (build, { inputs }) => expand(build, at(inputs, 0), at(inputs, 1)) }),
    },
  );
}

/** A test of two tensors of one shape. `on` says whether it compares numbers (of either kind) or truth values. */
export function test(
  on: "numbers" | "truths",
  rule: Description & { readonly scalar: (a: Expression, b: Expression) => Expression },
): Elementwise {
  const { scalar, ...description } = rule;
  return elementwise(
    description,
    (types) => {
      const [a, b] = operands(types, 2);
      if (on === "truths" || a.element === "boolean") requireElement(a, on === "truths" ? "boolean" : "real");
      requireSameElement(a, b);
      requireSameShape(a, b);
      return resultType(types, a.shape, "boolean");
    },
    [zero, zero],
    pointwise((...both) => scalar(at(both, 0), at(both, 1))),
  );
}

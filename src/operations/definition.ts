import type { Node, NodeOf, OperationAttributes, OperationName, TensorType } from "../graph/index.ts";
import type { Affine, Expression } from "../program/index.ts";
import type { Builder } from "./build.ts";

/** Thrown by an operation's shape rule; the language turns it into a diagnostic at the user's expression. */
export class TypeProblem extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = "TypeProblem";
    this.hint = hint;
  }
}

/** What an adjoint rule may read: the node y = f(x₀, x₁, …), and dy, the adjoint of y. */
export interface AdjointContext<K extends OperationName> {
  readonly build: Builder;
  readonly node: NodeOf<K>;
  /** Always of y's shape; unbatched when it is the same for every sample. */
  readonly dy: Node;
}

/** What a tangent rule may read: the tangents of the inputs, `undefined` where the tangent is zero. */
export interface TangentContext<K extends OperationName> {
  readonly build: Builder;
  readonly node: NodeOf<K>;
  readonly tangents: readonly (Node | undefined)[];
}

/** What a rule may read that does for all steps of a scan at once what the node does for one step. */
export interface StepsContext<K extends OperationName> {
  readonly build: Builder;
  /** The node of one step. */
  readonly node: NodeOf<K>;
  /** The number of steps. */
  readonly steps: number;
  /** Whether an operand differs from step to step: the steps are then a new first axis of it. */
  readonly varies: (operand: number) => boolean;
  /** An operand as it is: with the steps in front if it varies. */
  readonly operand: (operand: number) => Node;
  /** An operand with the steps in front, repeated if it does not vary. */
  readonly each: (operand: number) => Node;
}

/** Access to the elements of a node's operands while lowering one element of the node. */
export interface ElementContext<K extends OperationName> {
  readonly node: NodeOf<K>;
  /** Index of the wanted element of the node, one entry an axis of one sample. */
  readonly index: readonly Affine[];
  /** Which sample of the batch it is of, from 0; of no use to a node that is the same for every sample. */
  readonly sample: Affine;
  /** The element of operand `operand` at `index`, of the same sample. */
  readonly operand: (operand: number, index: readonly Affine[]) => Expression;
  /** An element of an integer operand, for use inside an index. */
  readonly integer: (operand: number, index: readonly Affine[]) => Affine;
}

export type PlaceContext<K extends OperationName> = Omit<ElementContext<K>, "operand" | "sample">;

export interface ReductionContext<K extends OperationName> extends ElementContext<K> {
  /** Indices over the reduction's domain. */
  readonly over: readonly Affine[];
}

/** How a node becomes scalar code. */
export type Lowering<K extends OperationName> =
  /** Read from a buffer or known to the program: inputs, parameters, states, literals. */
  | { readonly kind: "leaf" }
  /**
   * Each element is an expression of operand elements: elementwise operations and views. Fuses into its consumers.
   * The expression asks for each operand at most once, so that fusing never copies an operand's work: what needs an
   * operand twice is an `expand`, which names it.
   */
  | {
      readonly kind: "element";
      readonly element: (context: ElementContext<K>) => Expression;
      readonly expand?: Expansion<K>;
    }
  /** What a recurrence gave one step ago: see `Recurrence`. */
  | { readonly kind: "delay" }
  /** Same elements, other shape: an alias of the operand's memory. */
  | { readonly kind: "reshape" }
  /** Each element combines `element` over a rectangular domain; an empty combination is the combiner's neutral element. */
  | {
      readonly kind: "reduction";
      readonly combine: (node: NodeOf<K>) => "add" | "maximum" | "minimum";
      /** Extents of the domain. */
      readonly domain: (node: NodeOf<K>) => readonly number[];
      readonly element: (context: ReductionContext<K>) => Expression;
      readonly expand?: Expansion<K>;
    }
  /** Combines over the samples of the batch. */
  | { readonly kind: "batchReduction" }
  /** Adds each element of an operand at a place of the result, to what others have added there. */
  | {
      readonly kind: "scatter";
      /** Which operand. */
      readonly values: number;
      /** Where its element at `index` is added. */
      readonly place: (context: PlaceContext<K>) => readonly Affine[];
      /** Whether no two of them land at one place; absent where that depends on data. */
      readonly isDisjoint?: (node: NodeOf<K>) => boolean;
    }
  /** Always rewritten into other operations before lowering. */
  | { readonly kind: "expand"; readonly expand: Expansion<K> };

/**
 * Rewrites a node into operations that need no further expansion, or leaves it (`undefined`). See `expansionOf`, which
 * asks every kind of lowering.
 */
export type Expansion<K extends OperationName> = (build: Builder, node: NodeOf<K>) => Node | undefined;

/** How a formula writes the operation. Higher precedence binds tighter; see `precedence` in `notation.ts` for the scale. */
export type Notation =
  /** `tanh(x)`, `\tanh\left(x\right)` */
  | { readonly kind: "function"; readonly text: string; readonly tex: string }
  /** `a + b`; operands of lower precedence get parentheses, and so does a right operand of equal precedence unless `associative`. */
  | {
      readonly kind: "infix";
      readonly text: string;
      readonly tex: string;
      readonly precedence: number;
      readonly associative: boolean;
    }
  /** `-a` */
  | { readonly kind: "prefix"; readonly text: string; readonly tex: string; readonly precedence: number }
  /** Written by a special case of `inspect/` (views, einsum, reductions, leaves). */
  | { readonly kind: "special" };

/** Everything there is to know about one operation, in one file. */
export interface OperationDefinition<K extends OperationName> {
  /** One line for docs/operations.md: `tanh(x), elementwise hyperbolic tangent`. */
  readonly summary: string;
  /** It has no operands and its type is declared: made by `Builder.leaf`. */
  readonly leaf?: true;
  /** The type of the result. Throws `TypeProblem` when the operands do not fit. */
  readonly infer: (inputs: readonly TensorType[], attributes: OperationAttributes[K]) => TensorType;
  /**
   * One rule per operand: the contribution to the operand's adjoint, of the operand's shape. `undefined` where the
   * derivative is zero (integer and boolean operands, `sign`). A single rule serves every operand of a variadic operation.
   * The sum over the batch for an unbatched operand is not its business: `calculus/` does that.
   */
  readonly adjoint:
    | readonly ((context: AdjointContext<K>) => Node | undefined)[]
    | ((context: AdjointContext<K>, operand: number) => Node | undefined);
  /** The tangent of y given the tangents of the inputs; `undefined` for zero. */
  readonly tangent: (context: TangentContext<K>) => Node | undefined;
  /** The same for every step of a scan: a node that has the steps as a new first axis. At least one operand varies. */
  readonly overSteps: (context: StepsContext<K>) => Node;
  readonly lowering: Lowering<K>;
  readonly notation: Notation;
  /** What the derivative is declared to be where there is none: `|x|′(0) = 0`. Printed in docs and generated headers. */
  readonly convention?: string;
}

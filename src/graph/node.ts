import type { SourceSpan } from "../diagnostics/index.ts";
import type { TensorType } from "./type.ts";

/** Of an operation that its operands say all about. */
export type NoAttributes = Readonly<Record<string, never>>;

/**
 * The static attributes of each operation: the first of an operation's two registration lines (the second is in
 * `operations/table.ts`). Attributes are plain JSON-like data, because structurally equal nodes are interned into one.
 */
export interface OperationAttributes {
  // Leaves.
  /**
   * A per-sample input or target. Integer leaves say how many categories they index (0 … categories − 1).
   * `distribution` promises that the elements of one sample sum to one, so that rewriting may use it.
   */
  readonly input: {
    readonly name: string;
    readonly role: "input" | "target";
    readonly categories?: number;
    readonly distribution?: boolean;
  };
  readonly parameter: { readonly name: string };
  /** Every element is `value`. */
  readonly constant: { readonly value: number };
  /** A dense constant in row-major order. */
  readonly literal: { readonly data: readonly number[] };
  /** Element (i₀, i₁, …) is i_axis, counted from 0; an integer. */
  readonly iota: { readonly axis: number };
  /** The number of samples in this batch, as a real scalar. */
  readonly batchSize: NoAttributes;
  /** Optimizer state that outlives a step; `parameter` names the parameter it belongs to. */
  readonly state: { readonly name: string; readonly parameter: string };
  /** The number of this optimizer step, counted from 1, as a real scalar. */
  readonly step: NoAttributes;
  /** Stands for what the step of a scan is given, while the step is read; nothing that is computed depends on it. */
  readonly placeholder: { readonly id: number };
  /**
   * What a recurrence gave one step ago, for all steps at once: they lie along `axis`. See `Recurrence` for what is known of it
   * besides. `level` is the number of recurrences that it lies in.
   */
  readonly delay: {
    readonly id: number;
    readonly axis: number;
    readonly reverse: boolean;
    readonly level: number;
  };
  /**
   * Numbers spread evenly from 0 to 1: a function of the seed, the step, the stream (each call of `random` has its own) and the
   * element. Batched where each sample has its own.
   */
  readonly random: { readonly stream: number };

  // Elementwise, one operand.
  readonly negate: NoAttributes;
  readonly abs: NoAttributes;
  readonly sign: NoAttributes;
  readonly floor: NoAttributes;
  readonly ceil: NoAttributes;
  readonly round: NoAttributes;
  readonly exp: NoAttributes;
  readonly expm1: NoAttributes;
  readonly log: NoAttributes;
  readonly log1p: NoAttributes;
  readonly sqrt: NoAttributes;
  readonly sin: NoAttributes;
  readonly cos: NoAttributes;
  readonly tan: NoAttributes;
  readonly asin: NoAttributes;
  readonly acos: NoAttributes;
  readonly atan: NoAttributes;
  readonly sinh: NoAttributes;
  readonly cosh: NoAttributes;
  readonly tanh: NoAttributes;
  readonly asinh: NoAttributes;
  readonly acosh: NoAttributes;
  readonly atanh: NoAttributes;
  readonly erf: NoAttributes;
  /** 1/(1 + e⁻ˣ): primitive, because the derivative of the spelled-out form overflows. */
  readonly sigmoid: NoAttributes;
  /** log(1 + eˣ) = max(x, 0) + log1p(e^−|x|). */
  readonly softplus: NoAttributes;
  readonly not: NoAttributes;
  /** Integer to real. */
  readonly toReal: NoAttributes;

  // Elementwise, two operands of equal shape.
  readonly add: NoAttributes;
  readonly subtract: NoAttributes;
  readonly multiply: NoAttributes;
  readonly divide: NoAttributes;
  readonly power: NoAttributes;
  readonly maximum: NoAttributes;
  readonly minimum: NoAttributes;
  readonly less: NoAttributes;
  readonly lessEqual: NoAttributes;
  readonly greater: NoAttributes;
  readonly greaterEqual: NoAttributes;
  readonly equal: NoAttributes;
  readonly notEqual: NoAttributes;
  readonly and: NoAttributes;
  readonly or: NoAttributes;

  /** `select(condition, a, b)`: a where the boolean condition holds, else b; elementwise. */
  readonly select: NoAttributes;

  // Views: index arithmetic only.
  /** Input axis k becomes output axis `axes[k]` (strictly increasing); the other output axes are new. */
  readonly broadcast: { readonly shape: readonly number[]; readonly axes: readonly number[] };
  /** Output axis k is input axis `order[k]`. */
  readonly permute: { readonly order: readonly number[] };
  /** Same elements in row-major order. */
  readonly reshape: { readonly shape: readonly number[] };
  /** Along each axis: `sizes[k]` elements from `starts[k]`, every `steps[k]`-th (0-based; steps may be negative). */
  readonly slice: {
    readonly starts: readonly number[];
    readonly sizes: readonly number[];
    readonly steps: readonly number[];
  };
  /**
   * The adjoint of `slice`: input element i lands at `starts[k] + i·steps[k]` of an output of `shape`; the rest is
   * `value`, or 0 where it is absent (as it is wherever it would be 0, so that equal paddings are one node).
   */
  readonly pad: {
    readonly shape: readonly number[];
    readonly starts: readonly number[];
    readonly steps: readonly number[];
    readonly value?: number;
  };
  /**
   * Windows along `axes` (strictly increasing), of `sizes` elements that lie `dilations` apart, at every `strides`-th place
   * where one fits. Each of the axes becomes that of the windows' positions o; the offsets k within a window are new axes at
   * the end, in the same order: `y[…, o, …, k] = x[…, o·stride + k·dilation, …]`.
   */
  readonly window: {
    readonly axes: readonly number[];
    readonly sizes: readonly number[];
    readonly strides: readonly number[];
    readonly dilations: readonly number[];
  };
  /**
   * The adjoint of `window`: each element of a window is added at the place that it shows, along `axes` of as many elements
   * as `extents` say.
   */
  readonly overlapAdd: {
    readonly axes: readonly number[];
    readonly extents: readonly number[];
    readonly strides: readonly number[];
    readonly dilations: readonly number[];
  };
  readonly concatenate: { readonly axis: number };

  // Data movement by integer indices.
  /** `gather(table[n, …rest], indices[I…])` has shape [I…, …rest]. */
  readonly gather: NoAttributes;
  /** The adjoint of `gather`: `scatterAdd(indices[I…], values[I…, …rest])` has shape [size, …rest]. */
  readonly scatterAdd: { readonly size: number };

  // Contractions and reductions.
  /**
   * `einsum(a, b)` with a specification such as `ij,j->i`: letters name axes, in order of first appearance a, b, c, …
   * (`canonicalSpecification` makes it so); letters absent from the output are summed over. No letter repeats within an operand.
   */
  readonly einsum: { readonly specification: string };
  /** Reduces over `axes` (strictly increasing), which vanish. `logSumExp` is log Σ exp, computed stably. */
  readonly reduce: { readonly kind: "sum" | "max" | "min" | "logSumExp"; readonly axes: readonly number[] };
  /** Over the samples of the batch: batched in, unbatched out. */
  readonly batchReduce: { readonly kind: "sum" | "mean" };

  /** The identity whose derivative is declared to be zero. */
  readonly stopGradient: NoAttributes;
  /** `whenTraining(a, b)`: a while training, b while predicting. Reading a network makes two graphs of it, one of each. */
  readonly whenTraining: NoAttributes;
}

/** The closed list of what a node can do. */
export type OperationName = keyof OperationAttributes;

/** Where a node came from: error messages, formula comments and explanations live off it. */
export type Origin =
  /** The expression in a text. `call` is the place in the user's file when `span` lies in the prelude. */
  | { readonly kind: "source"; readonly span: SourceSpan; readonly call?: SourceSpan }
  /** The adjoint rule of `of`'s operation, towards its operand number `operand`. */
  | { readonly kind: "adjoint"; readonly of: Node; readonly operand: number }
  | { readonly kind: "tangent"; readonly of: Node }
  /** A rewrite rule turned `from` into this. */
  | { readonly kind: "rewrite"; readonly rule: string; readonly from: Node }
  /** Made by the compiler itself: the implicit batch mean, the seed of the reverse sweep. */
  | { readonly kind: "compiler"; readonly reason: string };

/** A node of the operation `K`: immutable, and the only one of its kind in its graph. */
export interface NodeOf<K extends OperationName> {
  /** Position in the graph's creation order, which is topological: every input has a smaller id. */
  readonly id: number;
  readonly operation: K;
  readonly inputs: readonly Node[];
  readonly attributes: OperationAttributes[K];
  readonly type: TensorType;
  readonly origin: Origin;
}

/** A node of any operation: a union discriminated by `operation`. */
export type Node = { readonly [K in OperationName]: NodeOf<K> }[OperationName];

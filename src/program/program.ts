import type { ScalarOperation } from "./scalar.ts";

/*
 * The program: loops, scalars and memory. It knows nothing of TypeScript or WebAssembly; what makes a step fast is
 * decided here, once, for every target. Memory is a set of named buffers, row-major and contiguous, with the batch
 * axis outermost where there is one; an access is a linear element offset that is affine in the loop variables.
 */

/** `constant + Σ coefficient · atom`: an element offset, or a loop-dependent integer. */
export interface Affine {
  readonly constant: number;
  readonly terms: readonly AffineTerm[];
}

/** `coefficient · atom` */
export interface AffineTerm {
  readonly coefficient: number;
  readonly atom: IndexAtom;
}

/** What an offset depends on. */
export type IndexAtom =
  /** A loop variable. */
  | { readonly kind: "variable"; readonly name: string }
  /** An element of an integer buffer: a data-dependent index, already validated to be in range. */
  | { readonly kind: "element"; readonly buffer: string; readonly offset: Affine };

/** What a buffer is for, and so who owns its memory. */
export type BufferRole =
  | "input"
  | "target"
  | "parameter"
  | "state"
  /** Where `gradient` leaves ∂loss/∂parameter. */
  | "gradient"
  /** Where `predict` leaves its result. */
  | "output"
  | "scratch"
  | "constant";

/** A named piece of memory. */
export interface Buffer {
  /** Unique in the program; derived from the names in the formulas (`h`, `dW1`). */
  readonly name: string;
  readonly role: BufferRole;
  /** The caller's reals are stored in the module's precision, others as the target has them; integers as Int32. */
  readonly element: "real" | "integer";
  /** Shape of one sample. */
  readonly shape: readonly number[];
  /** Whether there is one such block per sample of the batch, outermost. */
  readonly batched: boolean;
  /** The leaf it holds, in the user's name: `W1`, `h.weight`, `m` of `W1` (then `owner` is `W1`). */
  readonly of?: string;
  readonly owner?: string;
  /** For the role `constant`. */
  readonly data?: readonly number[];
  /**
   * Of parameters and gradients: so many accesses at fixed places that a target whose own memory is faster than its
   * caller's should work on a copy there.
   */
  readonly resident?: boolean;
}

/** A scalar, from loads, locals and the operations on them. */
export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "local"; readonly name: string }
  | { readonly kind: "load"; readonly buffer: string; readonly offset: Affine }
  /** A loop-dependent integer as a real number. */
  | { readonly kind: "index"; readonly value: Affine }
  /** from ≤ value < to (which may be Infinity), and value ≡ from (mod step). */
  | {
      readonly kind: "inRange";
      readonly value: Affine;
      readonly from: number;
      readonly to: number;
      readonly step: number;
    }
  | { readonly kind: "batchSize" }
  /** The optimizer step's number, from 1. */
  | { readonly kind: "step" }
  /** Number `value` of a stream of random numbers from 0 to 1, which the seed and the step choose: see `randomNumber`. */
  | { readonly kind: "random"; readonly stream: number; readonly value: Affine }
  | { readonly kind: "apply"; readonly operation: ScalarOperation; readonly operands: readonly Expression[] };

/** A loop bound: a number, or the batch size rounded down to a multiple of `multipleOf`. */
export type Bound = number | { readonly kind: "batch"; readonly multipleOf: number };

/** A loop, or what is done in one. */
export type Statement =
  | {
      readonly kind: "loop";
      readonly variable: string;
      readonly from: Bound;
      /** Exclusive. */
      readonly to: Bound;
      /** Below 0, the loop goes down from `from`, not as far as `to`. */
      readonly step: number;
      /**
       * So many iterations side by side, in the lanes of a vector: at each step the variable takes the value that it has come to,
       * and the next ones below `to`. They do not depend on each other but for sums and maxima: what they add to one element
       * of a buffer, or to one local from outside, may be added in any order.
       */
      readonly lanes?: number;
      readonly body: readonly Statement[];
    }
  /** A new local; `mutable` ones are accumulators that `assign` changes. */
  | { readonly kind: "let"; readonly name: string; readonly value: Expression; readonly mutable: boolean }
  | { readonly kind: "assign"; readonly name: string; readonly value: Expression }
  /** `accumulate`: add to what is there. */
  | {
      readonly kind: "store";
      readonly buffer: string;
      readonly offset: Affine;
      readonly value: Expression;
      readonly accumulate: boolean;
    }
  /** The body runs where the condition `value` is not 0. Locals do not leave it. */
  | { readonly kind: "when"; readonly value: Expression; readonly body: readonly Statement[] }
  /** A part that a target puts in a function of its own, so that no function outgrows an optimising compiler's limit. Locals do not cross its border; the variables of loops around it may be read. */
  | { readonly kind: "piece"; readonly name: string; readonly body: readonly Statement[] }
  /** What this stretch computes, for the reader of the generated code. Never raw user text. */
  | { readonly kind: "comment"; readonly text: string }
  /** The program's scalar result; last, at the top level. */
  | { readonly kind: "return"; readonly value: Expression };

export type Loop = Extract<Statement, { kind: "loop" }>;
export type Let = Extract<Statement, { kind: "let" }>;
export type Assign = Extract<Statement, { kind: "assign" }>;
export type Store = Extract<Statement, { kind: "store" }>;
export type Load = Extract<Expression, { kind: "load" }>;

/** The three ways to specialise a network (see docs/architecture.md). */
export type ScheduleName = "unrolled" | "rows" | "tiled";

/** One generated function: its memory and what it does with it. */
export interface Program {
  /** `loss`, `gradient`, `trainStep`, `predict`. */
  readonly name: string;
  readonly buffers: readonly Buffer[];
  readonly body: readonly Statement[];
  readonly schedule: ScheduleName;
  /** Why this schedule, in a sentence with the numbers it rests on. */
  readonly scheduleReason: string;
}

import type { Program } from "./program.ts";

/** Where a parameter's elements start, with every fan-in and fan-out already worked out. */
export type InitialValue =
  | { readonly kind: "fill"; readonly value: number }
  | { readonly kind: "values"; readonly data: readonly number[] }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "normal"; readonly mean: number; readonly standardDeviation: number }
  /** A (semi-)orthogonal matrix of `rows` × `columns`, times `gain` (Saxe et al. 2013). */
  | { readonly kind: "orthogonal"; readonly rows: number; readonly columns: number; readonly gain: number };

/** A named stretch of the one flat array of parameters. Slots are listed as declared, which need not be how they lie. */
export interface ParameterSlot {
  /** The user's name: `W1`, `h.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
  readonly initial: InitialValue;
  /** Whether the optimizer leaves it as it is. */
  readonly isFrozen?: boolean;
  /** Whether it is a state, which a training step changes by a rule of the network's own. */
  readonly isState?: boolean;
}

/** A named stretch of the one flat array of optimizer state; element 0 of that array is the number of steps taken. */
export interface StateSlot {
  /** `m` */
  readonly name: string;
  /** The parameter it belongs to: `W1`. */
  readonly parameter: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
  readonly initial: number;
  /** Whether it is one number for all parameters that are treated like its own, the first of them. */
  readonly isShared: boolean;
}

/** An input, a target or the prediction: what an array of it holds for each sample. */
export interface DataSlot {
  readonly name: string;
  /** Shape of one sample. */
  readonly shape: readonly number[];
  readonly element: "real" | "integer";
  /** For integers: valid values are 0 … categories − 1. */
  readonly categories?: number;
}

/** How reals are stored: in 4 bytes or in 8. */
export type Precision = "f32" | "f64";

/** What a network is generated as: loops of TypeScript, or TypeScript around a kernel of WebAssembly. */
export type TargetName = "typescript" | "wasm";

/** A target, and why it was taken. */
export interface TargetChoice {
  readonly name: TargetName;
  /** In words, with the numbers it rests on: `as asked`. */
  readonly reason: string;
}

/** An optimizer as people read of it. */
export interface OptimizerText {
  readonly name: string;
  /** A number, or the formula of one that follows the number t of the step. */
  readonly options: Readonly<Record<string, number | string>>;
  /** Options of their own for parameters whose names match a pattern. */
  readonly exceptions?: readonly {
    readonly pattern: string;
    readonly options: Readonly<Record<string, number | string>>;
    readonly isFrozen?: boolean;
  }[];
  /** What becomes of gradients before the optimizer sees them, as the file says it. */
  readonly clip?: string;
}

/** All that a target needs to write one network's module, and nothing of the tensor graph. */
export interface ModuleProgram {
  /** From the file's name, without directory or extension. */
  readonly name: string;
  readonly precision: Precision;
  /** Default batch size, and the most samples that scratch memory is laid out for. */
  readonly batchSize: number;
  readonly epochs: number;
  readonly inputs: readonly DataSlot[];
  readonly targets: readonly DataSlot[];
  /** What `predict` computes for one sample. */
  readonly output: DataSlot | undefined;
  /** Whether that depends on the other samples of the batch: through `batchSum` or `batchMean`. */
  readonly mixesSamples?: boolean;
  readonly parameters: readonly ParameterSlot[];
  readonly states: readonly StateSlot[];
  readonly optimizer: OptimizerText;
  readonly programs: {
    readonly loss: Program;
    readonly gradient: Program;
    /** Forward pass, backward pass and the optimizer's update; without the update where `update` is present. */
    readonly trainStep: Program;
    /**
     * Where one loop over all parameters is better than an update of each: reads what `trainStep` leaves in memory of the
     * role `gradient`, and overwrites `parameters` and the state. Its buffers are whole flat arrays, or stretches of
     * them from a slot on, of parameters that are treated alike: a state's is all slots of one name, which lie together.
     */
    readonly update?: Program | undefined;
    /**
     * Where `trainStep` leaves not gradients for `update` but their sums over the batch: makes gradients of them, all
     * elements of the role `gradient` to all of the role `output`. Else `trainStep` does what `gradient` does.
     */
    readonly means?: Program | undefined;
    readonly predict: Program | undefined;
  };
  /**
   * Where training makes another loss small than `loss` computes: that one, whose derivative `gradient` is. No target writes
   * it; the cost of the gradient is held against it.
   */
  readonly trainingLoss?: Program;
}

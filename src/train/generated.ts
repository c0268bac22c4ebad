import type { Samples } from "./encode.ts";

/** One array an input or target, by name. */
export type TrainingData = Readonly<Record<string, Samples>>;

/** What `train` of a generated module reports after each epoch; see `templates/train.ts`. */
export interface Progress {
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
  readonly validationLoss: number | undefined;
}

/** A run under way, as its module makes and takes it. */
export type Checkpoint = Readonly<Record<string, unknown>> & {
  readonly epoch: number;
  /** Samples of the epoch that steps have taken. */
  readonly position: number;
  readonly steps: number;
};

export interface TrainingOptions {
  readonly epochs?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly seed?: number | undefined;
  readonly validation?: TrainingData | undefined;
  readonly patience?: number | undefined;
  readonly onEpoch?: ((progress: Progress) => void) | undefined;
  readonly onCheckpoint?: ((checkpoint: Checkpoint) => void) | undefined;
  readonly checkpointEvery?: number | undefined;
  readonly resume?: Checkpoint | undefined;
  readonly onGradient?: ((gradient: Float64Array, parameters: Float64Array) => void) | undefined;
  readonly signal?: { readonly aborted: boolean } | undefined;
}

/** See `templates/divergence.ts`. */
export interface TrainingDivergence {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly first:
    | {
        readonly what: "loss" | "gradient" | "parameter";
        readonly name: string | undefined;
        readonly sample: number | undefined;
        readonly value: number;
        readonly isFromStart: boolean;
      }
    | undefined;
}

export interface TrainingOutcome {
  readonly parameters: Float64Array;
  readonly history: readonly Progress[];
  readonly steps: number;
  /** The epoch whose parameters these are. */
  readonly epoch: number;
  readonly stopped: "finished" | "patience" | "aborted" | "diverged";
  readonly divergence: TrainingDivergence | undefined;
}

/** See `templates/gradients.ts`. */
export interface GradientReport {
  readonly steps: number;
  readonly parameters: readonly {
    readonly name: string;
    readonly norm: number;
    readonly relative: number;
    readonly deadRows: readonly number[];
  }[];
  readonly warnings: readonly {
    readonly kind: "exploding" | "vanishing" | "dead";
    readonly parameter: string;
    readonly rows: readonly number[];
    readonly message: string;
  }[];
}

/**
 * The exports of a generated module, seen without knowing its network. The functions take the arrays of the inputs (and
 * targets) in the order of declaration, which is the order of `ModuleProgram.inputs` and `.targets`. With `f32` storage
 * the arrays of reals are Float32Arrays.
 */
export interface GeneratedModule {
  readonly parameterCount: number;
  readonly batchSize: number;
  readonly initialParameters: (seed?: number) => Float64Array;
  readonly initialState: () => Float64Array;
  /** Absent when every statement of the network depends on a target. */
  readonly predict?: (parameters: Float64Array, ...inputs: Samples[]) => Float64Array;
  readonly loss: (parameters: Float64Array, ...data: Samples[]) => number;
  readonly gradient: (parameters: Float64Array, ...dataAndGradients: Samples[]) => number;
  readonly trainStep: (parameters: Float64Array, state: Float64Array, ...data: Samples[]) => number;
  readonly train: (data: TrainingData, options?: TrainingOptions) => TrainingOutcome;
  readonly saveParameters: (parameters: Float64Array) => string;
  readonly loadParameters: (text: string) => Float64Array;
  readonly saveCheckpoint: (checkpoint: Checkpoint) => Uint8Array;
  readonly loadCheckpoint: (bytes: Uint8Array) => Checkpoint;
  readonly watchGradients: () => {
    readonly add: (gradient: Float64Array, parameters: Float64Array) => void;
    readonly report: () => GradientReport;
  };
}

import { checkFacts, type Checkpoint, type Facts, identifyRun, type KeptParameters } from "./checkpoint.ts";
import { checkSeed } from "./checks.ts";
import { type Divergence, type EpochStart, findDivergence } from "./divergence.ts";
import type { TrainData } from "./network.ts";
import { shuffle } from "./random.ts";
import { checkWhole, chooseRows, type Column, type Rows, takeBatch, takeValidation } from "./samples.ts";
import type { Layout } from "./saving.ts";

/** How to train. */
export interface TrainOptions {
  /** How often to go through the data, in this call. */
  readonly epochs?: number | undefined;
  /** Samples of a step, fewer than 2^30; the last step of an epoch takes what is left. */
  readonly batchSize?: number | undefined;
  /**
   * Of the initial parameters, the random numbers that the network draws, the order of the samples and the choice of the
   * validation samples: a whole number, of which the low 32 bits count; 0 by default.
   */
  readonly seed?: number | undefined;
  /** Whether each epoch takes the samples in a random order of its own, which `seed` and its number make; by default so. */
  readonly shuffle?: boolean | undefined;
  /** Data to measure on after each epoch, not to train on. */
  readonly validation?: TrainData | undefined;
  /** Instead of `validation`: the part of the data, from 0 to 1, that is randomly held out for it: one sample at least. */
  readonly validationSplit?: number | undefined;
  /**
   * Stop when the loss (on the validation data, if there are any) has not fallen for this many epochs, and give back
   * the best parameters rather than the last.
   */
  readonly patience?: number | undefined;
  /** What counts as fallen for `patience`: by more than this, which is not negative; 0 by default. */
  readonly minimumImprovement?: number | undefined;
  /** Where to start, instead of `initialParameters(seed)`; copied. */
  readonly parameters?: Float64Array | undefined;
  /** The optimizer state to start with, instead of `initialState()`; copied. */
  readonly state?: Float64Array | undefined;
  /**
   * The number of the first epoch; 1 by default. To go on from a result, give its `parameters`, its `state` and its
   * `epoch + 1` here: with the same data, seed and batch size, 2 epochs and then 2 more are 4 epochs, bit for bit.
   * `patience` and the watch for divergence begin anew; where they are to go on, too, see `resume`.
   */
  readonly firstEpoch?: number | undefined;
  /** Called after each epoch. */
  readonly onEpoch?: ((progress: TrainProgress) => void) | undefined;
  /**
   * Called with a checkpoint after every `checkpointEvery` steps, by default after each epoch; and when training ends other
   * than by divergence. Nothing changes a checkpoint later. `saveCheckpoint` makes bytes of it.
   */
  readonly onCheckpoint?: ((checkpoint: Checkpoint) => void) | undefined;
  /** Steps from one checkpoint to the next. */
  readonly checkpointEvery?: number | undefined;
  /**
   * A checkpoint to go on from, in place of `parameters`, `state` and `firstEpoch`: the run ends with the bits that it
   * would have ended with without a break. Data and options must be as they were, but for `epochs`, which counts the epochs
   * before the checkpoint, too, and for how long `patience` is.
   */
  readonly resume?: Checkpoint | undefined;
  /**
   * Called before each step with the gradient that it takes, and the parameters at which: both are the run's own arrays, to
   * be read and not kept. It costs a backward pass more a step. See `watchGradients`.
   */
  readonly onGradient?: ((gradient: Float64Array, parameters: Float64Array) => void) | undefined;
  /**
   * An `AbortSignal`, or anything like it: looked at before each step. `train` returns only when it is done, and no timer
   * or click comes in between: what can set the signal while it runs is `onEpoch`. For others to, train an epoch to a call
   * (see `firstEpoch`) and await something between calls; or end the worker that trains.
   */
  readonly signal?: { readonly aborted: boolean } | undefined;
}

/** One epoch. */
export interface TrainProgress {
  /** Counted from `firstEpoch`. */
  readonly epoch: number;
  /** Steps taken so far: in this call, and before the checkpoint that it goes on from. */
  readonly step: number;
  /** Mean of the losses of the epoch's steps, each measured before its update and weighted by its samples. */
  readonly loss: number;
  /** Loss on the validation data after the epoch, if there are any: the mean over its batches, weighted likewise. */
  readonly validationLoss: number | undefined;
}

export interface TrainResult {
  /**
   * The last parameters; the best of any epoch's end, if there was `patience`; if training diverged, those of the last
   * sound epoch.
   */
  readonly parameters: Float64Array;
  /** The optimizer's state that belongs to them. */
  readonly state: Float64Array;
  readonly history: readonly TrainProgress[];
  /** Steps taken, counted as in `TrainProgress`; `state[0]` counts those that are in the parameters, of earlier calls too. */
  readonly steps: number;
  /**
   * The last epoch that the parameters have behind them as a whole; `firstEpoch - 1`, so 0 by default, if none. Where
   * the signal stopped training in the middle of an epoch, and without `patience`, the steps of that epoch are in the
   * parameters as well.
   */
  readonly epoch: number;
  /** Why training ended: all epochs done, no progress for `patience` epochs, the signal, or divergence. */
  readonly stopped: "finished" | "patience" | "aborted" | "diverged";
  readonly divergence: Divergence | undefined;
}

/** A network as the training loop sees it: steps work on the columns' batches. */
export interface Trainee {
  /** What tells this network from others. */
  readonly network: Facts;
  readonly layout: Layout;
  readonly columns: readonly Column[];
  readonly batchSize: number;
  readonly epochs: number;
  /** With what it starts; steps change both in place. */
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  readonly step: (parameters: Float64Array, state: Float64Array, count: number) => number;
  readonly loss: (parameters: Float64Array, count: number) => number;
  /**
   * Of what `step` makes small; gives its value. `step`, as the state counts, chooses the random numbers of a network that draws
   * some.
   */
  readonly gradient: (
    parameters: Float64Array,
    gradients: Float64Array,
    count: number,
    step: number,
  ) => number;
}

/** A loss of this many times the magnitude of the first one (or of 1, if that is more) counts as divergence: past hope. */
const explosion = 1e12;

/** Of the random numbers that make the order of an epoch; those of smaller streams are for other things. */
const shuffleStream = 0x50000000;

/** What training has come to so far: what a checkpoint holds, while it changes. */
type Run = Mutable<Omit<Checkpoint, "network" | "run" | "history" | "kept">> & {
  readonly history: TrainProgress[];
  readonly kept: Mutable<KeptParameters>;
};

type Mutable<Fields> = { -readonly [Field in keyof Fields]: Fields[Field] };

/** What stays as it is through a run. */
interface Plan {
  readonly trainee: Trainee;
  readonly options: TrainOptions;
  readonly rows: Rows;
  /** The training rows, in the order of the epoch. */
  readonly order: Int32Array;
  /** Told after each step, and at each epoch's end. */
  readonly checkpoints: Checkpointer;
}

/** Trains until one of the reasons of `TrainResult.stopped` to end. */
export function runTraining(trainee: Trainee, options: TrainOptions): TrainResult {
  checkOptions(trainee.epochs, options);
  const { patience = Infinity, seed = 0 } = options;
  const rows = chooseRows(trainee.columns, options, seed);
  const run = startRun(trainee, rows, options);
  const end = run.firstEpoch + trainee.epochs;
  const checkpoints = newCheckpointer(run, trainee, rows, options);
  const plan: Plan = { trainee, options, rows, order: rows.training.slice(), checkpoints };
  let stopped: TrainResult["stopped"] | undefined;
  let divergence: TrainResult["divergence"];
  while (stopped === undefined) {
    if (run.epoch - 1 - run.kept.epoch >= patience) stopped = "patience";
    else if (run.epoch >= end) stopped = "finished";
    else {
      const start = startEpoch(run, patience);
      const ended = runEpoch(plan, run);
      stopped = ended.stopped;
      if (stopped === undefined) endEpoch(plan, run);
      if (stopped === "diverged") divergence = describeDivergence(plan, run, ended.loss, start);
    }
  }
  if (stopped !== "diverged") checkpoints.end();
  const isKept = stopped === "diverged" || patience !== Infinity;
  const { parameters, state, epoch } = isKept ? run.kept : { ...run, epoch: run.epoch - 1 };
  return { parameters, state, epoch, history: run.history, steps: run.steps, stopped, divergence };
}

/** A run at its beginning, or where the checkpoint left it. */
function startRun(trainee: Trainee, rows: Rows, options: TrainOptions): Run {
  const { resume, firstEpoch = 1 } = options;
  const { parameters, state } = trainee;
  if (resume !== undefined) {
    checkFacts("network", resume.network, trainee.network);
    checkFacts("run", resume.run, identifyRun(trainee.columns, trainee.batchSize, rows, options));
    parameters.set(resume.parameters);
    state.set(resume.state);
    return { ...copyRun(resume), parameters, state };
  }
  const kept = {
    epoch: firstEpoch - 1,
    loss: Infinity,
    parameters: parameters.slice(),
    state: state.slice(),
  };
  const nothing = { position: 0, total: 0, steps: 0, firstLoss: undefined, history: [] };
  return { firstEpoch, epoch: firstEpoch, ...nothing, parameters, state, kept };
}

/** With arrays of its own. */
function copyRun({ kept, history, parameters, state, ...numbers }: Omit<Checkpoint, "network" | "run">): Run {
  return {
    ...numbers,
    history: history.slice(),
    parameters: parameters.slice(),
    state: state.slice(),
    kept: { ...kept, parameters: kept.parameters.slice(), state: kept.state.slice() },
  };
}

/** Without patience, what is kept is where an epoch begins; but one that is resumed begins in its middle. */
function startEpoch({ position, steps, epoch, parameters, state, kept }: Run, patience: number): EpochStart {
  const isKept = patience === Infinity && position === 0;
  return {
    position,
    steps,
    epoch,
    parameters: isKept ? kept.parameters : parameters.slice(),
    state: isKept ? kept.state : state.slice(),
    sound: kept.parameters,
  };
}

interface EpochEnd {
  readonly stopped: "aborted" | "diverged" | undefined;
  /** Of the last step. */
  readonly loss: number;
}

/** The rest of a pass over the training rows; why it ended, if before its end. */
function runEpoch({ trainee, options, rows, order, checkpoints }: Plan, run: Run): EpochEnd {
  const { columns, batchSize } = trainee;
  const { parameters, state } = run;
  if (options.shuffle !== false) {
    order.set(rows.training); // from the same start, so that an epoch's order needs nothing of the epochs before
    shuffle(order, options.seed ?? 0, shuffleStream + run.epoch);
  }
  const gradients = options.onGradient === undefined ? undefined : new Float64Array(parameters.length);
  let loss = NaN;
  while (run.position < order.length) {
    if (options.signal?.aborted === true) return { stopped: "aborted", loss };
    const count = takeBatch(columns, order, run.position, batchSize);
    if (gradients !== undefined) {
      trainee.gradient(parameters, gradients, count, (state[0] ?? 0) + 1);
      options.onGradient?.(gradients, parameters);
    }
    loss = trainee.step(parameters, state, count);
    run.steps++;
    run.firstLoss ??= loss;
    run.total += loss * count;
    run.position += count;
    if (!isSound(loss, run.firstLoss)) return { stopped: "diverged", loss };
    checkpoints.step();
  }
  // The last update of the epoch may be the one that overflowed: no loss has shown it yet.
  return { stopped: parameters.every(Number.isFinite) ? undefined : "diverged", loss };
}

function isSound(loss: number, firstLoss: number): boolean {
  return Number.isFinite(loss) && Math.abs(loss) <= explosion * Math.max(1, Math.abs(firstLoss));
}

/** Measures, tells and keeps what an epoch has come to. */
function endEpoch({ trainee, options, rows, checkpoints }: Plan, run: Run): void {
  const { patience = Infinity, minimumImprovement = 0 } = options;
  const { epoch, steps, parameters, state, kept } = run;
  const loss = run.total / rows.training.length;
  const validationLoss = rows.validation.length === 0 ? undefined : measure(trainee, run, rows.validation);
  const progress = { epoch, step: steps, loss, validationLoss };
  const watched = validationLoss ?? loss;
  if (patience === Infinity || watched < kept.loss - minimumImprovement) {
    kept.parameters.set(parameters);
    kept.state.set(state);
    kept.epoch = epoch;
    kept.loss = watched;
  }
  run.history.push(progress);
  run.epoch++;
  run.position = 0;
  run.total = 0;
  options.onEpoch?.(progress);
  checkpoints.epoch();
}

/** The mean loss over the validation rows, batch by batch. */
function measure(trainee: Trainee, { parameters }: Run, rows: Int32Array): number {
  const { columns, batchSize } = trainee;
  let total = 0;
  for (let from = 0; from < rows.length; from += batchSize) {
    const count = takeValidation(columns, rows, from, batchSize);
    total += trainee.loss(parameters, count) * count;
  }
  return total / rows.length;
}

/** `loss` is what showed it, and all there is to say where it has exploded but is finite. */
function describeDivergence({ trainee, order }: Plan, run: Run, loss: number, start: EpochStart): Divergence {
  const { steps, epoch, position, parameters } = run;
  if (Number.isFinite(loss) && parameters.every(Number.isFinite))
    return { step: steps, epoch, loss, first: undefined };
  const first = {
    what: "loss",
    name: undefined,
    sample: undefined,
    value: loss,
    isFromStart: false,
  } as const;
  return findDivergence(trainee, order.subarray(0, position), start) ?? { step: steps, epoch, loss, first };
}

/** When to tell `onCheckpoint`. */
interface Checkpointer {
  readonly step: () => void;
  readonly epoch: () => void;
  readonly end: () => void;
}

function newCheckpointer(run: Run, trainee: Trainee, rows: Rows, options: TrainOptions): Checkpointer {
  const { onCheckpoint, checkpointEvery } = options;
  const nothing = (): void => undefined;
  if (onCheckpoint === undefined) return { step: nothing, epoch: nothing, end: nothing };
  const facts = {
    network: trainee.network,
    run: identifyRun(trainee.columns, trainee.batchSize, rows, options),
  };
  let last = "";
  const tell = (): void => {
    const place = `${run.epoch} ${run.position}`;
    if (place === last || !run.parameters.every(Number.isFinite)) return; // from such parameters nothing goes on
    last = place;
    onCheckpoint({ ...copyRun(run), ...facts });
  };
  return {
    step: () => {
      if (checkpointEvery !== undefined && run.steps % checkpointEvery === 0) tell();
    },
    epoch: () => {
      if (checkpointEvery === undefined) tell();
    },
    end: tell,
  };
}

/** @throws {RangeError} if an option makes no sense, whatever the data. */
function checkOptions(epochs: number, options: TrainOptions): void {
  const {
    seed = 0,
    patience = Infinity,
    minimumImprovement = 0,
    firstEpoch = 1,
    checkpointEvery = 1,
  } = options;
  checkWhole("epochs", epochs, 0);
  checkWhole("firstEpoch", firstEpoch, 1);
  checkWhole("checkpointEvery", checkpointEvery, 1);
  if (patience !== Infinity) checkWhole("patience", patience, 1);
  checkSeed(seed);
  if (!(minimumImprovement >= 0 && minimumImprovement < Infinity)) {
    throw new RangeError(
      `minimumImprovement must be a finite number of at least 0, not ${minimumImprovement}`,
    );
  }
}

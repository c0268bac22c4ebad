import type { Compilation } from "../compile.ts";
import { DiagnosticError, OptionError } from "../diagnostics/index.ts";
import type { BinaryFile } from "./binary.ts";
import { widthOf } from "./columns.ts";
import type { Samples } from "./encode.ts";
import { dataFault } from "./faults.ts";
import type {
  Checkpoint,
  GeneratedModule,
  GradientReport,
  Progress,
  TrainingData,
  TrainingOptions,
  TrainingOutcome,
} from "./generated.ts";
import { type Meter, meterFor, type Metric, type MetricName, metricsOf } from "./metrics.ts";
import { destandardise, type SlotData } from "./prepare.ts";
import type { PreparedData } from "./prepared.ts";
import { sayPredicted, taskOf } from "./task.ts";

export interface SessionOptions {
  readonly seed?: number | undefined;
  /** Default: what the module was generated with. */
  readonly epochs?: number | undefined;
  /** Stop after so many epochs without progress. */
  readonly patience?: number | undefined;
  /** What to measure; by default perplexity where a sample has several labels, accuracy of other classes, else RMSE. */
  readonly metric?: MetricName | undefined;
  /** Whether to measure on the training samples, too, which takes as long as a third of an epoch. Default: yes. */
  readonly onTraining?: boolean | undefined;
  readonly onEpoch?: ((progress: Progress) => void) | undefined;
  /** Given the bytes of a checkpoint, after each epoch or every so many steps, and at the end. */
  readonly onCheckpoint?: ((bytes: Uint8Array) => void) | undefined;
  readonly checkpointEvery?: number | undefined;
  /** A checkpoint to go on from. */
  readonly resume?: BinaryFile | undefined;
  /** Whether to watch the gradients of all steps, which costs a backward pass more for each. Default: no. */
  readonly gradients?: boolean | undefined;
}

/** What training came to. */
export interface SessionReport {
  readonly outcome: TrainingOutcome;
  /** Of the last epoch, or of what there was of it where training diverged; absent where it was not asked for. */
  readonly gradients: GradientReport | undefined;
  /** On the training samples, in the target's own units; absent where there is nothing to measure. */
  readonly trainingMetric: Metric | undefined;
  /** On the samples held out. */
  readonly heldOutMetric: Metric | undefined;
}

/**
 * Trains a compiled network on prepared data with its own generated code, and measures how well it predicts.
 *
 * @throws {OptionError} before training, when the metric that is asked for has no meaning for the network.
 * @throws {DiagnosticError} when the checkpoint to go on from is of another network or run, or corrupt.
 */
export function runSession(
  compilation: Compilation,
  generated: GeneratedModule,
  data: PreparedData,
  options: SessionOptions = {},
): SessionReport {
  const newMeter = chooseMeter(compilation, data, options.metric);
  const { outcome, gradients } = trainOn(generated, data, options);
  const metricOf = (slots: readonly SlotData[], samples: number): Metric | undefined => {
    if (newMeter === undefined || samples === 0) return undefined;
    const evaluated = { slots, samples, scalings: data.scalings };
    return evaluate(compilation, generated, outcome.parameters, evaluated, newMeter());
  };
  return {
    outcome,
    gradients,
    trainingMetric: options.onTraining === false ? undefined : metricOf(data.training, data.samples),
    heldOutMetric: metricOf(data.heldOut, data.heldOutSamples),
  };
}

function trainOn(
  generated: GeneratedModule,
  data: PreparedData,
  options: SessionOptions,
): Pick<SessionReport, "outcome" | "gradients"> {
  const { epochs, patience, seed, checkpointEvery, onCheckpoint } = options;
  const resume = readCheckpoint(generated, options.resume);
  const watch = options.gradients === true ? generated.watchGradients() : undefined;
  let gradients: GradientReport | undefined;
  const onEpoch = (progress: Progress): void => {
    const report = watch?.report();
    // Of an epoch that was resumed in its middle, not all samples were seen.
    const isWhole = resume === undefined || resume.position === 0 || progress.epoch > resume.epoch;
    gradients = isWhole ? report : undefined;
    options.onEpoch?.(progress);
  };
  const wanted: TrainingOptions = {
    epochs,
    patience,
    seed,
    validation: data.heldOut.length === 0 ? undefined : byName(data.heldOut),
    onEpoch,
    onGradient: watch?.add,
    resume,
    checkpointEvery,
    onCheckpoint:
      onCheckpoint &&
      ((checkpoint) => {
        onCheckpoint(generated.saveCheckpoint(checkpoint));
      }),
  };
  const outcome = explainingCheckpoint(options.resume, () => generated.train(byName(data.training), wanted));
  return { outcome, gradients: outcome.stopped === "diverged" ? ofPart(watch?.report()) : gradients };
}

/** What is true of the part of an epoch: units that got no gradient may have got some in the rest. */
function ofPart(report: GradientReport | undefined): GradientReport | undefined {
  return report && { ...report, warnings: report.warnings.filter(({ kind }) => kind !== "dead") };
}

function readCheckpoint(generated: GeneratedModule, file: BinaryFile | undefined): Checkpoint | undefined {
  return file && explainingCheckpoint(file, () => generated.loadCheckpoint(file.bytes));
}

/** Tells what is wrong with a checkpoint as a mistake of the user's. */
function explainingCheckpoint<Result>(file: BinaryFile | undefined, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (file === undefined || !(error instanceof Error) || error.name !== "CheckpointError") throw error;
    throw new DiagnosticError([
      dataFault(
        "wrong-checkpoint",
        `${file.name} cannot be resumed from: ${error.message}. It is left as it is.`,
        "kind" in error && error.kind === "damaged"
          ? "the file is damaged: put an older copy in its place, or move it away and begin anew, without --resume"
          : "give the network, the data and the options that it was made with, or begin anew with another --checkpoint",
      ),
    ]);
  }
}

function byName(slots: readonly SlotData[]): TrainingData {
  return Object.fromEntries(slots.map(({ slot, values }): [string, Samples] => [slot.name, values]));
}

function targetsOf<Slot extends SlotData>({ program }: Compilation, slots: readonly Slot[]): readonly Slot[] {
  return slots.filter(({ slot }) => program.targets.some(({ name }) => name === slot.name));
}

/** What makes meters of the metric that is asked for, or of the task's usual one; none where there is no task. */
function chooseMeter(
  compilation: Compilation,
  data: PreparedData,
  wanted: MetricName | undefined,
): (() => Meter) | undefined {
  const task = taskOf(compilation, targetsOf(compilation, data.training));
  const meaningful = task === undefined ? [] : metricsOf(task);
  const { output } = compilation.program;
  const name = wanted ?? meaningful[0];
  if (wanted !== undefined && !meaningful.includes(wanted)) {
    const hint =
      meaningful.length === 0
        ? "there must be one target, and a prediction of its shape or with a row of scores for each label: " +
          "write prediction = … to say which"
        : `what can be measured here is ${meaningful.join(", ")}`;
    const message = `The metric ${wanted} has no meaning for what this network predicts${output === undefined ? "" : `: ${sayPredicted(output)}`}.`;
    throw new OptionError([dataFault("wrong-metric", message, hint)]);
  }
  return task === undefined || name === undefined ? undefined : () => meterFor(task, name);
}

/** Most numbers of a prediction that are held in memory at once. */
const mostPredicted = 2 ** 20;

interface Evaluated {
  readonly slots: readonly SlotData[];
  readonly samples: number;
  readonly scalings: PreparedData["scalings"];
}

/** Compares what the network predicts with the targets, in the targets' own units. */
function evaluate(
  compilation: Compilation,
  { predict }: GeneratedModule,
  parameters: Float64Array,
  { slots, samples, scalings }: Evaluated,
  meter: Meter,
): Metric | undefined {
  const { output, mixesSamples } = compilation.program;
  const [target] = targetsOf(compilation, slots);
  if (target === undefined || predict === undefined || output === undefined) return undefined;
  const inputs = slots.filter(({ slot }) =>
    compilation.program.inputs.some(({ name }) => name === slot.name),
  );
  // What depends on the other samples of a batch, or on none, is predicted in one piece.
  const isWhole = mixesSamples === true || inputs.length === 0;
  const size = isWhole ? samples : Math.max(1, Math.floor(mostPredicted / widthOf(output)));
  const scaling = scalings[target.slot.name];
  for (let from = 0; from < samples; from += size) {
    const part = ({ slot, values }: SlotData): Samples =>
      values.subarray(from * widthOf(slot), (from + size) * widthOf(slot));
    const prediction = predict(parameters, ...inputs.map(part));
    if (scaling === undefined) meter.add(prediction, part(target));
    else meter.add(destandardise(prediction, scaling), destandardise(part(target), scaling));
  }
  return meter.result();
}

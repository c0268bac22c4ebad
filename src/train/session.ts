import type { Compilation } from "../compile.ts";
import { OptionError } from "../diagnostics/index.ts";
import { widthOf } from "./columns.ts";
import type { Samples } from "./encode.ts";
import { dataFault } from "./faults.ts";
import type { GeneratedModule, Progress, TrainingData, TrainingOutcome } from "./generated.ts";
import { type Meter, meterFor, type Metric, type MetricName, metricsOf } from "./metrics.ts";
import { destandardise, type SlotData } from "./prepare.ts";
import type { PreparedData } from "./prepared.ts";
import { taskOf } from "./task.ts";

export interface SessionOptions {
  readonly seed?: number | undefined;
  /** Default: what the module was generated with. */
  readonly epochs?: number | undefined;
  /** Stop after so many epochs without progress. */
  readonly patience?: number | undefined;
  /** What to measure; by default perplexity where a sample has several labels, accuracy of other classes, else RMSE. */
  readonly metric?: MetricName | undefined;
  readonly onEpoch?: ((progress: Progress) => void) | undefined;
}

/** What training came to. */
export interface SessionReport {
  readonly outcome: TrainingOutcome;
  /** On the training samples, in the target's own units; absent where there is nothing to measure. */
  readonly trainingMetric: Metric | undefined;
  /** On the samples held out. */
  readonly heldOutMetric: Metric | undefined;
}

/**
 * Trains a compiled network on prepared data with its own generated code, and measures how well it predicts.
 *
 * @throws {OptionError} before training, when the metric that is asked for has no meaning for the network.
 */
export function runSession(
  compilation: Compilation,
  generated: GeneratedModule,
  data: PreparedData,
  options: SessionOptions = {},
): SessionReport {
  const { onEpoch, epochs, patience, seed, metric } = options;
  const newMeter = chooseMeter(compilation, data, metric);
  const validation = data.heldOut.length === 0 ? undefined : byName(data.heldOut);
  const wanted = { onEpoch, epochs, patience, seed, validation };
  const outcome = generated.train(byName(data.training), wanted);
  const metricOf = (slots: readonly SlotData[], samples: number): Metric | undefined =>
    newMeter === undefined || samples === 0
      ? undefined
      : evaluate(
          compilation,
          generated,
          outcome.parameters,
          { slots, samples, scalings: data.scalings },
          newMeter(),
        );
  return {
    outcome,
    trainingMetric: metricOf(data.training, data.samples),
    heldOutMetric: metricOf(data.heldOut, data.heldOutSamples),
  };
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
  const name = wanted ?? meaningful[0];
  if (wanted !== undefined && !meaningful.includes(wanted)) {
    const hint =
      meaningful.length === 0
        ? "there must be one target, and a prediction of its shape or with a row of scores for each label"
        : `what can be measured here is ${meaningful.join(", ")}`;
    const message = `The metric ${wanted} has no meaning for what this network predicts.`;
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

import type { Compilation } from "../compile.ts";
import { DiagnosticError } from "../diagnostics/index.ts";
import { type ColumnReport, reportColumns } from "./column-report.ts";
import { assignColumns } from "./columns.ts";
import { encodeSlots, type Samples, withoutIncompleteRows } from "./encode.ts";
import { dataFault } from "./faults.ts";
import type { GeneratedModule, Progress, TrainingData, TrainingOutcome } from "./generated.ts";
import { measure, type Metric } from "./metrics.ts";
import {
  destandardise,
  isMeasured,
  measureScaling,
  type Scaling,
  type SlotData,
  splitRows,
  standardise,
  takeRows,
} from "./prepare.ts";
import type { Table } from "./table.ts";
import { taskOf } from "./task.ts";

/** How to turn a table into training data. */
export interface PreparationOptions {
  /** `x=length,width; t=species`; by default by name or position. */
  readonly columns?: string | undefined;
  /** Shift and scale measured columns to mean 0 and deviation 1, by the training rows. Default: as they are. */
  readonly standardise?: boolean | undefined;
  /** The part of the rows, from 0 to below 1, to hold out. */
  readonly validation?: number | undefined;
  readonly dropIncomplete?: boolean | undefined;
  readonly seed?: number | undefined;
}

/** Data as the network takes them, and what was done to make them so. */
export interface PreparedData {
  readonly training: readonly SlotData[];
  /** Empty when nothing is held out. */
  readonly heldOut: readonly SlotData[];
  readonly samples: number;
  readonly heldOutSamples: number;
  /** Rows of the table that were left out because they miss a value. */
  readonly incompleteRows: number;
  /** By input or target. */
  readonly scalings: Readonly<Record<string, Scaling>>;
  /** By input or target: number k stands for text `labels[k]`. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** The inputs and targets of which a column became vectors with a single 1. */
  readonly oneHot: readonly string[];
  /** Absent where the data come from no table. */
  readonly columns: ColumnReport | undefined;
}

/**
 * Assigns a table's columns to the network's inputs and targets, encodes, splits and standardises them.
 *
 * @throws {DiagnosticError} when the table does not fit the network.
 */
export function prepareData(
  { program }: Pick<Compilation, "program">,
  table: Table,
  options: PreparationOptions = {},
): PreparedData {
  const assignment = assignColumns([...program.inputs, ...program.targets], table, options.columns);
  const { slots } = assignment;
  const complete = options.dropIncomplete === true ? withoutIncompleteRows(table, slots) : table;
  const encoded = encodeSlots(complete, slots, program);
  const fraction = options.validation ?? 0;
  if (fraction > 0 && complete.rows.length < 2) {
    const message = `${table.source.name} has a single row: none can be held out.`;
    throw new DiagnosticError([dataFault("too-few-rows", message, "train without --validation")]);
  }
  const rows = splitRows(complete.rows.length, fraction, options.seed ?? 0);
  const scalings: Record<string, Scaling> = {};
  const labels: Record<string, readonly string[]> = {};
  for (const each of encoded) {
    if (each.labels !== undefined) labels[each.slot.name] = each.labels;
    if (options.standardise !== true || !isMeasured(each)) continue;
    scalings[each.slot.name] = measureScaling(takeRows(each, rows.training));
  }
  const scaled = encoded.map(({ slot, values }): SlotData => {
    const scaling = scalings[slot.name];
    return { slot, values: scaling === undefined ? values : standardise(values, scaling) };
  });
  return {
    training: scaled.map((each) => takeRows(each, rows.training)),
    heldOut: rows.heldOut.length === 0 ? [] : scaled.map((each) => takeRows(each, rows.heldOut)),
    samples: rows.training.length,
    heldOutSamples: rows.heldOut.length,
    incompleteRows: table.rows.length - complete.rows.length,
    scalings,
    labels,
    oneHot: encoded.filter(({ isOneHot }) => isOneHot).map(({ slot }) => slot.name),
    columns: reportColumns(assignment, table),
  };
}

export interface SessionOptions {
  readonly seed?: number | undefined;
  /** Default: what the module was generated with. */
  readonly epochs?: number | undefined;
  /** Stop after so many epochs without progress. */
  readonly patience?: number | undefined;
  readonly onEpoch?: ((progress: Progress) => void) | undefined;
}

/** What training came to. */
export interface SessionReport {
  readonly outcome: TrainingOutcome;
  /** On the training samples, in the target's own units; absent where accuracy and error have no meaning. */
  readonly trainingMetric: Metric | undefined;
  /** On the samples held out. */
  readonly heldOutMetric: Metric | undefined;
}

/** Trains a compiled network on prepared data with its own generated code, and measures how well it predicts. */
export function runSession(
  compilation: Compilation,
  generated: GeneratedModule,
  data: PreparedData,
  options: SessionOptions = {},
): SessionReport {
  const { onEpoch, epochs, patience, seed } = options;
  const validation = data.heldOut.length === 0 ? undefined : byName(data.heldOut);
  const wanted = { onEpoch, epochs, patience, seed, validation };
  const outcome = generated.train(byName(data.training), wanted);
  const metricOf = (slots: readonly SlotData[]): Metric | undefined =>
    slots.length === 0
      ? undefined
      : evaluate(compilation, generated, outcome.parameters, slots, data.scalings);
  return { outcome, trainingMetric: metricOf(data.training), heldOutMetric: metricOf(data.heldOut) };
}

function byName(slots: readonly SlotData[]): TrainingData {
  return Object.fromEntries(slots.map(({ slot, values }): [string, Samples] => [slot.name, values]));
}

/** Compares what the network predicts with the targets, in the targets' own units. */
function evaluate(
  compilation: Compilation,
  generated: GeneratedModule,
  parameters: Float64Array,
  slots: readonly SlotData[],
  scalings: PreparedData["scalings"],
): Metric | undefined {
  const isTarget = ({ slot }: SlotData): boolean =>
    compilation.program.targets.some(({ name }) => name === slot.name);
  const targets = slots.filter(isTarget);
  const [target] = targets;
  const task = taskOf(compilation, targets);
  if (task === undefined || target === undefined || generated.predict === undefined) return undefined;
  const inputs = slots.filter((each) => !isTarget(each)).map(({ values }) => values);
  const prediction = generated.predict(parameters, ...inputs);
  const scaling = scalings[target.slot.name];
  if (scaling === undefined) return measure(task, prediction, target.values);
  return measure(task, destandardise(prediction, scaling), destandardise(target.values, scaling));
}

import type { Compilation } from "../compile.ts";
import { DiagnosticError } from "../diagnostics/index.ts";
import { reportColumns } from "./column-report.ts";
import { assignColumns } from "./columns.ts";
import { encodeSlots, withoutIncompleteRows } from "./encode.ts";
import { dataFault } from "./faults.ts";
import {
  isMeasured,
  measureScaling,
  type Scaling,
  type SlotData,
  splitRows,
  standardise,
  takeRows,
} from "./prepare.ts";
import type { PreparedData } from "./prepared.ts";
import type { Table } from "./table.ts";

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

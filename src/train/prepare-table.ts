import type { Compilation } from "../compile.ts";
import { DiagnosticError } from "../diagnostics/index.ts";
import { reportColumns } from "./column-report.ts";
import { assignColumns } from "./columns.ts";
import { encodeSlots, withoutIncompleteRows } from "./encode.ts";
import { dataFault } from "./faults.ts";
import { splitAndScale, type SplitData } from "./prepare.ts";
import type { PreparedData } from "./prepared.ts";
import { rowSpan, type Table } from "./table.ts";

/** How to turn a table into training data. */
export interface PreparationOptions {
  /** `x=length,width; t=species`; by default by name or position. */
  readonly columns?: string | undefined;
  /** Shift and scale measured columns to mean 0 and deviation 1, by the training rows. Default: as they are. */
  readonly standardise?: boolean | undefined;
  /** The part of the rows, from 0 to below 1, to hold out; or other rows, in columns of the same names or places. */
  readonly validation?: number | Table | undefined;
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
  const { validation = 0, standardise, seed } = options;
  const assigned = (given: Table): { assignment: ReturnType<typeof assignColumns>; complete: Table } => {
    const assignment = assignColumns([...program.inputs, ...program.targets], given, options.columns);
    const isWhole = options.dropIncomplete !== true;
    return { assignment, complete: isWhole ? given : withoutIncompleteRows(given, assignment.slots) };
  };
  const { assignment, complete } = assigned(table);
  const encoded = encodeSlots(complete, assignment.slots, program);
  const incompleteRows = table.rows.length - complete.rows.length;
  const columns = reportColumns(assignment, table);
  if (typeof validation !== "number") {
    const held = assigned(validation);
    const others = encodeSlots(held.complete, held.assignment.slots, program, encoded);
    const left = validation.rows.length - held.complete.rows.length;
    const split = splitAndScale(encoded, { standardise, seed }, others);
    return { ...split, incompleteRows: incompleteRows + left, columns, placeOf: placesOf(complete, split) };
  }
  if (validation > 0 && complete.rows.length < 2) {
    const message = `${table.source.name} has a single row: none can be held out.`;
    throw new DiagnosticError([dataFault("too-few-rows", message, "train without --validation")]);
  }
  const split = splitAndScale(encoded, { standardise, seed, validation });
  return { ...split, incompleteRows, columns, placeOf: placesOf(complete, split) };
}

function placesOf(table: Table, { trainingRows }: SplitData): (sample: number) => string {
  return (sample) => {
    const { source, start } = rowSpan(table, trainingRows[sample] ?? 0);
    return `${source.name}:${source.text.slice(0, start).split(/\r\n|[\r\n]/).length}`;
  };
}

import { DiagnosticError, OptionError } from "../diagnostics/index.ts";
import type { DataSlot, ModuleProgram, Precision } from "../program/index.ts";
import { type SlotColumns, widthOf } from "./columns.ts";
import { countOf, dataFault, throwLimited } from "./faults.ts";
import { cellSpan, columnCalled, headerSpan, type Table } from "./table.ts";

/** A typed array as the generated functions take them. */
export type Samples = Float64Array | Float32Array | Int32Array;

/** What one input or target is filled with, samples one after the other. */
export interface EncodedSlot {
  readonly slot: DataSlot;
  readonly values: Samples;
  /** What the numbers stand for where the file has text: number k is `labels[k]`; in sorted order. */
  readonly labels: readonly string[] | undefined;
  /** Whether one column became a vector a sample, with a one in the place of its class. */
  readonly isOneHot: boolean;
}

const missingMarks: ReadonlySet<string> = new Set(["", "na", "n/a", "nan", "null", "none", "?", "-", "."]);

export function isMissing(cell: string): boolean {
  return missingMarks.has(cell.toLowerCase());
}

function isNumber(cell: string): boolean {
  return isNumeral(cell) && Number.isFinite(Number(cell));
}

/** `1e999` is written as a number is, but no double comes near it. */
function isNumeral(cell: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell);
}

/**
 * Turns the columns of each input and target into numbers. Text becomes class numbers where the network takes some:
 * for integers, for a vector fed by one column (one-hot), and for a scalar when there are just two labels (0 and 1).
 * A target that is a vector takes one column of class numbers for one-hot, too; for an input, numbers are numbers.
 *
 * @param as The same slots from another table: what is a word there is one here, and has the same number.
 * @throws {DiagnosticError} at the cells that are missing, are no numbers, or are out of range, or words that are new.
 * @throws {OptionError} when the columns that the user chose are too many or too few.
 */
export function encodeSlots(
  table: Table,
  assignment: readonly SlotColumns[],
  { targets, precision }: Pick<ModuleProgram, "targets" | "precision">,
  as?: readonly EncodedSlot[],
): readonly EncodedSlot[] {
  checkComplete(table, assignment);
  return assignment.map((each, index) => {
    const isTarget = targets.some(({ name }) => name === each.slot.name);
    const known = as?.[index];
    if (known === undefined) return encodeSlot(table, each, isTarget, precision);
    checkWords(table, each, known);
    return encodeSlot(table, each, isTarget, precision, known.labels ?? []);
  });
}

/** The table without the rows that miss a value in one of the columns that are used. */
export function withoutIncompleteRows(table: Table, assignment: readonly SlotColumns[]): Table {
  const used = assignment.flatMap(({ columns }) => columns);
  const isComplete = (row: readonly string[]): boolean =>
    used.every((column) => !isMissing(row[column] ?? ""));
  const kept = table.rows.flatMap((row, number) => (isComplete(row) ? [{ row, number }] : []));
  if (kept.length > 0)
    return { ...table, rows: kept.map(({ row }) => row), rowNumbers: kept.map(({ number }) => number) };
  const hint = "choose columns that have values with --columns, or fill some in";
  throw new DiagnosticError([
    dataFault("empty-data", `Every row of ${table.source.name} misses a value.`, hint),
  ]);
}

interface Cell {
  readonly row: number;
  readonly column: number;
  readonly text: string;
}

function cellsWhere(
  table: Table,
  columns: readonly number[],
  test: (text: string) => boolean,
): readonly Cell[] {
  return table.rows.flatMap((cells, row) =>
    columns.flatMap((column) => {
      const text = cells[column] ?? "";
      return test(text) ? [{ row, column, text }] : [];
    }),
  );
}

function checkComplete(table: Table, assignment: readonly SlotColumns[]): void {
  const used = assignment.flatMap(({ columns }) => columns);
  throwLimited(cellsWhere(table, used, isMissing), ({ row, column, text }) =>
    dataFault(
      "missing-value",
      `${columnName(table, column)} has no value in this row${text === "" ? "" : ` ("${text}")`}.`,
      "fill it in, or leave such rows out with --drop-incomplete",
      cellSpan(table, row, column),
    ),
  );
}

function columnName(table: Table, column: number): string {
  const name = columnCalled(table, column);
  return typeof name === "number" ? `Column ${name}` : `Column "${name}"`;
}

function encodeSlot(
  table: Table,
  assigned: SlotColumns,
  isTarget: boolean,
  precision: Precision,
  known?: readonly string[],
): EncodedSlot {
  const { slot, columns } = assigned;
  const labels = known === undefined || known.length === 0 ? labelsOf(table, columns) : known;
  const isText = labels.some((label) => !isNumber(label));
  if (slot.element === "integer") {
    checkCount(table, assigned, isTarget);
    const classes = isText
      ? labelled(table, slot, columns, slot.categories ?? 0, labels)
      : classNumbers(table, slot, columns);
    return { ...classes, isOneHot: false };
  }
  // Numbers, though written in a way that is not read, are not two words for 0 and 1.
  if (isText && labels.every((label) => isNumber(label) || hasDecimalComma(label)))
    checkNumbers(table, columns);
  const width = widthOf(slot);
  const isClasses = isTarget && labels.every((label) => isClass(label, width));
  if (columns.length === 1 && width > 1 && (isText || isClasses)) {
    return oneHot(
      isText ? labelled(table, slot, columns, width, labels) : classNumbers(table, slot, columns, width),
      precision,
    );
  }
  checkCount(table, assigned, isTarget);
  if (columns.length === 1 && labels.length === 2 && !labels.some(isNumber)) {
    const { values } = labelled(table, slot, columns, 2, labels);
    return { slot, values: realArray(precision).from(values), labels, isOneHot: false };
  }
  checkNumbers(table, columns);
  const values = new (realArray(precision))(table.rows.length * width);
  table.rows.forEach((row, n) => {
    columns.forEach((column, k) => (values[n * width + k] = Number(row[column])));
  });
  checkStored(table, columns, precision);
  return { slot, values, labels: undefined, isOneHot: false };
}

/** In 4 bytes, numbers above 3.4e38 are infinite. */
function checkStored(table: Table, columns: readonly number[], precision: Precision): void {
  if (precision === "f64") return;
  const isTooLarge = (text: string): boolean => !Number.isFinite(Math.fround(Number(text)));
  throwLimited(cellsWhere(table, columns, isTooLarge), ({ row, column, text }) =>
    dataFault(
      "not-a-number",
      `${columnName(table, column)} holds "${text}" here, which is too large a number for f32: the largest is 3.4e38.`,
      "write it in a larger unit, or train with --precision f64",
      cellSpan(table, row, column),
    ),
  );
}

function realArray(precision: Precision): typeof Float32Array | typeof Float64Array {
  return precision === "f32" ? Float32Array : Float64Array;
}

function isClass(text: string, categories: number): boolean {
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 && value < categories;
}

/** A vector a label, with a one in its place. */
function oneHot({ slot, values, labels }: Labelled, precision: Precision): EncodedSlot {
  const width = widthOf(slot);
  const vectors = new (realArray(precision))(values.length * width);
  values.forEach((label, n) => (vectors[n * width + label] = 1));
  return { slot, values: vectors, labels, isOneHot: true };
}

function checkCount(table: Table, { slot, columns, areTold }: SlotColumns, isTarget: boolean): void {
  const width = widthOf(slot);
  if (columns.length === width) return;
  const wanted = `${slot.name} takes ${countOf(width, "number")} a sample`;
  const found = `${countOf(columns.length, "column")} of ${table.source.name} assigned to it`;
  const hint =
    columns.length === 1 && slot.element === "real"
      ? oneHotHint(slot, width, isTarget)
      : "the shape in the network file and the columns must agree";
  const fault = dataFault("column-count", `${wanted}, but has ${found}.`, hint);
  throw areTold === true ? new OptionError([fault]) : new DiagnosticError([fault]);
}

/** Why a single column of numbers did not become a vector. */
function oneHotHint({ name }: DataSlot, width: number, isTarget: boolean): string {
  const assign = `assign it ${width} columns`;
  return isTarget
    ? `${assign}, or one of words or of class numbers from 0 to ${width - 1}, which becomes one-hot`
    : `${assign}, or one of words, which becomes one-hot; for class numbers, declare ${name} = input({categories: ${width}})`;
}

function checkNumbers(table: Table, columns: readonly number[]): void {
  throwLimited(
    cellsWhere(table, columns, (text) => !isNumber(text)),
    ({ row, column, text }) => {
      const trouble = isNumeral(text) ? "too large a number: the largest is 1.8e308" : "not a number";
      return dataFault(
        "not-a-number",
        `${columnName(table, column)} holds "${text}" here, which is ${trouble}.`,
        isNumeral(text)
          ? "write it in a larger unit"
          : hasDecimalComma(text)
            ? "write decimals with a point"
            : numberHint(table, column),
        cellSpan(table, row, column),
      );
    },
  );
}

function hasDecimalComma(text: string): boolean {
  return /^[+-]?\d+,\d+$/.test(text);
}

function numberHint(table: Table, column: number): string {
  const labels = labelsOf(table, [column]).filter((label) => !isNumeral(label));
  const few = labels.slice(0, 4).join(", ");
  return `for labels such as ${few}, declare an input or target with {categories: …}`;
}

/** Where the other table has words, no others may be here; where it has numbers, no words. */
function checkWords(table: Table, { slot, columns }: SlotColumns, { labels }: EncodedSlot): void {
  const isNew = (text: string): boolean => (labels === undefined ? !isNumber(text) : !labels.includes(text));
  const list = labels === undefined ? "numbers alone" : limited(labels);
  throwLimited(cellsWhere(table, columns, isNew), ({ row, column, text }) =>
    dataFault(
      "unknown-label",
      `${columnName(table, column)} holds "${text}" here, but what ${slot.name} is trained on holds ${list}.`,
      "train on data in which it occurs, or leave such rows out",
      cellSpan(table, row, column),
    ),
  );
}

function limited(labels: readonly string[]): string {
  return labels.slice(0, 8).join(", ") + (labels.length > 8 ? ", …" : "");
}

/** Distinct texts in sorted order. */
function labelsOf(table: Table, columns: readonly number[]): readonly string[] {
  const labels = new Set(table.rows.flatMap((row) => columns.map((column) => row[column] ?? "")));
  return [...labels].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)); // by code point, in every locale alike
}

interface Labelled {
  readonly slot: DataSlot;
  readonly values: Int32Array;
  readonly labels: readonly string[] | undefined;
}

function labelled(
  table: Table,
  slot: DataSlot,
  columns: readonly number[],
  categories: number,
  labels: readonly string[],
): Labelled {
  if (labels.length > categories) {
    const message = `${slot.name} has room for ${countOf(categories, "label")}, but the data have ${labels.length}: ${limited(labels)}.`;
    const hint = `declare ${slot.name} for ${labels.length} labels, or mend them`;
    const span = table.header === undefined ? undefined : headerSpan(table, columns[0] ?? 0);
    throw new DiagnosticError([dataFault("too-many-labels", message, hint, span)]);
  }
  const numbers = new Map(labels.map((label, number) => [label, number]));
  const texts = table.rows.flatMap((row) => columns.map((column) => row[column] ?? ""));
  return { slot, values: Int32Array.from(texts, (text) => numbers.get(text) ?? 0), labels };
}

function classNumbers(
  table: Table,
  slot: DataSlot,
  columns: readonly number[],
  categories = slot.categories ?? 0,
): Labelled {
  throwLimited(
    cellsWhere(table, columns, (text) => !isClass(text, categories)),
    ({ row, column, text }) =>
      dataFault(
        "label-out-of-range",
        `${text} is no category of ${slot.name}: they are the integers from 0 to ${categories - 1}.`,
        Number.isInteger(Number(text))
          ? "count labels from 0, or write them as words"
          : `${text} is not a whole number: write labels from 0, or words; for measured numbers, declare ${slot.name} without categories`,
        cellSpan(table, row, column),
      ),
  );
  const numbers = table.rows.flatMap((row) => columns.map((column) => Number(row[column])));
  return { slot, values: Int32Array.from(numbers), labels: undefined };
}

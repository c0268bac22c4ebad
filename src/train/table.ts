import { CsvError, type Options, parse } from "csv-parse/sync";
import { DiagnosticError, type Source, type SourceSpan } from "../diagnostics/index.ts";
import { countOf, dataFault, throwLimited } from "./faults.ts";

/** A rectangular text table: every row has `width` cells, trimmed. */
export interface Table {
  readonly source: Source;
  /** The names of the columns, the first of which may be empty; absent when the first row holds numbers. */
  readonly header: readonly string[] | undefined;
  readonly width: number;
  /** The rows below the header. */
  readonly rows: readonly (readonly string[])[];
  /** Where some were left out: the numbers, from 0, that those of `rows` had. */
  readonly rowNumbers?: readonly number[];
  readonly delimiter: string;
}

/** A column as messages and files call it. */
export type ColumnName = string | number;

const delimiters = [",", ";", "\t"] as const;

/**
 * A first row is a header when none of its cells is empty or a number. Only the first may be empty, where what is below it
 * is not: R and pandas number the rows in a column without a name.
 */
function isHeader([corner = "", ...others]: readonly string[], below: readonly string[] = []): boolean {
  const isName = (cell: string): boolean => cell !== "" && Number.isNaN(Number(cell));
  const isNumbered = corner === "" && others.length > 0 && (below[0] ?? "") !== "";
  return (isName(corner) || isNumbered) && others.every(isName);
}

/**
 * Reads comma-, semicolon- or tab-separated values (RFC 4180 quoting; a byte order mark and blank lines are passed over).
 *
 * @throws {DiagnosticError} when the text is empty, not well formed, or ragged.
 */
export function readTable(source: Source): Table {
  const delimiter = guessDelimiter(source.text);
  const records = parseRecords(source, delimiter);
  const [first, ...others] = records;
  if (first === undefined) throw emptyData(source, "holds no data");
  const header = isHeader(first, others[0]) ? first : undefined;
  const rows = header === undefined ? records : others;
  if (rows.length === 0) throw emptyData(source, "has a header but no rows");
  const table = { source, header, width: first.length, rows, delimiter };
  checkRectangular(table);
  if (header !== undefined) checkNames(table, header);
  return table;
}

function guessDelimiter(text: string): string {
  const line = /[^\r\n]+/.exec(text)?.[0] ?? "";
  const counts = delimiters.map((delimiter) => line.split(delimiter).length);
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ",";
}

function csvOptions(delimiter: string): Options {
  return { delimiter, bom: true, trim: true, relax_column_count: true, skip_empty_lines: true };
}

function parseRecords(source: Source, delimiter: string): readonly (readonly string[])[] {
  try {
    return parse(source.text, csvOptions(delimiter));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const hint = 'a cell that holds a quote is written in quotes, with the quote doubled: "5"" disk"';
    const open = unclosedQuote(source);
    if (error.code === "CSV_QUOTE_NOT_CLOSED" && open !== undefined) {
      const never = "This is not well-formed CSV: the quote that opens here is never closed.";
      throw new DiagnosticError([dataFault("malformed-csv", never, hint, open)]);
    }
    const line = typeof error["lines"] === "number" ? error["lines"] : 1;
    const message = `This is not well-formed CSV: ${error.message}.`;
    throw new DiagnosticError([dataFault("malformed-csv", message, hint, lineSpan(source, line))]);
  }
}

/** From the quote that has no second to the end of its line; csv-parse only tells where the file ends. */
function unclosedQuote(source: Source): SourceSpan | undefined {
  const quoted = source.text.matchAll(/"[^"]*(?:""[^"]*)*("?)/g);
  const start = [...quoted].find(([, closing]) => closing === "")?.index;
  if (start === undefined) return undefined;
  const [line = ""] = source.text.slice(start).split(/[\r\n]/, 1);
  return { source, start, end: start + line.trimEnd().length };
}

function lineSpan(source: Source, line: number): SourceSpan {
  const lines = source.text.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return { source, start, end: start + Math.max(1, (lines[line - 1] ?? "").trimEnd().length) };
}

function emptyData(source: Source, what: string): DiagnosticError {
  const hint = "a data file has one row a sample, with an optional first row that names the columns";
  return new DiagnosticError([dataFault("empty-data", `${source.name} ${what}.`, hint)]);
}

function checkRectangular(table: Table): void {
  const first = table.header === undefined ? 0 : 1;
  const ragged = table.rows.flatMap((row, index) => (row.length === table.width ? [] : [{ row, index }]));
  throwLimited(ragged, ({ row, index }) =>
    dataFault(
      "ragged-data",
      `This row has ${countOf(row.length, "cell")}; the first row has ${table.width}.`,
      "write one cell a column in every row, and put a cell that holds the separator in quotes",
      recordSpan(table, index + first),
    ),
  );
}

function checkNames(table: Table, header: readonly string[]): void {
  const repeated = header.flatMap((name, column) =>
    header.indexOf(name) < column ? [{ name, column }] : [],
  );
  throwLimited(repeated, ({ name, column }) => {
    const message = `Two columns are called "${name}".`;
    return dataFault("repeated-column", message, "rename one of them", headerSpan(table, column));
  });
}

/** Where data cell (row, column) of the table stands in its file. */
export function cellSpan(table: Table, row: number, column: number): SourceSpan {
  return locate(table, recordOf(table, row), column);
}

/** Where a row of the table stands in its file. */
export function rowSpan(table: Table, row: number): SourceSpan {
  return recordSpan(table, recordOf(table, row));
}

function recordOf({ header, rowNumbers }: Table, row: number): number {
  return (rowNumbers?.[row] ?? row) + (header === undefined ? 0 : 1);
}

/** What a column is called, or its number, counted from 1, where it has no name. */
export function columnCalled({ header }: Pick<Table, "header">, column: number): ColumnName {
  const name = header?.[column] ?? "";
  return name === "" ? column + 1 : name;
}

/** All columns, as `columnCalled` has them. */
export function columnsCalled(table: Pick<Table, "header" | "width">): readonly ColumnName[] {
  return Array.from({ length: table.width }, (_, column) => columnCalled(table, column));
}

/** Where the first row stands. */
export function firstRowSpan(table: Table): SourceSpan {
  return recordSpan(table, 0);
}

/** Where the name of a column stands. */
export function headerSpan(table: Table, column: number): SourceSpan {
  return locate(table, 0, column);
}

function recordSpan(table: Table, record: number): SourceSpan {
  const { start, raw } = findRecord(table, record);
  return { source: table.source, start, end: start + Math.max(1, raw.trimEnd().length) };
}

/** Positions are found by reading again, so that a table without faults costs no memory for them. */
function locate(table: Table, record: number, column: number): SourceSpan {
  const { start, raw } = findRecord(table, record);
  const cell = cellsOf(raw, table.delimiter)[column] ?? { from: 0, to: raw.length };
  const text = raw.slice(cell.from, cell.to);
  const from = start + cell.from + (text.length - text.trimStart().length);
  return { source: table.source, start: from, end: Math.max(from + 1, from + text.trim().length) };
}

function findRecord({ source, delimiter }: Table, record: number): { start: number; raw: string } {
  const options: Options = { ...csvOptions(delimiter), raw: true, to: record + 1 };
  const raws = (parse(source.text, options) as unknown as readonly { raw: string }[]).map(({ raw }) => raw); // `raw: true` wraps each record
  let start = 0;
  let end = 0;
  for (const raw of raws) {
    const text = raw.trim();
    start = source.text.indexOf(text, end);
    end = start + text.length;
  }
  return { start, raw: source.text.slice(start, end) };
}

/** The stretches of one record between its separators; those inside quotes do not separate. */
function cellsOf(raw: string, delimiter: string): readonly { from: number; to: number }[] {
  const cells: { from: number; to: number }[] = [];
  let from = 0;
  let quoted = false;
  for (let at = 0; at <= raw.length; at++) {
    if (raw[at] === '"') quoted = !quoted;
    if (at < raw.length && (quoted || raw[at] !== delimiter)) continue;
    cells.push({ from, to: at });
    from = at + 1;
  }
  return cells;
}

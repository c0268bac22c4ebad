import { didYouMean, type Diagnostic, DiagnosticError, OptionError } from "../diagnostics/index.ts";
import type { DataSlot } from "../program/index.ts";
import { listText } from "./column-report.ts";
import { countOf, dataFault } from "./faults.ts";
import { columnsCalled, firstRowSpan, headerSpan, type Table } from "./table.ts";

/** Which columns of the table, counted from 0, feed one input or target. */
export interface SlotColumns {
  readonly slot: DataSlot;
  readonly columns: readonly number[];
  /** Whether the user chose them. */
  readonly areTold?: boolean;
}

/** Which columns feed what, and how that was found: by the header's names, by position, or as `--columns` says. */
export interface ColumnAssignment {
  readonly by: "names" | "position" | "option";
  readonly slots: readonly SlotColumns[];
}

/** Elements of one sample. */
export function widthOf(slot: DataSlot): number {
  return slot.shape.reduce((product, extent) => product * extent, 1);
}

/**
 * Assigns columns to the network's inputs and targets: as `--columns` says (`x=length,width; t=species`), else by the
 * header's names (`x`, or `x1, x2, …` or `x_1, x_2, …` for a vector), else, if none of them is a name of the network's, by position,
 * inputs first.
 *
 * @throws {OptionError} when what `--columns` says makes no sense, or does not fit the table.
 * @throws {DiagnosticError} when the table does not fit the network, or its header has only some of the names.
 */
export function assignColumns(
  slots: readonly DataSlot[],
  table: Table,
  text: string | undefined,
): ColumnAssignment {
  if (text !== undefined) return { by: "option", slots: assignAsTold(slots, table, text) };
  const named = assignByName(slots, table);
  if (named !== undefined) return { by: "names", slots: named };
  refuseHalfNamed(slots, table);
  return { by: "position", slots: assignByPosition(slots, table) };
}

function assignAsTold(slots: readonly DataSlot[], table: Table, text: string): readonly SlotColumns[] {
  const told = new Map<string, readonly number[]>();
  const diagnostics: Diagnostic[] = [];
  const names = slots.map(({ name }) => name);
  for (const assignment of text.split(";").filter((part) => part.trim() !== "")) {
    const [name, list] = splitOnce(assignment, "=");
    if (list === undefined) {
      diagnostics.push(
        dataFault("columns-option", `"${name}" in --columns assigns no columns.`, columnsHint(slots, table)),
      );
    } else if (!names.includes(name)) {
      const hint = didYouMean(name, names) ?? `the network declares ${names.join(", ")}`;
      diagnostics.push(
        dataFault("unknown-input", `The network has no input or target called ${name}.`, hint),
      );
    } else if (told.has(name)) {
      diagnostics.push(
        dataFault("columns-option", `--columns assigns ${name} twice.`, columnsHint(slots, table)),
      );
    } else {
      told.set(name, columnList(list, table, diagnostics));
    }
  }
  const missing = names.filter((name) => !told.has(name));
  if (missing.length > 0 && diagnostics.length === 0) {
    const message = `--columns says nothing of ${missing.join(", ")}.`;
    diagnostics.push(dataFault("columns-option", message, columnsHint(slots, table)));
  }
  if (diagnostics.length > 0) throw new OptionError(diagnostics);
  return slots.map((slot) => ({ slot, columns: told.get(slot.name) ?? [], areTold: true }));
}

/** What to write, with the table's own columns as far as it can be told which go where. */
function columnsHint(slots: readonly DataSlot[], table: Table): string {
  const likely = likelyColumns(slots, table);
  const parts = slots.map((slot) => {
    const [width, columns] = [widthOf(slot), likely.get(slot)];
    if (columns !== undefined) return `${slot.name}=${listText(columns, table)}`;
    return `${slot.name}=${width === 1 ? "column" : width === 2 ? "first,second" : "first..last"}`;
  });
  const isGuessed = likely.size === slots.length;
  return `write --columns "${parts.join("; ")}"${isGuessed ? "" : " with the names or numbers of the columns"}`;
}

/** The columns whose names may be meant for a slot, if they are as many as it takes; the others for the slots that are left. */
function likelyColumns(slots: readonly DataSlot[], table: Table): ReadonlyMap<DataSlot, readonly number[]> {
  const all = Array.from({ length: table.width }, (_, column) => column);
  const likely = new Map<DataSlot, readonly number[]>();
  for (const slot of slots) {
    const meant = all.filter((column) => isMeantFor(slot, table.header?.[column] ?? ""));
    if (meant.length === widthOf(slot)) likely.set(slot, meant);
  }
  const rest = slots.filter((slot) => !likely.has(slot));
  const used = new Set([...likely.values()].flat());
  const free = all.filter((column) => !used.has(column));
  if (free.length !== rest.reduce((sum, slot) => sum + widthOf(slot), 0)) return likely;
  for (const slot of rest) likely.set(slot, free.splice(0, widthOf(slot)));
  return likely;
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text.trim(), undefined] : [text.slice(0, at).trim(), text.slice(at + separator.length)];
}

/** `a,b`, `a..d`, `1,3..5`: names from the header, or positions counted from 1. */
function columnList(list: string, table: Table, diagnostics: Diagnostic[]): readonly number[] {
  return list.split(",").flatMap((part): readonly number[] => {
    const reference = part.trim();
    const whole = findColumn(reference, table);
    if (whole !== undefined) return [whole];
    const [from, to] = splitOnce(reference, "..");
    if (to !== undefined) {
      const first = columnOrFault(from, table, diagnostics);
      const last = columnOrFault(to.trim(), table, diagnostics);
      if (first === undefined || last === undefined) return [];
      if (first <= last) return Array.from({ length: last - first + 1 }, (_, k) => first + k);
      diagnostics.push(
        dataFault(
          "columns-option",
          `The range ${reference} runs backwards.`,
          "put the leftmost column first",
        ),
      );
      return [];
    }
    const column = columnOrFault(reference, table, diagnostics);
    return column === undefined ? [] : [column];
  });
}

function findColumn(reference: string, table: Table): number | undefined {
  const named = reference === "" ? -1 : (table.header?.indexOf(reference) ?? -1);
  if (named >= 0) return named;
  const position = Number(reference);
  return /^\d+$/.test(reference) && position >= 1 && position <= table.width ? position - 1 : undefined;
}

function columnOrFault(reference: string, table: Table, diagnostics: Diagnostic[]): number | undefined {
  const column = findColumn(reference, table);
  if (column === undefined) {
    const { header, source, width } = table;
    const has =
      header === undefined
        ? `${countOf(width, "column")} without names, counted from 1`
        : columnsCalled(table).join(", ");
    const hint =
      (header &&
        didYouMean(
          reference,
          header.filter((name) => name !== ""),
        )) ??
      `the file has ${has}`;
    diagnostics.push(dataFault("unknown-column", `${source.name} has no column "${reference}".`, hint));
  }
  return column;
}

function assignByName(slots: readonly DataSlot[], table: Table): readonly SlotColumns[] | undefined {
  const { header } = table;
  if (header === undefined) return undefined;
  const assigned = slots.map((slot) => {
    const names = header.includes(slot.name) ? [slot.name] : elementNames(slot, header);
    return { slot, columns: names.map((name) => header.indexOf(name)) };
  });
  return assigned.every(({ columns }) => columns.every((column) => column >= 0)) ? assigned : undefined;
}

/** `x`, or `x1`, `x2`, … for a vector; `x_1`, `x_2`, … where the header has more of these. */
function elementNames(slot: DataSlot, header: readonly string[]): readonly string[] {
  if (slot.shape.length === 0) return [slot.name];
  const numbered = (separator: string): readonly string[] =>
    Array.from({ length: widthOf(slot) }, (_, k) => `${slot.name}${separator}${k + 1}`);
  const [plain, apart] = [numbered(""), numbered("_")];
  const present = (names: readonly string[]): number => names.filter((name) => header.includes(name)).length;
  return present(apart) > present(plain) ? apart : plain;
}

/**
 * Position says nothing of a column called `t` but that it must not feed `x`: a header of which any name may be meant for
 * the network is not read by position.
 */
function refuseHalfNamed(slots: readonly DataSlot[], table: Table): void {
  const { header, source } = table;
  const meant = header?.filter((name) => slots.some((slot) => isMeantFor(slot, name))) ?? [];
  if (header === undefined || meant.length === 0) return;
  const missing = slots
    .filter(({ name }) => !header.includes(name))
    .flatMap((slot) => elementNames(slot, header).filter((name) => !header.includes(name)));
  const needed = slots.map((slot) => neededNames(slot, header)).join(" and ");
  const message =
    `The columns of ${source.name} have only some of the names that the network needs. ` +
    `Found: ${limitedList(columnsCalled(table))}. Needed: ${needed}. Missing: ${limitedList(missing)}.`;
  const span = headerSpan(table, header.indexOf(meant[0] ?? ""));
  throw new DiagnosticError([dataFault("half-named-columns", message, columnsHint(slots, table), span)]);
}

/** `x`, `X`, `x1`, `x_1`, `x[1]` for the slot `x`. */
function isMeantFor({ name }: DataSlot, column: string): boolean {
  const isPrefix = column.toLowerCase().startsWith(name.toLowerCase());
  return isPrefix && /^[\W_]*\d*[\W_]*$/.test(column.slice(name.length));
}

/** `t`, or `x1, x2, x3 (or x)`, or `x1..x784 (or x)`. */
function neededNames(slot: DataSlot, header: readonly string[]): string {
  const names = elementNames(slot, header);
  if (names.length === 1) return slot.name;
  const list = names.length <= 4 ? names.join(", ") : `${names[0] ?? ""}..${names.at(-1) ?? ""}`;
  return `${list} (or ${slot.name})`;
}

function limitedList(names: readonly unknown[]): string {
  const most = 10;
  const shown = names.slice(0, most).join(", ");
  return names.length <= most ? shown : `${shown} and ${names.length - most} more`;
}

/**
 * In the order of declaration. A target that labels can fill (class numbers, or one-hot) may take a single column, so
 * the last slot takes what is left.
 */
function assignByPosition(slots: readonly DataSlot[], table: Table): readonly SlotColumns[] {
  let next = 0;
  const assigned = slots.map((slot, index) => {
    const rest = table.width - next;
    const takes = index === slots.length - 1 && rest === 1 ? 1 : widthOf(slot);
    next += takes;
    return { slot, columns: Array.from({ length: takes }, (_, k) => next - takes + k) };
  });
  if (next === table.width) return assigned;
  const wanted = slots.map((slot) => `${slot.name} (${widthOf(slot)})`).join(", ");
  const names = table.header === undefined ? "" : ` (${limitedList(columnsCalled(table))})`;
  const total = slots.reduce((sum, slot) => sum + widthOf(slot), 0);
  throw new DiagnosticError([
    dataFault(
      "column-count",
      `${table.source.name} has ${countOf(table.width, "column")}${names}, but the network takes ${total}: ${wanted}.`,
      columnsHint(slots, table),
      firstRowSpan(table),
    ),
  ]);
}

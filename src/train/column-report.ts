import type { ColumnAssignment } from "./columns.ts";
import { columnCalled, type ColumnName, columnsCalled, type Table } from "./table.ts";

/** Which columns of a table went where. */
export interface ColumnReport {
  readonly by: ColumnAssignment["by"];
  /** As `--columns` takes it: `x = length..width; t = species`. */
  readonly text: string;
  /** By input or target. */
  readonly names: Readonly<Record<string, readonly ColumnName[]>>;
  /** Columns that feed nothing. */
  readonly unused: readonly ColumnName[];
}

export function reportColumns({ by, slots }: ColumnAssignment, table: Table): ColumnReport {
  const used = new Set(slots.flatMap(({ columns }) => columns));
  return {
    by,
    text: slots.map(({ slot, columns }) => `${slot.name} = ${listText(columns, table)}`).join("; "),
    names: Object.fromEntries(
      slots.map(({ slot, columns }) => [slot.name, columns.map((column) => columnCalled(table, column))]),
    ),
    unused: columnsCalled(table).filter((_, column) => !used.has(column)),
  };
}

/** Columns as `--columns` takes them: three neighbours and more as a range. */
export function listText(columns: readonly number[], table: Table): string {
  const parts: string[] = [];
  for (let from = 0; from < columns.length;) {
    const first = columns[from] ?? 0;
    let length = 1;
    while (columns[from + length] === first + length) length++;
    if (length < 3) length = 1;
    const last = first + length - 1;
    parts.push(
      length === 1 ? reference(first, table) : `${reference(first, table)}..${reference(last, table)}`,
    );
    from += length;
  }
  return parts.join(", ");
}

/** The column's name, or its number if `--columns` would read the name as something else. */
function reference(column: number, table: Table): string {
  const name = table.header?.[column];
  const isPlain = name !== undefined && name !== "" && name === name.trim() && !/[,;]|\.\./.test(name);
  return isPlain ? name : String(column + 1);
}

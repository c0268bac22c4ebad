import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DataSlot } from "../../src/program/index.ts";
import { reportColumns } from "../../src/train/column-report.ts";
import { assignColumns, type ColumnAssignment } from "../../src/train/columns.ts";
import { readTable, type Table } from "../../src/train/table.ts";

const slots: readonly DataSlot[] = [
  { name: "x", shape: [4], element: "real" },
  { name: "t", shape: [], element: "real" },
];

function report(text: string, columns?: string) {
  const table = readTable({ name: "data.csv", text });
  return reportColumns(assignColumns(slots, table, columns), table);
}

describe("reportColumns", () => {
  it("names the columns, neighbours as ranges", () => {
    expect(report("a,b,c,d,e\n1,2,3,4,5\n")).toEqual({
      by: "position",
      text: "x = a..d; t = e",
      names: { x: ["a", "b", "c", "d"], t: ["e"] },
      unused: [],
    });
  });

  it("counts columns that have no names, from 1", () => {
    expect(report("1,2,3,4,5,6\n", "x = 1,2,4,6; t = 3")).toEqual({
      by: "option",
      text: "x = 1, 2, 4, 6; t = 3",
      names: { x: [1, 2, 4, 6], t: [3] },
      unused: [5],
    });
  });

  it("tells what is not used", () => {
    expect(report("id,t,x4,x3,x2,x1,note\n1,2,3,4,5,6,7\n")).toMatchObject({
      by: "names",
      text: "x = x1, x2, x3, x4; t = t",
      unused: ["id", "note"],
    });
  });

  it("writes what --columns reads, whatever the columns are called", () => {
    const name = fc.constantFrom("a", "b=c", "d,e", "f;g", "h..i", "j k", "..", " l", "=", "m\nn", "ä");
    const table = fc.record({
      header: fc.option(fc.uniqueArray(name, { minLength: 7, maxLength: 7 }), { nil: undefined }),
      columns: fc.tuple(
        fc.array(fc.nat(6), { minLength: 1, maxLength: 7 }),
        fc.array(fc.nat(6), { minLength: 1 }),
      ),
    });
    fc.assert(
      fc.property(table, ({ header, columns }) => {
        const source = { name: "data.csv", text: "" };
        const data: Table = { source, header, width: 7, rows: [], delimiter: "\t" };
        const assignment: ColumnAssignment = {
          by: "option",
          slots: slots.map((slot, index) => ({ slot, columns: columns[index] ?? [], areTold: true })),
        };
        const { text } = reportColumns(assignment, data);
        expect(assignColumns(slots, data, text)).toEqual(assignment);
      }),
    );
  });
});

import { describe, expect, it } from "vitest";
import { DiagnosticError } from "../../src/diagnostics/index.ts";
import type { DataSlot } from "../../src/program/index.ts";
import { assignColumns } from "../../src/train/columns.ts";
import { encodeSlots, withoutIncompleteRows } from "../../src/train/encode.ts";
import { readTable } from "../../src/train/table.ts";

const real = (name: string, ...shape: number[]): DataSlot => ({ name, shape, element: "real" });
const label = (name: string, categories: number): DataSlot => ({
  name,
  shape: [],
  element: "integer",
  categories,
});

function encode(text: string, slots: readonly DataSlot[], columns?: string) {
  const table = readTable({ name: "data.csv", text });
  const encoded = encodeSlots(table, assignColumns(slots, table, columns), "f64");
  return encoded.map(({ values, labels }) => ({ values: [...values], ...(labels && { labels }) }));
}

function faults(text: string, slots: readonly DataSlot[], columns?: string) {
  try {
    encode(text, slots, columns);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return error.diagnostics.map(({ code, message, hint, span }) => ({
      code,
      message,
      hint,
      at: span && [text.slice(0, span.start).split("\n").length, text.slice(span.start, span.end)],
    }));
  }
  throw new Error("no fault was found");
}

const points = "p,q,r\n1,2,3\n4,5,6\n";

describe("columns", () => {
  it("go by position, inputs first", () => {
    const slots = [real("x", 2), real("t")];
    expect(encode(points, slots)).toEqual([{ values: [1, 2, 4, 5] }, { values: [3, 6] }]);
  });

  it("go by the names of inputs and targets, whatever their order", () => {
    expect(encode("t,x\n1,2\n", [real("x"), real("t")])).toEqual([{ values: [2] }, { values: [1] }]);
    const vector = encode("x2,other,t,x1\n1,2,3,4\n", [real("x", 2), real("t")]);
    expect(vector).toEqual([{ values: [4, 1] }, { values: [3] }]);
  });

  it.each([
    ["names", "x = q, r; t = p"],
    ["positions", "x=2,3;t=1"],
    ["ranges of names", "x = q..r; t = p;"],
    ["ranges of positions", "t=1; x=2..3"],
  ])("go as told by %s", (_, columns) => {
    const slots = [real("x", 2), real("t")];
    expect(encode(points, slots, columns)).toEqual([{ values: [2, 3, 5, 6] }, { values: [1, 4] }]);
  });

  it.each([
    ["x=p,z; t=r", "unknown-column", 'no column "z"', "p, q, r"],
    ["x=p,4; t=r", "unknown-column", 'no column "4"', "p, q, r"],
    ["y=p,q; t=r", "unknown-input", "called y", "x, t"],
    ["x=p,q", "columns-option", "nothing of t", "x="],
    ["x=p,q; t=r; t=q", "columns-option", "assigns t twice", "x="],
    ["x; t=r", "columns-option", '"x" in --columns', "x="],
    ["x=r..p; t=q", "columns-option", "backwards", "leftmost"],
    ["x=p,q; t=q,r", "column-count", "t takes 1 number a sample, but has 2 columns", "shape"],
  ])("told as %s are refused", (columns, code, message, hint) => {
    const [fault] = faults(points, [real("x", 2), real("t")], columns);
    expect(fault?.code).toBe(code);
    expect(fault?.message).toContain(message);
    expect(fault?.hint).toContain(hint);
  });

  it("must be as many as the network takes", () => {
    const [fault] = faults(points, [real("x", 4), real("t")]);
    expect(fault).toMatchObject({ code: "column-count" });
    expect(fault?.message).toBe("data.csv has 3 columns, but the network takes 5: x (4), t (1).");
  });

  it("suggest the name that was meant", () => {
    const [fault] = faults("length,width\n1,2\n", [real("x"), real("t")], "x=lenght; t=width");
    expect(fault?.hint).toBe("did you mean length?");
  });
});

describe("values", () => {
  it("are numbers in any usual notation", () => {
    expect(encode("x,t\n-1.5e3,+.5\n", [real("x"), real("t")])).toEqual([
      { values: [-1500] },
      { values: [0.5] },
    ]);
  });

  it("of labels are their places in sorted order", () => {
    const text = "x,t\n1,pear\n2,apple\n3,pear\n";
    const labels = ["apple", "pear"];
    expect(encode(text, [real("x"), label("t", 2)])[1]).toEqual({ values: [1, 0, 1], labels });
    expect(encode(text, [real("x"), real("t", 2)])[1]).toEqual({ values: [0, 1, 1, 0, 0, 1], labels });
    expect(encode(text, [real("x"), real("t")])[1]).toEqual({ values: [1, 0, 1], labels });
  });

  it("may be class numbers already", () => {
    expect(encode("x,t\n1,2\n2,0\n", [real("x"), label("t", 3)])[1]).toEqual({ values: [2, 0] });
    expect(encode("x,t\n1,2\n2,0\n", [real("x"), real("t", 3)])[1]).toEqual({ values: [0, 0, 1, 1, 0, 0] });
  });

  it("that are out of range are shown", () => {
    expect(faults("x,t\n1,0\n2,3\n", [real("x"), label("t", 3)])).toMatchObject([
      { code: "label-out-of-range", at: [3, "3"] },
    ]);
    expect(faults("x,t\n1,0.5\n", [real("x"), label("t", 3)])).toMatchObject([{ at: [2, "0.5"] }]);
  });

  it("that are too many labels are counted", () => {
    const [fault] = faults("x,t\n1,a\n2,b\n3,c\n", [real("x"), label("t", 2)]);
    expect(fault).toMatchObject({ code: "too-many-labels", at: [1, "t"] });
    expect(fault?.message).toContain("the data have 3: a, b, c.");
  });

  it.each(["oops", "0x10", "1 2", "Infinity", "1e999"])("such as %s are no numbers", (text) => {
    const [fault] = faults(`x,t\n1,2\n${text},3\n`, [real("x"), real("t")], "x=1; t=2");
    expect(fault).toMatchObject({ code: "not-a-number", at: [3, text] });
  });

  it("with a decimal comma get a hint of their own", () => {
    const [fault] = faults("x;t\n1,5;2\n1;1\n2;2\n", [real("x"), real("t")]);
    expect(fault).toMatchObject({
      code: "not-a-number",
      at: [2, "1,5"],
      hint: "write decimals with a point",
    });
  });

  it.each(["", "NA", "NaN", "null", "?"])(
    "that are missing (%j) are shown, or their rows left out",
    (text) => {
      const data = `x,t,other\n1,2,\n${text},3,\n5,6,\n`;
      expect(faults(data, [real("x"), real("t")])).toMatchObject([
        { code: "missing-value", at: [3, text || ","] },
      ]);
      const table = readTable({ name: "data.csv", text: data });
      const assignment = assignColumns([real("x"), real("t")], table, undefined);
      expect(withoutIncompleteRows(table, assignment).rows.map(([x]) => x)).toEqual(["1", "5"]);
    },
  );

  it("are stored in the module's precision", () => {
    const table = readTable({ name: "data.csv", text: "x,t\n1,0\n" });
    const assignment = assignColumns([real("x"), label("t", 2)], table, undefined);
    expect(encodeSlots(table, assignment, "f32").map(({ values }) => values.constructor)).toEqual([
      Float32Array,
      Int32Array,
    ]);
  });
});

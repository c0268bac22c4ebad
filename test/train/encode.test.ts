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

const program = (slots: readonly DataSlot[], precision: "f64" | "f32" = "f64") => ({
  targets: slots.filter(({ name }) => name === "t"),
  precision,
});

function encode(text: string, slots: readonly DataSlot[], columns?: string) {
  const table = readTable({ name: "data.csv", text });
  const encoded = encodeSlots(table, assignColumns(slots, table, columns).slots, program(slots));
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
    const apart = encode("x_2,other,t,x_1\n1,2,3,4\n", [real("x", 2), real("t")]);
    expect(apart).toEqual(vector);
    for (const name of ["x", "x1", "x_1"])
      expect(encode(`t,other,${name}\n1,2,3\n`, [real("x", 1), real("t")])).toEqual([
        { values: [3] },
        { values: [1] },
      ]);
  });

  it.each([
    ["t,x1,x3", "t,x1,x3", "x1, x2 (or x) and t", "x2", "t", "x=x1, x3; t=t"],
    ["another case", "X1,X2,T", "x1, x2 (or x) and t", "x1, x2, t", "X1", "x=X1, X2; t=T"],
    ["another numbering", "x0,x1,y", "x1, x2 (or x) and t", "x2, t", "x0", "x=x0, x1; t=y"],
    ["brackets", "x[1],x[2],y", "x1, x2 (or x) and t", "x1, x2, t", "x[1]", "x=x[1], x[2]; t=y"],
    ["underscores", "x_1,x_3,y", "x_1, x_2 (or x) and t", "x_2, t", "x_1", "x=x_1, x_3; t=y"],
    ["the target alone", "t,a,b", "x1, x2 (or x) and t", "x1, x2", "t", "x=a, b; t=t"],
  ])(
    "that have the network's names only in part are refused: %s",
    (_, header, needed, missing, at, columns) => {
      const [fault] = faults(`${header}\n1,2,3\n`, [real("x", 2), real("t")]);
      const found = header.replaceAll(",", ", ");
      expect(fault).toEqual({
        code: "half-named-columns",
        message:
          "The columns of data.csv have only some of the names that the network needs. " +
          `Found: ${found}. Needed: ${needed}. Missing: ${missing}.`,
        hint: `write --columns "${columns}"`,
        at: [1, at],
      });
    },
  );

  it("that are refused for their names are not listed without end", () => {
    const header = `t,${Array.from({ length: 20 }, (_, k) => `p${k}`).join(",")}`;
    const [fault] = faults(`${header}\n${header.replace(/[^,]+/g, "1")}\n`, [real("x", 20), real("t")]);
    expect(fault?.message).toContain("p8 and 11 more. Needed: x1..x20 (or x) and t. Missing: x1, x2,");
    expect(fault?.message).toContain("x10 and 10 more.");
  });

  it("that cannot be told apart are asked for", () => {
    const [fault] = faults("t,a,b,c\n1,2,3,4\n", [real("x", 2), real("t")]);
    expect(fault?.hint).toBe(
      'write --columns "x=first,second; t=t" with the names or numbers of the columns',
    );
  });

  it("may be taken as told although they have names in part", () => {
    expect(encode("t,x1,x3\n1,2,3\n", [real("x", 2), real("t")], "x=x1,x3; t=t")).toEqual([
      { values: [2, 3] },
      { values: [1] },
    ]);
  });

  it.each([
    ["p,q,r\n1,2,3\n", undefined, "position"],
    ["1,2,3\n", undefined, "position"],
    ["total,xenon,y\n1,2,3\n", undefined, "position"],
    ["t,x1,x2\n1,2,3\n", undefined, "names"],
    ["p,q,r\n1,2,3\n", "x=1,2;t=3", "option"],
  ])("of %j with --columns %s are assigned by %s", (text, columns, by) => {
    const table = readTable({ name: "data.csv", text });
    expect(assignColumns([real("x", 2), real("t")], table, columns).by).toBe(by);
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
    expect(fault?.message).toBe("data.csv has 3 columns (p, q, r), but the network takes 5: x (4), t (1).");
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

  it("of an input are one-hot if they are words", () => {
    const labels = ["blue", "red"];
    expect(encode("x,t\nred,2\nblue,0\n", [real("x", 2), real("t")])[0]).toEqual({
      values: [0, 1, 1, 0],
      labels,
    });
  });

  it("of an input are not one-hot if they are numbers, even if they could be class numbers", () => {
    const [fault] = faults("a,d\n0,5\n1,6\n", [real("x", 2), real("t")], "x=a;t=d");
    expect(fault).toMatchObject({
      code: "column-count",
      message: "x takes 2 numbers a sample, but has 1 column of data.csv assigned to it.",
      hint: "assign it 2 columns, or one of words, which becomes one-hot; for class numbers, declare x = input({categories: 2})",
    });
  });

  it("of a target that are no class numbers are not one-hot", () => {
    const [fault] = faults("x,t\n1,2\n2,3\n", [real("x"), real("t", 3)]);
    expect(fault).toMatchObject({
      code: "column-count",
      hint: "assign it 3 columns, or one of words or of class numbers from 0 to 2, which becomes one-hot",
    });
  });

  it("that are out of range are shown", () => {
    expect(faults("x,t\n1,0\n2,3\n", [real("x"), label("t", 3)])).toMatchObject([
      { code: "label-out-of-range", at: [3, "3"], hint: "count labels from 0, or write them as words" },
    ]);
    expect(faults("x,t\n1,0.5\n", [real("x"), label("t", 3)])).toMatchObject([
      { at: [2, "0.5"], hint: expect.stringContaining("0.5 is not a whole number") as string },
    ]);
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

  it("too large for a double are told as that", () => {
    const [fault] = faults("x,t\n1,2\n1e999,3\n", [real("x"), real("t")], "x=1; t=2");
    expect(fault?.message).toBe(
      'Column "x" holds "1e999" here, which is too large a number: the largest is 1.8e308.',
    );
  });

  it("with a decimal comma get a hint of their own", () => {
    const [fault] = faults("x;t\n1,5;2\n1;1\n2;2\n", [real("x"), real("t")]);
    expect(fault).toMatchObject({
      code: "not-a-number",
      at: [2, "1,5"],
      hint: "write decimals with a point",
    });
  });

  it("with a decimal comma are not two words for 0 and 1", () => {
    const found = faults("x;t\n1,5;2\n2,5;1\n", [real("x"), real("t")]);
    expect(found).toMatchObject([
      { code: "not-a-number", at: [2, "1,5"] },
      { code: "not-a-number", at: [3, "2,5"] },
    ]);
  });

  it.each(["", "NA", "NaN", "null", "?"])(
    "that are missing (%j) are shown, or their rows left out",
    (text) => {
      const data = `x,t,other\n1,2,\n${text},3,\n5,6,\n`;
      expect(faults(data, [real("x"), real("t")])).toMatchObject([
        { code: "missing-value", at: [3, text || ","] },
      ]);
      const table = readTable({ name: "data.csv", text: data });
      const { slots } = assignColumns([real("x"), real("t")], table, undefined);
      expect(withoutIncompleteRows(table, slots).rows.map(([x]) => x)).toEqual(["1", "5"]);
    },
  );

  it("are stored in the module's precision", () => {
    const table = readTable({ name: "data.csv", text: "x,t\n1,0\n" });
    const { slots } = assignColumns([real("x"), label("t", 2)], table, undefined);
    const f32 = program([label("t", 2)], "f32");
    expect(encodeSlots(table, slots, f32).map(({ values }) => values.constructor)).toEqual([
      Float32Array,
      Int32Array,
    ]);
  });

  it("refuses numbers that are infinite as they are stored", () => {
    const table = readTable({ name: "data.csv", text: "x,t\n1e39,2\n" });
    const slots = [real("x"), real("t")];
    const assigned = assignColumns(slots, table, undefined).slots;
    expect(encodeSlots(table, assigned, program(slots))[0]?.values[0]).toBe(1e39);
    expect(() => encodeSlots(table, assigned, program(slots, "f32"))).toThrow(
      'data.csv:2:1: error[not-a-number]: Column "x" holds "1e39" here, which is too large a number for f32',
    );
  });

  it("tell the right place after incomplete rows were left out", () => {
    const table = readTable({ name: "data.csv", text: "x,t\n?,2\n1,2\nred,3\n" });
    const { slots } = assignColumns([real("x"), real("t")], table, undefined);
    expect(() => encodeSlots(withoutIncompleteRows(table, slots), slots, program([]))).toThrow(
      "data.csv:4:1: ",
    );
  });
});

import { describe, expect, it } from "vitest";
import { DiagnosticError, type Diagnostic } from "../../src/diagnostics/index.ts";
import { cellSpan, headerSpan, readTable } from "../../src/train/table.ts";

const tableOf = (text: string) => readTable({ name: "data.csv", text });

/** The diagnostics that reading `text` ends in, each with the text it points at. */
function faultsOf(
  text: string,
): readonly (Pick<Diagnostic, "code" | "message"> & { at: string | undefined })[] {
  try {
    tableOf(text);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return error.diagnostics.map(({ code, message, span }) => ({
      code,
      message,
      at: span && text.slice(span.start, span.end),
    }));
  }
  throw new Error("no fault was found");
}

describe("readTable", () => {
  it("tells a header from a row of numbers", () => {
    expect(tableOf("a,b\n1,2\n")).toMatchObject({ header: ["a", "b"], rows: [["1", "2"]], width: 2 });
    expect(tableOf("5.1,setosa\n4.9,virginica\n")).toMatchObject({ header: undefined, width: 2 });
    expect(tableOf("5.1,setosa\n4.9,virginica\n").rows).toHaveLength(2);
  });

  it("takes a first row for a header although its first column, the rows' numbers, has no name", () => {
    expect(tableOf(",a,b\n0,1,2\n")).toMatchObject({ header: ["", "a", "b"], rows: [["0", "1", "2"]] });
    expect(tableOf(",red\n,blue\n")).toMatchObject({ header: undefined });
    expect(tableOf("a,\n1,2\n")).toMatchObject({ header: undefined });
  });

  it.each([
    ["commas", "a,b\n1,2\n"],
    ["semicolons", "a;b\n1;2\n"],
    ["tabs", "a\tb\n1\t2\n"],
    ["Windows line ends", "a,b\r\n1,2\r\n"],
    ["a byte order mark", "\ufeffa,b\n1,2\n"],
    ["blank lines and spaces", "a, b\n\n 1 ,2\n\n"],
    ["quotes", '"a","b"\n"1",2\n'],
    ["no last line end", "a,b\n1,2"],
  ])("reads %s", (_, text) => {
    expect(tableOf(text)).toMatchObject({ header: ["a", "b"], rows: [["1", "2"]] });
  });

  it("knows where each cell stands, past quotes, blank lines and line breaks in quotes", () => {
    const text = 'a,b\n\n1,"x, ""y"""\n"two\nlines", 7\n';
    const table = tableOf(text);
    const textOf = ({ start, end }: { start: number; end: number }): string => text.slice(start, end);
    expect(textOf(cellSpan(table, 0, 1))).toBe('"x, ""y"""');
    expect(textOf(cellSpan(table, 1, 0))).toBe('"two\nlines"');
    expect(textOf(cellSpan(table, 1, 1))).toBe("7");
    expect(textOf(headerSpan(table, 1))).toBe("b");
  });

  it("refuses an empty file, and a header alone", () => {
    expect(faultsOf("")).toMatchObject([{ code: "empty-data" }]);
    expect(faultsOf("\n\n")).toMatchObject([{ code: "empty-data" }]);
    expect(faultsOf("a,b\n")).toMatchObject([
      { code: "empty-data", message: "data.csv has a header but no rows." },
    ]);
  });

  it("shows ragged rows", () => {
    expect(faultsOf("a,b\n1,2\n3\n4,5,6\n")).toMatchObject([
      { code: "ragged-data", at: "3", message: "This row has 1 cell; the first row has 2." },
      { code: "ragged-data", at: "4,5,6" },
    ]);
  });

  it("shows the first five of many faults, and counts the others", () => {
    const faults = faultsOf(`a,b\n${"1\n".repeat(12)}`);
    expect(faults).toHaveLength(5);
    expect(faults[4]?.message).toContain("7 more such places are not shown.");
  });

  it("shows what is not CSV", () => {
    expect(faultsOf('a,b\n"1,2\n')).toMatchObject([{ code: "malformed-csv", at: '"1,2' }]);
    expect(faultsOf('a,b\n1"x,2\n')).toMatchObject([{ code: "malformed-csv", at: '1"x,2' }]);
  });

  it.each([
    ['a,b\n1,2\n3,"4\n5,6\n7,8\n', '"4'],
    ['a,b\r\n1,"x, ""y"" z"\r\n"two\r\nlines", "4\r\n5,6\r\n', '"4'],
    ['a,b\n"",2\n"3"",4\n', '"3"",4'],
  ])("shows where a quote opens that is never closed: %j", (text, at) => {
    expect(faultsOf(text)).toEqual([
      {
        code: "malformed-csv",
        message: "This is not well-formed CSV: the quote that opens here is never closed.",
        at,
      },
    ]);
  });

  it("refuses two columns of one name", () => {
    expect(faultsOf("a,b,a\n1,2,3\n")).toMatchObject([{ code: "repeated-column", at: "a" }]);
  });
});

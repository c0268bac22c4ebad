import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  type Diagnostic,
  DiagnosticError,
  formatDiagnostics,
  positionOf,
  type Source,
} from "../../src/diagnostics/index.ts";

function at(source: Source, marked: string, from = 0): Diagnostic {
  const start = source.text.indexOf(marked, from);
  return {
    code: "some-code",
    severity: "error",
    span: { source, start, end: start + marked.length },
    message: "Found this.",
  };
}

const source: Source = { name: "file.nabla", text: "a = 1\n\tb = 数 + β\r\nc = 3" };

describe("formatDiagnostics", () => {
  it("underlines the place and gives message, hint and related places", () => {
    const text = formatDiagnostics([
      {
        ...at(source, "1"),
        hint: "mend it",
        related: [{ span: { source, start: 0, end: 1 }, message: "defined here" }],
      },
    ]);
    expect(text).toBe(
      [
        "error[some-code] file.nabla:1:5",
        "  1 | a = 1",
        "    |     ^",
        "Found this.",
        "hint: mend it",
        "note: defined here (file.nabla:1:1)",
        "  1 | a = 1",
        "    | ^",
        "",
      ].join("\n"),
    );
  });

  it("aligns after tabs and wide characters", () => {
    expect(
      formatDiagnostics([at(source, "β")])
        .split("\n")
        .slice(0, 3),
    ).toEqual(["error[some-code] file.nabla:2:10", "  2 |     b = 数 + β", "    |              ^"]);
    expect(formatDiagnostics([at(source, "数")]).split("\n")[2]).toBe("    |         ^^");
  });

  it("marks a place at the end of the text, and of a span over lines its first line", () => {
    const { length } = source.text;
    const end: Diagnostic = { ...at(source, "c"), span: { source, start: length, end: length } };
    expect(formatDiagnostics([end]).split("\n").slice(1, 3)).toEqual(["  3 | c = 3", "    |      ^"]);
    const all: Diagnostic = { ...at(source, "c"), span: { source, start: 0, end: length } };
    expect(formatDiagnostics([all]).split("\n").slice(1, 3)).toEqual(["  1 | a = 1", "    | ^^^^^"]);
  });

  it("needs no place", () => {
    expect(formatDiagnostics([{ code: "no-data", severity: "warning", message: "No data." }])).toBe(
      "warning[no-data]\nNo data.\n",
    );
  });

  it("separates diagnostics by an empty line", () => {
    expect(formatDiagnostics([at(source, "a"), at(source, "b")])).toContain("Found this.\n\nerror");
  });

  it("cuts long lines around the place", () => {
    const long: Source = { name: "long", text: `${"x + ".repeat(500)}HERE${" + y".repeat(500)}` };
    const [, line = "", marks = ""] = formatDiagnostics([at(long, "HERE")]).split("\n");
    expect(line.length).toBeLessThan(115);
    expect(line.slice(marks.indexOf("^"), marks.lastIndexOf("^") + 1)).toBe("HERE");
    const everything = formatDiagnostics([
      { ...at(long, "x"), span: { source: long, start: 0, end: long.text.length } },
    ]);
    expect(Math.max(...everything.split("\n").map((each) => each.length))).toBeLessThan(115);
  });

  it("lets nothing steer the terminal", () => {
    const hostile: Source = { name: "h\u001b[2J", text: "a = \u001b[31m\u0007\u202e b\u2028c\ud800" };
    const text = formatDiagnostics([{ ...at(hostile, "b"), message: "\u001b]0;title\u0007" }]);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e\u2028]|\p{Cs}/u);
  });

  it("colours when asked", () => {
    expect(formatDiagnostics([at(source, "a")], { color: true })).toContain("\u001b[31m");
    expect(formatDiagnostics([at(source, "a")], { color: false })).not.toContain("\u001b");
  });
});

describe("positionOf", () => {
  it("counts lines by any line ending and columns in characters", () => {
    const text = "a\rb\r\n😀c";
    expect(positionOf({ source: { name: "", text }, start: text.indexOf("c"), end: text.length })).toEqual({
      line: 3,
      column: 2,
    });
  });
});

describe("a byte order mark", () => {
  it("is neither counted nor shown", () => {
    const marked: Source = { name: "marked.csv", text: "\ufeffx,y\n1,z" };
    expect(formatDiagnostics([at(marked, "y")])).toContain("marked.csv:1:3\n  1 | x,y\n    |   ^\n");
    const start = { ...at(marked, "x"), span: { source: marked, start: 0, end: 1 } };
    expect(formatDiagnostics([start])).toContain("marked.csv:1:1\n  1 | x,y\n    | ^\n");
    expect(formatDiagnostics([at(marked, "z")])).toContain("marked.csv:2:3\n  2 | 1,z\n    |   ^\n");
  });
});

describe("DiagnosticError", () => {
  it("says each mistake with its place, for whoever meets it uncaught", () => {
    const error = new DiagnosticError([
      { ...at(source, "β"), hint: "mend it" },
      { code: "file", severity: "error", message: "cannot read a\u001b[1m.nabla." },
    ]);
    expect(error.message).toBe(
      "file.nabla:2:10: error[some-code]: Found this. (hint: mend it)\n" +
        "error[file]: cannot read a\ufffd[1m.nabla.",
    );
  });

  it("does not have Node print the text of the network after it", () => {
    const network: Source = { name: "file.nabla", text: "x = input()" };
    const error = new DiagnosticError([at(network, "input")]);
    expect(error.diagnostics).toHaveLength(1);
    expect(inspect(error, { depth: 10 })).not.toContain(network.text);
  });
});

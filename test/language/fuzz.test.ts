import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DiagnosticError, formatDiagnostics } from "../../src/diagnostics/index.ts";
import { readNetwork } from "../../src/language/index.ts";

/* Whatever the text, it is either a network or a list of diagnostics that can be shown. */
function readSafely(text: string): void {
  try {
    const network = readNetwork({ name: "fuzz.nabla", text });
    expect(network.loss.type.shape).toEqual([]);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    expect(error.diagnostics.length).toBeGreaterThan(0);
    for (const { span } of error.diagnostics) {
      expect(
        span === undefined ||
          (span.start >= 0 && span.start <= span.end && span.end <= span.source.text.length),
      ).toBe(true);
    }
    expect(formatDiagnostics(error.diagnostics).replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  }
}

const tokens = [
  "x",
  "t",
  "W",
  "loss",
  "f",
  "y",
  "training",
  "=",
  "=",
  "\n",
  "\n",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ",",
  ";",
  ":",
  "?",
  "+",
  "-",
  "*",
  ".*",
  "/",
  "./",
  "^",
  ".^",
  "'",
  "<",
  "==",
  "!",
  "%",
  "&",
  "|",
  "~",
  ".",
  "..",
  '"he"',
  '"',
  "'s'",
  "1",
  "2.5",
  "1e400",
  "-1",
  "end",
  "and",
  "not",
  "to",
  "in",
  "mod",
  "true",
  "NaN",
  "Infinity",
  "e",
  "i",
  "input",
  "target",
  "parameter",
  "constant",
  "sum",
  "max",
  "let",
  "dense",
  "relu",
  "adam",
  "optimizer",
  "defaults",
  "gather",
  "oneHot",
  "reshape",
  "concat",
  "size",
  "where",
  "prod",
  "logSumExp",
  "#",
  "`",
  "${",
  "\u2028",
  "\ud800",
  "\0",
  "∇",
  "é",
  "__proto__",
  "constructor",
  "class",
  "f(a) = a",
  "x[1]",
  "o.a",
  "{a: 1}",
  "[1, 2]",
  "\t",
  "\r\n",
];

const folder = join(import.meta.dirname, "../cases/language");
const valid = readdirSync(folder).map(
  (file) => readFileSync(join(folder, file), "utf8").split(/^----\n/m)[0] ?? "",
);

describe("hostile and broken text", () => {
  it("soup of tokens", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...tokens), { maxLength: 60 }),
        fc.constantFrom("", " "),
        (words, glue) => {
          readSafely(words.join(glue));
        },
      ),
      { numRuns: 1500, seed: 11 },
    );
  });

  it("any string", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        readSafely(text);
      }),
      { numRuns: 500, seed: 12 },
    );
  });

  it("valid files with a stretch replaced, removed or repeated", () => {
    const edit = fc.record({
      text: fc.constantFrom(...valid),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      removed: fc.nat(6),
      added: fc.constantFrom("", ...tokens),
    });
    fc.assert(
      fc.property(edit, ({ text, at, removed, added }) => {
        const position = Math.floor(at * text.length);
        readSafely(text.slice(0, position) + added + text.slice(position + removed));
      }),
      { numRuns: 1000, seed: 13 },
    );
  });

  it("extremely nested, long and wide files end quickly", () => {
    const header = "x = input([3])\nw = parameter([3])\n";
    for (const deep of [
      "(",
      "[",
      "{a: ",
      "-",
      "not ",
      "f(",
      "x[",
      "1 ? ",
      "2 ^ ",
      "let(a = ",
      "x' * ",
      "x''''''''''",
      "1:",
      "a.b.",
    ]) {
      readSafely(`${header}y = ${deep.repeat(5000)}`);
      readSafely(`${header}y = ${deep.repeat(60)}1${")".repeat(60)}\nloss = sum(w)`);
    }
    readSafely(`${header}loss = ${Array.from({ length: 5000 }, () => "sum(w)").join(" + ")}`);
    readSafely(
      `${header}${Array.from({ length: 2000 }, (_, index) => `v${String(index)} = w + ${String(index)}`).join("\n")}\nloss = sum(v1999)`,
    );
    readSafely("\n".repeat(100_000));
  });

  it("reads a sum of a thousand terms", () => {
    const text = `w = parameter()\nloss = ${Array.from({ length: 1000 }, (_, index) => `w^${String(index)}`).join(" + ")}`;
    expect(readNetwork({ name: "long.nabla", text }).parameters).toHaveLength(1);
  });
});

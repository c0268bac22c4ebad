import picocolors from "picocolors";
import type { Diagnostic, SourceSpan } from "./diagnostic.ts";
import { placeOf, positionOf, printable, textStart } from "./place.ts";

/** How to show diagnostics. */
export interface RenderOptions {
  /** Whether to colour for a terminal. Default: no. */
  readonly color?: boolean;
}

type Colors = ReturnType<typeof picocolors.createColors>;

/** Widest stretch of a source line that is shown, in terminal cells. */
const widestLine = 100;
const tabStop = 4;

/**
 * Diagnostics as text for people, one paragraph each, ending with a newline:
 *
 * ```
 * error[shape-mismatch] iris.nabla:9:12
 *   9 | h = relu(W1 * x + b1)
 *     |          ^^^^^^
 * W1 is 16×5 but x has 4 elements: the inner sizes 5 and 4 differ.
 * hint: declare W1 = parameter([16, 4])
 * ```
 *
 * @param diagnostics As a `DiagnosticError` carries them, or the warnings of a compilation.
 * @param options Whether to colour them.
 * @returns The text; empty if there are none.
 */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], options: RenderOptions = {}): string {
  const colors = picocolors.createColors(options.color ?? false);
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic, colors)).join("\n");
}

function formatDiagnostic(diagnostic: Diagnostic, colors: Colors): string {
  const { code, severity, span, message, hint, related = [] } = diagnostic;
  const paint = severity === "error" ? colors.red : colors.yellow;
  const title = paint(colors.bold(`${severity}[${code}]`));
  const lines = span === undefined ? [title] : [`${title} ${placeOf(span)}`, ...excerpt(span, paint, colors)];
  lines.push(printable(message));
  if (hint !== undefined) lines.push(`${colors.cyan("hint:")} ${printable(hint)}`);
  for (const place of related) {
    lines.push(`${colors.blue("note:")} ${printable(place.message)} (${placeOf(place.span)})`);
    lines.push(...excerpt(place.span, colors.blue, colors));
  }
  return `${lines.join("\n")}\n`;
}

/** The line that a span begins on, and the part of the span that is on it underlined. */
function excerpt(span: SourceSpan, paint: (text: string) => string, colors: Colors): readonly string[] {
  const { text } = span.source;
  const start = Math.max(span.start, textStart(text));
  const lineBreak = Math.max(text.lastIndexOf("\n", start - 1), text.lastIndexOf("\r", start - 1));
  const lineStart = Math.max(lineBreak + 1, textStart(text));
  const found = text.slice(lineStart).search(/[\n\r]/);
  const lineEnd = found === -1 ? text.length : lineStart + found;
  const before = cells(text.slice(lineStart, start), 0);
  const marked = cells(text.slice(start, Math.min(span.end, lineEnd)), before.width);
  const after = cells(
    text.slice(Math.min(Math.max(span.end, start), lineEnd), lineEnd),
    before.width + marked.width,
  );
  const shown = clip(before, marked, after);
  const number = String(positionOf(span).line);
  const margin = " ".repeat(number.length);
  return [
    `  ${colors.dim(`${number} |`)} ${shown.line}`.trimEnd(),
    `  ${colors.dim(`${margin} |`)} ${" ".repeat(shown.indent)}${paint("^".repeat(Math.max(1, shown.width)))}`,
  ];
}

/** A stretch of a line as a terminal shows it. */
interface Cells {
  readonly text: string;
  readonly width: number;
}

/** Tabs become spaces, wide characters count two cells, marks none; what could steer a terminal is replaced. */
function cells(text: string, from: number): Cells {
  let shown = "";
  let width = 0;
  for (const character of text) {
    if (character === "\t") {
      const gap = tabStop - ((from + width) % tabStop);
      shown += " ".repeat(gap);
      width += gap;
    } else {
      const safe = printable(character);
      shown += safe;
      width += cellsOf(safe);
    }
  }
  return { text: shown, width };
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

function cellsOf(character: string): number {
  if (/\p{Mn}|\p{Me}/u.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

/** Of a line that is too long, the stretch around the marked part. */
function clip(before: Cells, marked: Cells, after: Cells): { line: string; indent: number; width: number } {
  const whole = `${before.text}${marked.text}${after.text}`;
  if (before.width + marked.width + after.width <= widestLine)
    return { line: whole, indent: before.width, width: marked.width };
  const left = before.width <= widestLine / 2 ? before : lastCells(before.text, Math.floor(widestLine / 3));
  const middle = firstCells(marked.text, widestLine - left.width);
  const right =
    middle.text === marked.text ? firstCells(after.text, widestLine - left.width - middle.width) : middle;
  const tail = right === middle ? "…" : `${right.text}${right.text === after.text ? "" : "…"}`;
  return { line: `${left.text}${middle.text}${tail}`, indent: left.width, width: middle.width };
}

function firstCells(text: string, most: number): Cells {
  let shown = "";
  let width = 0;
  for (const character of text) {
    if (width + cellsOf(character) > most) break;
    shown += character;
    width += cellsOf(character);
  }
  return { text: shown, width };
}

function lastCells(text: string, most: number): Cells {
  const reversed = firstCells(Array.from(text).reverse().join(""), most);
  return { text: `…${Array.from(reversed.text).reverse().join("")}`, width: reversed.width + 1 };
}

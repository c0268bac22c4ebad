import { placeOf, printable } from "./place.ts";

/** A text that Nabla reads: a network file, or the prelude. `name` is what messages call it. */
export interface Source {
  readonly name: string;
  readonly text: string;
}

/** A half-open range `[start, end)` of UTF-16 offsets into `source.text`. */
export interface SourceSpan {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** Whether a mistake stops the compilation. */
export type Severity = "error" | "warning";

/** One thing said to the user: what is wrong, where, and how to mend it. */
export interface Diagnostic {
  /** Stable kebab-case name of the kind of mistake, for example `shape-mismatch`. */
  readonly code: string;
  readonly severity: Severity;
  /** Absent only where no place in a text is at fault (a missing data file, a wrong option). */
  readonly span?: SourceSpan;
  /** What was found and what was expected, in the user's names and shapes. Full sentences. */
  readonly message: string;
  /** How to mend it. */
  readonly hint?: string;
  /** Other places that matter: the first definition, the call that led here. */
  readonly related?: readonly RelatedPlace[];
}

/** A further place that a diagnostic shows, and why. */
export interface RelatedPlace {
  readonly span: SourceSpan;
  readonly message: string;
}

/** Thrown at the end of a phase that found user errors; carries all of them, in source order. */
export class DiagnosticError extends Error {
  declare readonly diagnostics: readonly Diagnostic[];

  /** The message says each with its place, for whoever sees the error uncaught; `formatDiagnostics` says more. */
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(summary).join("\n"));
    this.name = "DiagnosticError";
    // Not enumerable: Node would print it after an uncaught error, with the whole text of the network.
    Object.defineProperty(this, "diagnostics", { value: diagnostics });
  }
}

/** What the caller asked for is wrong, not the network: an option of `compile`, the name of a gradient. */
export class OptionError extends DiagnosticError {
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics);
    this.name = "OptionError";
  }
}

/** `iris.nabla:9:12: error[shape-mismatch]: W1 is 16×5 but … (hint: …)` */
function summary({ code, severity, span, message, hint }: Diagnostic): string {
  const place = span === undefined ? "" : `${placeOf(span)}: `;
  const mend = hint === undefined ? "" : ` (hint: ${printable(hint)})`;
  return `${place}${severity}[${code}]: ${printable(message)}${mend}`;
}

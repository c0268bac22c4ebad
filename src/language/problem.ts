import type { Diagnostic, RelatedPlace, Severity, SourceSpan } from "../diagnostics/index.ts";
import { type DiagnosticCode, usualHint } from "./codes.ts";

/** A mistake of the user's, thrown while a text is read and turned into a diagnostic where evaluation can go on. */
export class Problem extends Error {
  readonly code: DiagnosticCode;
  readonly span: SourceSpan;
  readonly hint: string;
  readonly related: readonly RelatedPlace[];
  /** The span already is the place to mend, though the mistake was noticed inside a function. */
  readonly pinned: boolean;

  constructor(
    code: DiagnosticCode,
    span: SourceSpan,
    message: string,
    hint?: string,
    related: readonly RelatedPlace[] = [],
    pinned = false,
  ) {
    super(message);
    this.name = "Problem";
    this.code = code;
    this.span = span;
    this.hint = hint ?? usualHint(code);
    this.related = related;
    this.pinned = pinned;
  }
}

/** Thrown where a value is needed that a mistake, already reported, has spoilt: there is nothing more to say. */
export class Spoilt extends Error {}

/** What `compute` gives; a mistake in it is told and leaves nothing. */
export function attempt<Result>(tell: (problem: Problem) => void, compute: () => Result): Result | undefined {
  try {
    return compute();
  } catch (error) {
    if (error instanceof Problem) tell(error);
    else if (!(error instanceof Spoilt)) throw error;
    return undefined;
  }
}

/** The mistakes found so far, each said once. */
export class Report {
  readonly #diagnostics = new Map<string, Diagnostic>();

  add(problem: Problem, severity: Severity = "error"): void {
    const { code, span, message, hint, related } = problem;
    this.adopt({
      code,
      severity,
      span,
      message,
      hint,
      ...(related.length === 0 ? {} : { related }),
    });
  }

  /** Adds a diagnostic that was made elsewhere. */
  adopt(diagnostic: Diagnostic): void {
    const { code, span, message } = diagnostic;
    const key = `${code} ${String(span?.start)} ${String(span?.end)} ${message}`;
    if (!this.#diagnostics.has(key)) this.#diagnostics.set(key, diagnostic);
  }

  warn(problem: Problem): void {
    this.add(problem, "warning");
  }

  get hasErrors(): boolean {
    return [...this.#diagnostics.values()].some((each) => each.severity === "error");
  }

  /** All of them, in source order. */
  get diagnostics(): readonly Diagnostic[] {
    const place = (each: Diagnostic) => each.span?.start ?? 0;
    return [...this.#diagnostics.values()].sort((a, b) => place(a) - place(b));
  }
}

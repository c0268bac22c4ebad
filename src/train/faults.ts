import { type Diagnostic, DiagnosticError, type SourceSpan } from "../diagnostics/index.ts";

/** A mistake in the user's data or in how they are assigned. */
export function dataFault(code: string, message: string, hint?: string, span?: SourceSpan): Diagnostic {
  return {
    code,
    severity: "error",
    ...(span === undefined ? {} : { span }),
    message,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Throws the diagnostics of the first few faults, and says how many more there are. Does nothing without faults. */
export function throwLimited<Fault>(faults: readonly Fault[], describe: (fault: Fault) => Diagnostic): void {
  const shown = 5;
  if (faults.length === 0) return;
  const diagnostics = faults.slice(0, shown).map(describe);
  const last = diagnostics.at(-1);
  if (faults.length > shown && last !== undefined) {
    const more = `${faults.length - shown} more such places are not shown.`;
    diagnostics.splice(-1, 1, { ...last, message: `${last.message} ${more}` });
  }
  throw new DiagnosticError(diagnostics);
}

/** `1 cell`, `3 cells` */
export function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

import { type Diagnostic, DiagnosticError, formatDiagnostics, OptionError } from "../diagnostics/index.ts";
import { type CommandIo, usesColor } from "./io.ts";

/** Says what is wrong, on stderr. */
export function reportDiagnostics(diagnostics: readonly Diagnostic[], io: CommandIo): void {
  if (diagnostics.length === 0) return;
  io.stderr.write(`${formatDiagnostics(diagnostics, { color: usesColor(io.stderr, io) }).trimEnd()}\n`);
}

/**
 * Runs `action` for each item, reporting the mistakes in files as they come, to `failed` too; whether there were none. A
 * mistake in the command line concerns all items, and ends it.
 */
export async function forEachReporting<Item>(
  items: readonly Item[],
  io: CommandIo,
  action: (item: Item) => Promise<void>,
  failed?: (item: Item, diagnostics: readonly Diagnostic[]) => void,
): Promise<boolean> {
  let isFine = true;
  for (const item of items) {
    try {
      await action(item);
    } catch (error) {
      if (!(error instanceof DiagnosticError) || error instanceof OptionError) throw error;
      reportDiagnostics(error.diagnostics, io);
      failed?.(item, error.diagnostics);
      isFine = false;
    }
  }
  return isFine;
}

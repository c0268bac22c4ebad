/** A fault of ours, never of the user's input: see `Diagnostic` for those. */
export class InvariantError extends Error {
  constructor(message: string) {
    super(`internal error: ${message}`);
    this.name = "InvariantError";
  }
}

/** Throws `InvariantError` unless `condition` holds. The message says what ought to be true. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message);
}

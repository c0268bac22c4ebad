import type { Writable } from "node:stream";
import pc from "picocolors";

/** A stream of text that may be a terminal. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
}

/** All that a command sees of the process it runs in, so that tests can run it in theirs. */
export interface CommandIo {
  /** For the result, and nothing else. */
  readonly stdout: OutputStream;
  /** For progress, warnings and errors. */
  readonly stderr: OutputStream;
  /** What relative paths are relative to. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Colors = ReturnType<typeof pc.createColors>;

/** Colour is for terminals whose user has not said otherwise (no-color.org, force-color.org). */
export function usesColor(stream: OutputStream, { env }: Pick<CommandIo, "env">): boolean {
  const isSet = (name: string): boolean => (env[name] ?? "") !== "";
  if (isSet("NO_COLOR")) return false;
  if (isSet("FORCE_COLOR")) return env["FORCE_COLOR"] !== "0";
  return stream.isTTY === true && env["TERM"] !== "dumb";
}

export function colorsFor(stream: OutputStream, io: Pick<CommandIo, "env">): Colors {
  return pc.createColors(usesColor(stream, io));
}

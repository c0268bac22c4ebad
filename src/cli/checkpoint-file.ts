import { closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Arguments, type OptionSpecification, UsageError } from "./arguments.ts";
import { displayPath, fileFault, readBytesIfThere, requireSpareFile } from "./files.ts";
import type { CommandIo } from "./io.ts";

/** How `nabla train` survives being stopped: the options that say so. */
export const checkpointOptions: readonly OptionSpecification[] = [
  { name: "checkpoint", value: "<file>", description: "where to keep the run as it goes, to resume it from" },
  {
    name: "every",
    value: "<n>",
    description: "steps from one checkpoint to the next; an epoch's by default",
  },
  { name: "resume", description: "go on from the checkpoint, to the same bits as without a break" },
];

/** A run's file. */
export interface CheckpointFile {
  /** Steps from one checkpoint to the next. */
  readonly every: number | undefined;
  /** What is there to go on from. */
  readonly found: { readonly name: string; readonly bytes: Uint8Array } | undefined;
  readonly write: (bytes: Uint8Array) => void;
}

/**
 * What the options say of checkpoints; `undefined` if nothing.
 *
 * @param read The files that the command reads, none of which may be overwritten.
 * @throws {UsageError} when the options do not go together, or the file would replace one that is not to be resumed from.
 */
export async function checkpointFile(
  given: Arguments,
  read: readonly string[],
  io: CommandIo,
): Promise<CheckpointFile | undefined> {
  const path = given.text("checkpoint");
  const every = given.integer("every", 1);
  if (path === undefined) {
    const lone = ["every", "resume"].find((name) => given.has(name));
    if (lone !== undefined) throw new UsageError(`--${lone} needs a checkpoint`, "--checkpoint <file>");
    return undefined;
  }
  await requireSpareFile("checkpoint", path, read, io);
  const name = displayPath(path, io);
  const found = await readBytesIfThere(path, io);
  if (found !== undefined && !given.has("resume"))
    throw new UsageError(`there is a ${name} already`, "go on from it with --resume, or delete it");
  if (found === undefined && given.has("resume"))
    io.stderr.write(`there is no ${name} yet: training begins at the beginning\n`);
  const write = (bytes: Uint8Array): void => {
    writeNow(path, bytes, io);
  };
  return { every, found: found && { name, bytes: found }, write };
}

/**
 * Replaces the file as a whole, whenever the process or the machine stops: what is at the path is the old checkpoint or
 * the new one, on the disk before it has the name. A write that was cut short leaves a hidden file, which the next replaces.
 */
function writeNow(path: string, bytes: Uint8Array, io: CommandIo): void {
  const target = whereItLeads(resolve(io.cwd, path));
  const temporary = join(dirname(target), `.${basename(target)}.tmp`); // same folder, so that renaming is atomic
  try {
    const file = openSync(temporary, "w");
    try {
      for (let from = 0; from < bytes.length;) from += writeSync(file, bytes, from);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw fileFault(`cannot write ${displayPath(path, io)}`, error);
  }
  syncFolder(dirname(target));
}

/** Where a link leads, if there is one. */
function whereItLeads(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // there is no file yet
  }
}

/** So that the new name outlasts a power cut, too. Not every system can: there the old checkpoint may come back. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, "r");
    fsyncSync(folder);
    closeSync(folder);
  } catch {
    // the file itself is on the disk
  }
}

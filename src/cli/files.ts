import { type Buffer, isUtf8 } from "node:buffer";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { DiagnosticError, type Source } from "../diagnostics/index.ts";
import { UsageError } from "./arguments.ts";
import type { CommandIo } from "./io.ts";

/** How messages and generated headers name a file: relative to the working directory where it is below it, with slashes. */
export function displayPath(path: string, { cwd }: Pick<CommandIo, "cwd">): string {
  const near = relative(cwd, resolve(cwd, path));
  const isBelow = near !== "" && !near.startsWith("..") && !isAbsolute(near);
  return (isBelow ? near : path).split(sep).join("/");
}

/** @throws {DiagnosticError} when the file cannot be read, or is not UTF-8. */
export async function readSource(path: string, io: Pick<CommandIo, "cwd">): Promise<Source> {
  const name = displayPath(path, io);
  let bytes: Buffer;
  try {
    bytes = await readFile(resolve(io.cwd, path));
  } catch (error) {
    throw fileFault(`cannot read ${name}`, error);
  }
  const source = { name, text: bytes.toString("utf8") };
  if (!isUtf8(bytes)) throw encodingFault(source);
  return source;
}

/** Bytes that are no UTF-8 are U+FFFD in the text, which would pass for the letter of a name or a label. */
function encodingFault(source: Source): DiagnosticError {
  const start = source.text.indexOf("\ufffd");
  const span = { source, start, end: start + 1 };
  const message = `${source.name} is not UTF-8: what stands here is no character.`;
  const hint = "save the file as UTF-8";
  return new DiagnosticError([{ code: "file", severity: "error", span, message, hint }]);
}

/** The text of a file, or `undefined` when there is none. */
export async function readIfThere(path: string, io: Pick<CommandIo, "cwd">): Promise<string | undefined> {
  try {
    return await readFile(resolve(io.cwd, path), "utf8");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw fileFault(`cannot read ${displayPath(path, io)}`, error);
  }
}

/**
 * Replaces a file as a whole: readers see the old text or the new, never a part, and a failure leaves the old. Makes the
 * folder if there is none.
 *
 * @returns the folder, if it was made.
 * @throws {DiagnosticError} when the file cannot be written.
 */
export async function writeAtomically(
  path: string,
  text: string,
  io: Pick<CommandIo, "cwd">,
): Promise<string | undefined> {
  const target = resolve(io.cwd, path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`); // same folder, so that renaming is atomic
  try {
    const made = await mkdir(dirname(target), { recursive: true });
    await writeFile(temporary, text);
    await rename(temporary, target);
    return made === undefined ? undefined : displayPath(dirname(target), io);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined); // the first failure is the one to report
    throw fileFault(`cannot write ${displayPath(path, io)}`, error);
  }
}

/** @throws {UsageError} when there is something else than a folder at the path that an option names. */
export async function requireFolder(option: string, path: string, io: Pick<CommandIo, "cwd">): Promise<void> {
  const name = displayPath(path, io);
  try {
    if ((await stat(resolve(io.cwd, path))).isDirectory()) return;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return; // it will be made
    throw new UsageError(`--${option} must be a folder, but ${name}: ${reasonOf(error)}`);
  }
  throw new UsageError(
    `--${option} must be a folder, but ${name} is a file`,
    `name the folder that the file should be in`,
  );
}

/** @throws {UsageError} when a folder, or a file that the command reads, is where an option says to write. */
export async function requireSpareFile(
  option: string,
  path: string,
  read: readonly string[],
  io: Pick<CommandIo, "cwd">,
): Promise<void> {
  const target = resolve(io.cwd, path);
  const name = displayPath(path, io);
  if (read.some((each) => resolve(io.cwd, each) === target)) {
    throw new UsageError(`--${option} would overwrite ${name}, which is read here`, "name another file");
  }
  const found = await stat(target).catch(() => undefined); // what else may be wrong with the path, writing tells
  if (found?.isDirectory() === true) {
    throw new UsageError(`--${option} must be a file, but ${name} is a folder`, "name a file in it");
  }
}

function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "permission is denied",
  ENOTDIR: "a part of its path is no directory",
  EEXIST: "a part of its path is no directory",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
};

function fileFault(what: string, error: unknown): DiagnosticError {
  return new DiagnosticError([{ code: "file", severity: "error", message: `${what}: ${reasonOf(error)}.` }]);
}

function reasonOf(error: unknown): string {
  const code = systemCode(error) ?? "";
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}

/** The network files a command is given: at least one, each named once. */
export function networkFiles(words: readonly string[]): readonly string[] {
  if (words.length === 0) throw new UsageError("no network file is given", "name one or more .nabla files");
  for (const word of words) {
    if (!word.endsWith(".nabla"))
      throw new UsageError(`${word} is no network file`, "their names end in .nabla");
  }
  return [...new Set(words)];
}

/** The one network file that a command is given. */
export function networkFile(words: readonly string[]): string {
  const [file, ...others] = networkFiles(words);
  if (file === undefined || others.length > 0) {
    throw new UsageError(`one network file is wanted, but ${words.length} are given`);
  }
  return file;
}

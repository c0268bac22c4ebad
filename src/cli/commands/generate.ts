import { basename, dirname, join } from "node:path";
import { compile } from "../../compile.ts";
import { quotedPath } from "../../diagnostics/index.ts";
import { type Arguments, UsageError } from "../arguments.ts";
import type { Command } from "../command.ts";
import { compileOptions, compileOptionsText, readCompileOptions } from "../compile-options.ts";
import {
  displayPath,
  networkFiles,
  readIfThere,
  readSource,
  requireFolder,
  requireGenerated,
  writeAtomically,
} from "../files.ts";
import { colorsFor, type CommandIo } from "../io.ts";
import { forEachReporting, reportDiagnostics } from "../report.ts";

export const generate: Command = {
  name: "generate",
  words: "<files…>",
  summary: "write the training code of networks",
  description: [
    "Writes one TypeScript module a network, next to its file or into --out.",
    "A file is replaced as a whole, and only when its text changes; one that Nabla has not generated, never.",
  ],
  options: [
    { name: "out", value: "<dir>", description: "where to write, in place of next to each file" },
    {
      name: "check",
      description: "write nothing; list the files that are not up to date, and exit 1 if there are any",
    },
    { name: "stdout", description: "print the code in place of writing it" },
    ...compileOptions,
  ],
  examples: [
    { command: "nabla generate xor.nabla", comment: "write xor.ts" },
    { command: "nabla generate nets/*.nabla --out src/generated", comment: "write several" },
    { command: "nabla generate nets/*.nabla --out src/generated --check", comment: "in CI" },
    {
      command: "nabla generate xor.nabla --optimizer 'adam({learningRate: 0.01})'",
      comment: "train otherwise",
    },
  ],
  async run(given, io) {
    const files = networkFiles(given.words);
    const mode = modeOf(given, files);
    const options = readCompileOptions(given);
    const out = given.text("out");
    const targets = targetsOf(files, out);
    if (out !== undefined) await requireFolder("out", out, io);
    const stale: string[] = [];
    const isFine = await forEachReporting(targets, io, async ({ file, target }) => {
      const source = await readSource(file, io);
      const { code, warnings } = await compile(source, {
        ...options,
        regenerate: regenerate(source.name, given, io),
      });
      reportDiagnostics(warnings, io);
      if (mode === "stdout") {
        io.stdout.write(code);
        return;
      }
      const found = await readIfThere(target, io);
      if (found === code) progress("unchanged", target, io);
      else if (mode === "check") stale.push(displayPath(target, io));
      else {
        requireGenerated(target, found, io);
        await writeAtomically(target, code, io);
        progress("wrote", target, io);
      }
    });
    if (stale.length > 0) {
      io.stdout.write(stale.map((path) => `${path}\n`).join(""));
      const count = stale.length === 1 ? "1 file is" : `${stale.length} files are`;
      io.stderr.write(`${count} not up to date; run the same command without --check\n`);
    }
    return isFine && stale.length === 0 ? 0 : 1;
  },
};

type Mode = "write" | "check" | "stdout";

function modeOf(given: Arguments, files: readonly string[]): Mode {
  if (!given.has("stdout")) return given.has("check") ? "check" : "write";
  const other = ["check", "out"].find((name) => given.has(name));
  if (other !== undefined) throw new UsageError(`--stdout and --${other} exclude each other`);
  if (files.length > 1)
    throw new UsageError(`--stdout prints one module, but ${files.length} networks are given`);
  return "stdout";
}

interface Target {
  readonly file: string;
  readonly target: string;
}

/** @throws {UsageError} when two networks would be written to one file. */
function targetsOf(files: readonly string[], out: string | undefined): readonly Target[] {
  const targets = files.map((file): Target => {
    const name = `${basename(file, ".nabla")}.ts`;
    return { file, target: join(out ?? dirname(file), name) };
  });
  const writers = new Map<string, string>();
  for (const { file, target } of targets) {
    const other = writers.get(target);
    if (other !== undefined) throw new UsageError(`${other} and ${file} would both be written to ${target}`);
    writers.set(target, file);
  }
  return targets;
}

/** The command that the module's header names: what was asked for, for this file alone. */
function regenerate(name: string, given: Arguments, io: CommandIo): string {
  const out = given.text("out");
  const where = out === undefined ? "" : ` --out ${quotedPath(displayPath(out, io))}`;
  return `nabla generate ${quotedPath(name)}${where}${compileOptionsText(given)}`;
}

function progress(what: string, target: string, io: CommandIo): void {
  const colors = colorsFor(io.stderr, io);
  io.stderr.write(`${colors.dim(what)} ${displayPath(target, io)}\n`);
}

import { readFileSync } from "node:fs";
import { DiagnosticError, didYouMean, OptionError } from "../diagnostics/index.ts";
import { readArguments, UsageError } from "./arguments.ts";
import type { Command, ExitCode } from "./command.ts";
import { generate } from "./commands/generate.ts";
import { inspect } from "./commands/inspect.ts";
import { train } from "./commands/train.ts";
import { verify } from "./commands/verify.ts";
import { commandHelp, commonOptions, programHelp } from "./help.ts";
import { colorsFor, type CommandIo } from "./io.ts";
import { reportDiagnostics } from "./report.ts";

const commands: readonly Command[] = [generate, inspect, verify, train];

/** Runs `nabla` with the words of its command line; gives its exit code. */
export async function main(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  try {
    return await dispatch(argv, io);
  } catch (error) {
    return reportFailure(error, argv, io);
  }
}

async function dispatch(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const [first, ...rest] = argv;
  if (first === undefined || first.startsWith("-")) return withoutCommand(argv, io);
  if (first === "help") return dispatch([...rest.slice(0, 1), "--help"], io);
  const command = commands.find(({ name }) => name === first);
  if (command === undefined) {
    const names = commands.map(({ name }) => name);
    throw new UsageError(
      `unknown command ${first}`,
      didYouMean(first, names) ?? `there are ${names.join(", ")}`,
    );
  }
  const given = readArguments(rest, [...command.options, ...commonOptions]);
  if (given.has("help")) {
    io.stdout.write(commandHelp(command, colorsFor(io.stdout, io)));
    return 0;
  }
  if (given.has("version")) return printVersion(io);
  return command.run(given, io);
}

function withoutCommand(argv: readonly string[], io: CommandIo): ExitCode {
  const given = readArguments(argv, commonOptions);
  if (given.has("version")) return printVersion(io);
  if (given.words.length > 0)
    throw new UsageError("options come after the command", "nabla <command> [options]");
  const isAsked = given.has("help");
  const stream = isAsked ? io.stdout : io.stderr;
  stream.write(programHelp(commands, colorsFor(stream, io)));
  return isAsked ? 0 : 2;
}

function printVersion(io: CommandIo): ExitCode {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8"); // as far up from dist/cli as from src/cli
  const { version } = JSON.parse(text) as { readonly version: string };
  io.stdout.write(`nabla ${version}\n`);
  return 0;
}

/** The command that explains what was tried. */
function helpCommand(argv: readonly string[]): string {
  const command = commands.find(({ name }) => name === argv[0]);
  return command === undefined ? "nabla --help" : `nabla ${command.name} --help`;
}

function reportFailure(error: unknown, argv: readonly string[], io: CommandIo): ExitCode {
  const colors = colorsFor(io.stderr, io);
  if (error instanceof DiagnosticError) {
    reportDiagnostics(error.diagnostics, io);
    if (!(error instanceof OptionError)) return 1;
    io.stderr.write(`See ${helpCommand(argv)}.\n`);
    return 2;
  }
  if (error instanceof UsageError) {
    const hint = error.hint === undefined ? "" : `${colors.cyan("hint")}: ${error.hint}\n`;
    io.stderr.write(
      `${colors.red(colors.bold("usage error"))}: ${error.message}\n${hint}See ${helpCommand(argv)}.\n`,
    );
    return 2;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  io.stderr.write(
    `${colors.red(colors.bold("internal error"))}, a fault of Nabla's and not yours:\n${withoutModules(detail)}\n`,
  );
  return 70;
}

/** A stack names generated modules by the URLs they were loaded from, which hold their whole text. Line and column stay. */
function withoutModules(stack: string): string {
  return stack.replaceAll(/data:text\/javascript;base64,[\w+/=]*/g, "generated module");
}

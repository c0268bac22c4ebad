import { compile } from "../../compile.ts";
import { type Diagnostic, didYouMean, positionOf } from "../../diagnostics/index.ts";
import { type Check, type Judge, judges, verifyModule } from "../../verify/index.ts";
import { UsageError } from "../arguments.ts";
import type { Command } from "../command.ts";
import { compileOptions, readCompileOptions } from "../compile-options.ts";
import { displayPath, networkFiles, readSource } from "../files.ts";
import { type Colors, colorsFor } from "../io.ts";
import { forEachReporting, reportDiagnostics } from "../report.ts";

/** One network's rows of the report. */
interface NetworkChecks {
  readonly file: string;
  readonly checks: readonly Check[];
  readonly ok: boolean;
  /** Why nothing was verified: the network cannot be read or compiled, or a judge's package is missing. */
  readonly problems?: readonly Diagnostic[];
}

export const verify: Command = {
  name: "verify",
  words: "<files…>",
  summary: "compare the generated code with independent ways to differentiate",
  description: [
    "Runs the generated code on random parameters and data and compares losses,",
    "gradients, predictions and steps with judges that share none of its rules: a tape,",
    "dual numbers, finite differences, an interpreter, and TensorFlow.js on request.",
    "Exits 1 when they disagree or fail, when nothing could be compared, or a network",
    "does not compile.",
    "",
    "An error is the largest of a quantity's elements, over the largest element of the judge's:",
    "max|a - b| / max|b|. Where the terms of a gradient cancel to nearly nothing, 64 roundings of",
    "these terms pass. A judge that cannot tell is shown as skipped, with its reason.",
  ],
  options: [
    { name: "against", value: "<judges>", description: `of ${judges.join(", ")}; all but tfjs by default` },
    { name: "seed", value: "<n>", description: "of the random parameters and data; 0 by default" },
    { name: "json", description: "report as JSON" },
    ...compileOptions,
  ],
  examples: [
    { command: "nabla verify nets/*.nabla", comment: "against all of Nabla's own judges" },
    { command: "nabla verify xor.nabla --against tape,tfjs --seed 7", comment: "choose judges" },
    { command: "nabla verify xor.nabla --json", comment: "for a program" },
  ],
  async run(given, io) {
    const files = networkFiles(given.words);
    const against = readJudges(given.text("against"));
    const seed = given.integer("seed", 0) ?? 0;
    const options = readCompileOptions(given);
    const networks: NetworkChecks[] = [];
    await forEachReporting(
      files,
      io,
      async (file) => {
        const source = await readSource(file, io);
        const { network, derived, program, code, warnings } = await compile(source, options);
        reportDiagnostics(warnings, io);
        const verification = await verifyModule({ network, derived, program, code, against, seed });
        networks.push({ file: source.name, ...verification });
      },
      (file, problems) => networks.push({ file: displayPath(file, io), checks: [], ok: false, problems }),
    );
    const ok = networks.every((network) => network.ok);
    const colors = colorsFor(io.stdout, io);
    io.stdout.write(
      given.has("json")
        ? jsonReport(ok, networks)
        : networks.map((each) => textReport(each, colors)).join("\n"),
    );
    return ok ? 0 : 1;
  },
};

function readJudges(text: string | undefined): readonly Judge[] {
  if (text === undefined) return judges.filter((judge) => judge !== "tfjs"); // which is not always installed
  return text.split(",").map((word) => {
    const judge = judges.find((each) => each === word.trim());
    if (judge !== undefined) return judge;
    const hint = didYouMean(word.trim(), judges) ?? `there are ${judges.join(", ")}`;
    throw new UsageError(`--against knows no "${word.trim()}"`, hint);
  });
}

/** JSON has no infinity and no NaN: where an error is not finite, or nothing was compared, `maxRelativeError` is null. */
function jsonReport(ok: boolean, networks: readonly NetworkChecks[]): string {
  const listed = networks.map(({ file, checks, problems }) => ({
    file,
    checks,
    ...(problems === undefined ? {} : { problems: problems.map(jsonProblem) }),
  }));
  return `${JSON.stringify({ ok, networks: listed }, null, 2)}\n`;
}

function jsonProblem({ code, severity, message, hint, span }: Diagnostic): object {
  return { code, severity, ...(span === undefined ? {} : positionOf(span)), message, hint };
}

function textReport({ file, checks, ok, problems }: NetworkChecks, colors: Colors): string {
  if (problems !== undefined)
    return `${colors.bold(file)}: ${colors.red(`not verified: ${told(problems)}`)}\n`;
  const head = ["against", "parameter", "max|a-b|/max|b|", "tolerance"];
  const rows = checks.map(({ against, parameter, maxRelativeError, tolerance, skipped }) => [
    against,
    parameter,
    skipped ? "-" : formatError(maxRelativeError),
    tolerance.toExponential(0),
  ]);
  const widths = head.map((title, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), title.length),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ");
  const lines = checks.map((check, index) => {
    const note = check.note === undefined ? "" : `  ${check.note}`;
    return `  ${line(rows[index] ?? [])}  ${markOf(check, colors)}${note}`;
  });
  return [`${colors.bold(file)}: ${resultOf(checks, ok, colors)}`, `  ${line(head)}`, ...lines, ""].join(
    "\n",
  );
}

/** stderr shows them all, with their places. */
function told(problems: readonly Diagnostic[]): string {
  const errors = problems.filter(({ severity }) => severity === "error");
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return `${errors[0]?.message ?? ""}${more}`;
}

function markOf({ ok, skipped }: Check, colors: Colors): string {
  if (!ok) return colors.red("WRONG");
  return skipped ? colors.yellow("skipped") : colors.green("ok");
}

function resultOf(checks: readonly Check[], ok: boolean, colors: Colors): string {
  const wrong = checks.filter((check) => !check.ok).length;
  if (wrong > 0) return colors.red(`${wrong} of ${checks.length} disagree`);
  if (!ok) return colors.red("nothing could be compared");
  const skipped = checks.filter((check) => check.skipped).length;
  return colors.green(skipped === 0 ? "all agree" : `all agree, ${skipped} of ${checks.length} skipped`);
}

function formatError(error: number): string {
  return error === 0 ? "0" : Number.isFinite(error) ? error.toExponential(1) : "not finite";
}

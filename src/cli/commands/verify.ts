import { compile } from "../../compile.ts";
import { didYouMean } from "../../diagnostics/index.ts";
import { type Check, type Judge, judges, verifyModule } from "../../verify/index.ts";
import { UsageError } from "../arguments.ts";
import type { Command } from "../command.ts";
import { compileOptions, readCompileOptions } from "../compile-options.ts";
import { networkFiles, readSource } from "../files.ts";
import { type Colors, colorsFor } from "../io.ts";
import { forEachReporting, reportDiagnostics } from "../report.ts";

/** One network's rows of the report. */
interface NetworkChecks {
  readonly file: string;
  readonly checks: readonly Check[];
}

export const verify: Command = {
  name: "verify",
  words: "<files…>",
  summary: "compare the generated code with independent ways to differentiate",
  description: [
    "Runs the generated code on random parameters and data and compares losses,",
    "gradients, predictions and steps with judges that share none of its rules: a tape,",
    "dual numbers, finite differences, an interpreter, and TensorFlow.js on request.",
    "Exits 1 when they disagree.",
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
    const isRead = await forEachReporting(files, io, async (file) => {
      const source = await readSource(file, io);
      const { network, derived, program, code, warnings } = await compile(source, options);
      reportDiagnostics(warnings, io);
      const { checks } = await verifyModule({ network, derived, program, code, against, seed });
      networks.push({ file: source.name, checks });
    });
    const ok = isRead && networks.every(({ checks }) => checks.every((check) => check.ok));
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

/** JSON has no infinity: a check that could not be made has null for its error. */
function jsonReport(ok: boolean, networks: readonly NetworkChecks[]): string {
  return `${JSON.stringify({ ok, networks }, null, 2)}\n`;
}

function textReport({ file, checks }: NetworkChecks, colors: Colors): string {
  const head = ["against", "parameter", "max. relative error", "tolerance"];
  const rows = checks.map(({ against, parameter, maxRelativeError, tolerance }) => [
    against,
    parameter,
    formatError(maxRelativeError),
    tolerance.toExponential(0),
  ]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ");
  const lines = checks.map(({ ok, note }, index) => {
    const mark = ok ? colors.green("ok") : colors.red("WRONG");
    return `  ${line(rows[index] ?? [])}  ${mark}${note === undefined ? "" : `  ${note}`}`;
  });
  const wrong = checks.filter(({ ok }) => !ok).length;
  const result =
    wrong === 0 ? colors.green("all agree") : colors.red(`${wrong} of ${checks.length} disagree`);
  return [`${colors.bold(file)}: ${result}`, `  ${line(head)}`, ...lines, ""].join("\n");
}

function formatError(error: number): string {
  return error === 0 ? "0" : Number.isFinite(error) ? error.toExponential(1) : "not finite";
}

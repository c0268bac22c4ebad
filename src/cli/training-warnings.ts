import type { Compilation } from "../compile.ts";
import {
  formatNumber,
  type GradientReport,
  type PreparedData,
  type TrainingDivergence,
} from "../train/index.ts";
import { displayPath } from "./files.ts";
import { colorsFor, type CommandIo } from "./io.ts";
import type { Training } from "./training-report.ts";

/** Says on stderr that the loss rose where it should have fallen: the steps are too large, but not yet so large as to diverge. */
export function warnOfRise({ compilation: { program }, report }: Training, io: CommandIo): void {
  const { history } = report.outcome;
  const [first, last] = [history[0]?.loss ?? NaN, history.at(-1)?.loss ?? NaN];
  if (!(last > first)) return;
  const colors = colorsFor(io.stderr, io);
  io.stderr.write(
    `${colors.yellow(colors.bold("the loss rose"))} from ${formatNumber(first)} in the first epoch to ${formatNumber(last)} in the last.\n` +
      `${colors.cyan("hint")}: ${smallerSteps(program.optimizer)}\n`,
  );
}

function smallerSteps({ name, options }: Compilation["program"]["optimizer"]): string {
  const rate = options["learningRate"];
  if (typeof rate === "string") return `smaller learning rates than ${rate} at step t, or --standardise`;
  if (rate === undefined) return `options of ${name} that make its steps smaller, or --standardise`;
  return `a smaller learning rate than ${rate}, such as --optimizer '${name}({learningRate: ${formatNumber(rate / 10)}})', or --standardise`;
}

/** Says on stderr which gradients vanish or explode, and which units get none. */
export function warnOfGradients({ report: { gradients } }: Training, io: CommandIo): void {
  const colors = colorsFor(io.stderr, io);
  for (const { kind, message } of gradients?.warnings ?? [])
    io.stderr.write(
      `${colors.yellow(colors.bold("warning"))}: ${message}.\n${colors.cyan("hint")}: ${gradientHints[kind]}\n`,
    );
}

const gradientHints: Readonly<Record<GradientReport["warnings"][number]["kind"], string>> = {
  exploding: "make steps or initial parameters smaller, clip the gradient, or --standardise the data",
  vanishing:
    "activations that saturate pass on little: take relu or its kin, normalise layers, or start with other parameters",
  dead:
    "a unit of a relu that is off for all samples stays off: take leakyRelu, smaller steps, or another start; " +
    "a row of a table is of an id that does not occur",
};

/** Says on stderr how training diverged and what may help; nothing if it did not. */
export function reportDivergence(
  { compilation: { program }, data, report }: Training,
  save: string | undefined,
  io: CommandIo,
): void {
  const { divergence } = report.outcome;
  if (divergence === undefined) return;
  const { step, epoch, first } = divergence;
  const colors = colorsFor(io.stderr, io);
  const hint = first?.isFromStart === true ? soundStart(first.what) : smallerSteps(program.optimizer);
  io.stderr.write(
    `${colors.red(colors.bold("training diverged"))} at step ${step}, in epoch ${epoch}: ${divergenceText(divergence, data)}.\n` +
      (save === undefined ? "" : `${displayPath(save, io)} was not written.\n`) +
      `${colors.cyan("hint")}: ${hint}\n`,
  );
}

/** `the loss of sample 3 of 20 (log.csv:4) was -Infinity` */
function divergenceText({ loss, first }: TrainingDivergence, { samples, placeOf }: PreparedData): string {
  if (first === undefined) return `the loss was ${formatNumber(loss)}`;
  const { what, name = "", sample, value } = first;
  if (what === "parameter") return `${name} became ${value}`;
  if (what === "gradient")
    return `the loss was ${formatNumber(loss)}, but its derivative by ${name} was ${value}`;
  if (sample === undefined) return `the loss was ${value}`;
  const place = placeOf === undefined ? "" : ` (${placeOf(sample)})`;
  return `the loss of sample ${sample + 1} of ${samples}${place} was ${value}`;
}

/** Where no step has led there. */
function soundStart(what: "loss" | "gradient" | "parameter"): string {
  const cause =
    what === "loss"
      ? "for values that the loss cannot take, such as 0 in a logarithm"
      : "for values where a derivative has no end, such as 0 in a square root";
  return (
    "it was so with sound parameters, too, so it is not the learning rate: look in the data " +
    `${cause}, or change where the parameters start`
  );
}

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

/** Says on stderr which gradients vanish or explode, and which units get none: of each kind at once, as one hint is for all. */
export function warnOfGradients({ report: { gradients } }: Training, io: CommandIo): void {
  const colors = colorsFor(io.stderr, io);
  for (const [kind, { several, hint }] of Object.entries(gradientFaults)) {
    const messages = (gradients?.warnings ?? []).filter((each) => each.kind === kind);
    const lines = messages.map(({ message }) =>
      messages.length === 1 ? ` ${message}.\n` : `  ${message}\n`,
    );
    if (lines.length === 0) continue;
    const title = lines.length === 1 ? "" : ` ${lines.length} ${several}:\n`;
    io.stderr.write(
      `${colors.yellow(colors.bold("warning"))}:${title}${lines.join("")}${colors.cyan("hint")}: ${hint}\n`,
    );
  }
}

interface GradientFault {
  readonly several: string;
  readonly hint: string;
}

const gradientFaults: Readonly<Record<GradientReport["warnings"][number]["kind"], GradientFault>> = {
  exploding: {
    several: "gradients explode",
    hint: "make steps or initial parameters smaller, clip the gradient, or --standardise the data",
  },
  vanishing: {
    several: "gradients vanish",
    hint: "activations that saturate pass on little: take relu or its kin, normalise layers, or start with other parameters",
  },
  dead: {
    several: "gradients are zero, or have rows that are",
    hint:
      "a unit of a relu that is off for all samples stays off: take leakyRelu, smaller steps, or another start; " +
      "a row of a table is of an id that does not occur",
  },
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

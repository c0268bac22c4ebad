import type { Compilation } from "../compile.ts";
import { sayOptimizer } from "../inspect/index.ts";
import {
  type ArrayReport,
  type ColumnReport,
  countOf,
  describePreparation,
  formatMetric,
  formatNumber,
  type GradientReport,
  type PreparedData,
  sayPredicted,
  type SessionReport,
  type TextReport,
  type TrainingOutcome,
} from "../train/index.ts";

/** What `nabla train` did, and what came of it. */
export interface Training {
  /** The network file. */
  readonly name: string;
  readonly compilation: Compilation;
  readonly data: PreparedData;
  readonly report: SessionReport;
}

const endings: Readonly<Record<SessionReport["outcome"]["stopped"], string>> = {
  finished: "all epochs done",
  patience: "stopped: no progress",
  aborted: "stopped by the user",
  diverged: "diverged",
};

const origins: Readonly<Record<ColumnReport["by"], string>> = {
  names: "by name",
  position: "by position: no column has a name of the network's",
  option: "as --columns says",
};

type Row = readonly [label: string, text: string | undefined];

/** For people, a line a fact. */
export function textReport({ name, compilation: { program, target }, data, report }: Training): string {
  const { outcome, trainingMetric, heldOutMetric, gradients } = report;
  const given = progressGiven(outcome);
  const parameters = program.parameters.reduce((sum, { length }) => sum + length, 0);
  const epochs = countOf(outcome.history.length, "epoch");
  const rows: readonly Row[] = [
    ["network", `${name}, ${countOf(parameters, "parameter")}, ${sayOptimizer(program.optimizer)}`],
    ["target", target.reason === "by default" ? undefined : `${target.name}, ${target.reason}`],
    ...dataRows(data),
    ["training", `${epochs}, ${countOf(outcome.steps, "step")}, ${endings[outcome.stopped]}`],
    ["parameters", outcome.epoch === outcome.history.length ? undefined : parametersText(outcome)],
    ["loss", given && formatNumber(given.loss)],
    ["held-out loss", given?.validationLoss === undefined ? undefined : formatNumber(given.validationLoss)],
    ["on training data", trainingMetric && formatMetric(trainingMetric)],
    ["on held-out data", heldOutMetric && formatMetric(heldOutMetric)],
    ["measured", trainingMetric === undefined ? unmeasured(program) : undefined],
    ...gradientRows(gradients),
  ];
  const width = Math.max(18, ...gradientRows(gradients).map(([label]) => label.length + 2));
  return rows
    .map(([label, text]) => (text === undefined ? "" : `${`${label}:`.padEnd(width)}${text}\n`))
    .join("");
}

/** Why there is no metric. */
function unmeasured({ output, targets }: Compilation["program"]): string {
  const [target] = targets;
  if (output === undefined) return "only the loss: nothing is predicted";
  const found = `only the loss: what is predicted is ${sayPredicted(output)}`;
  if (target === undefined) return `${found}, and there is no target`;
  if (targets.length > 1) return `${found}, and there are several targets`;
  return `${found}, the target is ${sayPredicted(target)}; write prediction = … for another`;
}

/** The epoch whose parameters were kept: the last, unless an earlier one was better or training diverged. */
function progressGiven({ history, epoch }: TrainingOutcome): TrainingOutcome["history"][number] | undefined {
  return history.find((each) => each.epoch === epoch);
}

function parametersText({ epoch, stopped }: TrainingOutcome): string {
  if (epoch === 0) return "as they were before training";
  return `of epoch ${epoch}, the ${stopped === "diverged" ? "last that was sound" : "best"}`;
}

/** Norms by parameter, in the last epoch. */
function gradientRows(gradients: GradientReport | undefined): readonly Row[] {
  if (gradients === undefined) return [];
  return [
    ["gradients", "norm, and relative to the parameter's, in the last epoch"],
    ...gradients.parameters.map(({ name, norm, relative }): Row => [
      `  ${name}`,
      `${formatNumber(norm)}, ${formatNumber(relative)}`,
    ]),
  ];
}

/** What the data are, and all that was done to make them so. */
function dataRows({
  samples,
  heldOutSamples,
  incompleteRows,
  columns,
  labels,
  oneHot,
  scalings,
  text,
  arrays = [],
}: PreparedData): readonly Row[] {
  const held = heldOutSamples > 0 ? `, ${heldOutSamples} held out` : "";
  const left = incompleteRows > 0 ? `, ${countOf(incompleteRows, "incomplete row")} left out` : "";
  const classified = [...new Set([...Object.keys(labels), ...oneHot])];
  const scaled = Object.keys(scalings);
  return [
    ["data", `${countOf(samples, "sample")}${held}${left}`],
    ["columns", columns && `${columns.text} (${origins[columns.by]})`],
    ["text", text && textText(text)],
    ...arrays.map((array): Row => [array.name, arrayText(array)]),
    ["unused columns", columns && columns.unused.length > 0 ? limitedList(columns.unused) : undefined],
    ...classified.map((slot): Row => {
      const words = labels[slot]?.map((label, k) => `${k} ${label}`).join(", ") ?? "class numbers";
      return [slot, oneHot.includes(slot) ? `${words}; one-hot` : words];
    }),
    ["standardised", scaled.length > 0 ? `${scaled.join(", ")}; --json and --save tell how` : undefined],
  ];
}

/** `60000 × 28 × 28 of uint8 from images.gz, divided by 255` */
function arrayText({ file, shape, type, divisor }: ArrayReport): string {
  return `${shape.join(" × ")} of ${type} from ${file}${divisor === 1 ? "" : `, divided by ${divisor}`}`;
}

function textText({ length, stride, vocabulary }: TextReport): string {
  const characters = JSON.stringify(vocabulary.join(""));
  return `${countOf(length, "character")} a sample, one every ${stride}; ${vocabulary.length} different: ${characters}`;
}

function limitedList(names: readonly unknown[]): string {
  const most = 10;
  const shown = names.slice(0, most).join(", ");
  return names.length <= most ? shown : `${shown} and ${names.length - most} more`;
}

/** For programs. JSON has no infinity and no NaN: such a loss is null, here as everywhere that JavaScript writes JSON. */
export function jsonReport({ data, report }: Training): string {
  const { outcome, trainingMetric, heldOutMetric, gradients } = report;
  const { history, steps, epoch, stopped, divergence } = outcome;
  const given = progressGiven(outcome);
  const entries = {
    stopped,
    epochs: history.length,
    steps,
    parametersOfEpoch: epoch,
    loss: given?.loss ?? null,
    heldOutLoss: given?.validationLoss ?? null,
    history: history.map(({ epoch: number, loss, validationLoss }) => ({
      epoch: number,
      loss,
      heldOutLoss: validationLoss ?? null,
    })),
    samples: data.samples,
    heldOutSamples: data.heldOutSamples,
    incompleteRows: data.incompleteRows,
    training: trainingMetric ?? null,
    heldOut: heldOutMetric ?? null,
    columnsBy: data.columns?.by,
    ...describePreparation(data),
    gradients,
    divergence,
  };
  return `${JSON.stringify(entries, null, 2)}\n`;
}

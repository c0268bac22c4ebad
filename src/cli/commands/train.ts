import { Presets, SingleBar } from "cli-progress";
import { type Compilation, compile } from "../../compile.ts";
import {
  formatMetric,
  formatNumber,
  loadGenerated,
  prepareData,
  type PreparedData,
  type Progress,
  readTable,
  runSession,
  savedText,
  type SessionReport,
} from "../../train/index.ts";
import { UsageError } from "../arguments.ts";
import type { Command } from "../command.ts";
import { compileOptions, readCompileOptions } from "../compile-options.ts";
import { displayPath, networkFile, readSource, writeAtomically } from "../files.ts";
import { colorsFor, type CommandIo } from "../io.ts";
import { reportDiagnostics } from "../report.ts";

export const train: Command = {
  name: "train",
  words: "<file>",
  summary: "train a network on a CSV file and report how well it predicts",
  description: [
    "Columns go to the inputs and targets that have their names (x, or x1, x2, … for",
    "a vector), else by position, inputs first, else as --columns says: names from",
    "the header or numbers from 1, with .. for ranges. Words become class numbers in",
    "sorted order.",
  ],
  options: [
    { name: "data", value: "<csv>", description: "the samples, one a row; commas, semicolons or tabs" },
    { name: "columns", value: "<map>", description: "which columns feed what: 'x=length,width; t=species'" },
    { name: "standardise", description: "shift and scale measured columns to mean 0 and deviation 1" },
    { name: "drop-incomplete", description: "leave out rows that miss a value" },
    {
      name: "validation",
      value: "<part>",
      description: "part of the rows to hold out, such as 0.2; none by default",
    },
    { name: "epochs", value: "<n>", description: "passes over the data, in place of the file's" },
    {
      name: "patience",
      value: "<n>",
      description: "stop after so many epochs without progress, keep the best",
    },
    {
      name: "seed",
      value: "<n>",
      description: "of the split, the start and the order of samples; 0 by default",
    },
    { name: "save", value: "<json>", description: "where to write the trained parameters" },
    { name: "json", description: "report as JSON" },
    ...compileOptions,
  ],
  examples: [
    { command: "nabla train xor.nabla --data xor.csv", comment: "columns by name or position" },
    {
      command: "nabla train iris.nabla --data iris.csv --standardise --validation 0.2",
      comment: "hold a fifth out",
    },
    {
      command: "nabla train iris.nabla --data iris.csv --columns 'x=1..4; t=species'",
      comment: "choose columns",
    },
    {
      command: "nabla train xor.nabla --data xor.csv --seed 7 --save xor.json",
      comment: "keep the parameters",
    },
  ],
  async run(given, io) {
    const file = networkFile(given.words);
    const dataFile = given.text("data");
    if (dataFile === undefined) throw new UsageError("no data are given", "--data <csv>");
    const seed = given.integer("seed", 0) ?? 0;
    const epochs = given.integer("epochs", 1);
    const patience = given.integer("patience", 1);
    const validation = given.fraction("validation");
    const overrides = readCompileOptions(given);

    const source = await readSource(file, io);
    const table = readTable(await readSource(dataFile, io));
    const compilation = await compile(source, overrides);
    reportDiagnostics(compilation.warnings, io);
    const data = prepareData(compilation, table, {
      seed,
      validation,
      columns: given.text("columns"),
      standardise: given.has("standardise"),
      dropIncomplete: given.has("drop-incomplete"),
    });
    const generated = await loadGenerated(compilation.code);
    const bar = progressBar(epochs ?? compilation.program.epochs, io);
    const options = { seed, epochs, patience, onEpoch: bar.show };
    const report = runSession(compilation, generated, data, options);
    bar.stop();

    const save = given.text("save");
    const isSound = report.outcome.divergence === undefined;
    if (save !== undefined && isSound) {
      await writeAtomically(save, savedText(generated, report.outcome.parameters, data), io);
    }
    io.stdout.write(
      given.has("json") ? jsonReport(data, report) : textReport(source.name, compilation, data, report),
    );
    if (isSound && save !== undefined) io.stderr.write(`wrote ${displayPath(save, io)}\n`);
    if (!isSound) reportDivergence(compilation, report, save, io);
    return isSound ? 0 : 1;
  },
};

interface ProgressBar {
  readonly show: (progress: Progress) => void;
  readonly stop: () => void;
}

/** On a terminal a bar with the loss; elsewhere nothing. */
function progressBar(epochs: number, io: CommandIo): ProgressBar {
  if (io.stderr.isTTY !== true) return { show: () => undefined, stop: () => undefined };
  const format = "{bar} epoch {value} of {total}, loss {loss}";
  const bar = new SingleBar({ stream: io.stderr, format, clearOnComplete: true }, Presets.shades_grey);
  bar.start(epochs, 0, { loss: "–" });
  return {
    show: ({ epoch, loss }) => {
      bar.update(epoch, { loss: formatNumber(loss) });
    },
    stop: () => {
      bar.stop();
    },
  };
}

const endings: Readonly<Record<SessionReport["outcome"]["stopped"], string>> = {
  finished: "all epochs done",
  patience: "stopped: no progress",
  aborted: "stopped by the user",
  diverged: "diverged",
};

function textReport(
  name: string,
  { program }: Compilation,
  data: PreparedData,
  { outcome, trainingMetric, heldOutMetric }: SessionReport,
): string {
  const last = outcome.history.at(-1);
  const rows: (readonly [string, string | undefined])[] = [
    ["network", `${name}, ${parameterCount(program)} parameters, ${optimizerText(program.optimizer)}`],
    ["data", `${data.samples} samples${data.heldOutSamples > 0 ? `, ${data.heldOutSamples} held out` : ""}`],
    ...Object.entries(data.labels).map(
      ([slot, labels]) => [slot, labels.map((l, k) => `${k} ${l}`).join(", ")] as const,
    ),
    ["training", `${outcome.history.length} epochs, ${outcome.steps} steps, ${endings[outcome.stopped]}`],
    ["loss", last && formatNumber(last.loss)],
    ["held-out loss", last?.validationLoss === undefined ? undefined : formatNumber(last.validationLoss)],
    ["on training data", trainingMetric && formatMetric(trainingMetric)],
    ["on held-out data", heldOutMetric && formatMetric(heldOutMetric)],
  ];
  return rows
    .map(([label, text]) => (text === undefined ? "" : `${`${label}:`.padEnd(18)}${text}\n`))
    .join("");
}

function parameterCount(program: Compilation["program"]): number {
  return program.parameters.reduce((sum, { length }) => sum + length, 0);
}

function optimizerText({ name, options }: Compilation["program"]["optimizer"]): string {
  const list = Object.entries(options).map(([option, value]) => `${option}: ${value}`);
  return `${name}({${list.join(", ")}})`;
}

function jsonReport(data: PreparedData, { outcome, trainingMetric, heldOutMetric }: SessionReport): string {
  const { history, steps, epoch, stopped, divergence } = outcome;
  const last = history.at(-1);
  const report = {
    stopped,
    epochs: history.length,
    steps,
    parametersOfEpoch: epoch,
    loss: last?.loss ?? null,
    heldOutLoss: last?.validationLoss ?? null,
    samples: data.samples,
    heldOutSamples: data.heldOutSamples,
    training: trainingMetric ?? null,
    heldOut: heldOutMetric ?? null,
    labels: data.labels,
    ...(divergence === undefined ? {} : { divergence: { ...divergence, loss: String(divergence.loss) } }),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function reportDivergence(
  { program }: Compilation,
  { outcome: { divergence } }: SessionReport,
  save: string | undefined,
  io: CommandIo,
): void {
  if (divergence === undefined) return;
  const { step, epoch, loss } = divergence;
  const colors = colorsFor(io.stderr, io);
  const rate = program.optimizer.options["learningRate"];
  const now = rate === undefined ? "" : ` than ${rate}`;
  io.stderr.write(
    `${colors.red(colors.bold("training diverged"))} at step ${step}, in epoch ${epoch}: the loss was ${formatNumber(loss)}.\n` +
      (save === undefined ? "" : `${displayPath(save, io)} was not written.\n`) +
      `${colors.cyan("hint")}: a smaller learning rate${now}, such as --optimizer '${program.optimizer.name}({learningRate: ${formatNumber((rate ?? 0.1) / 10)}})', or --standardise\n`,
  );
}

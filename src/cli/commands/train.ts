import { Presets, SingleBar } from "cli-progress";
import { compile } from "../../compile.ts";
import {
  formatNumber,
  loadGenerated,
  metricNames,
  type Progress,
  runSession,
  savedText,
} from "../../train/index.ts";
import { checkpointFile, checkpointOptions } from "../checkpoint-file.ts";
import type { Command } from "../command.ts";
import { compileOptions, readCompileOptions } from "../compile-options.ts";
import { displayPath, networkFile, readSource, requireSpareFile, writeAtomically } from "../files.ts";
import type { CommandIo } from "../io.ts";
import { reportDiagnostics } from "../report.ts";
import { dataOptions, readDataOptions } from "../training-data.ts";
import { jsonReport, textReport } from "../training-report.ts";
import { reportDivergence, warnOfGradients, warnOfRise } from "../training-warnings.ts";

export const train: Command = {
  name: "train",
  words: "<file>",
  summary: "train a network on data files and report how well it predicts",
  description: [
    "A CSV file has a sample a row. Its columns go to the inputs and targets that have",
    "their names (x, or x1, x2, … or x_1, x_2, … for a vector), or as --columns says:",
    "names from the header or numbers from 1, with .. for ranges. If no column has a name",
    "of the network's, they go by position, inputs first. The report shows which went",
    "where.",
    "",
    "Words become class numbers in sorted order: for an integer as they are, for a",
    "vector one-hot from a single column, for a scalar 0 and 1 if there are just two",
    "words. A target that is a vector makes one-hot of a single column of class",
    "numbers (0, 1, …), too; numbers for an input stay the numbers that they are.",
    "",
    "Arrays, IDX or npy and either of them in gzip, hold a sample in each entry of their",
    "first dimension: --data x=images.npy --data t=labels.npy. A validation set is given",
    "in the same way.",
    "",
    "A text is cut into samples as long as the network's input. Its target gets the",
    "same characters moved on by one, or, where it is a scalar, the one that follows.",
  ],
  options: [
    ...dataOptions,
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
    {
      name: "save",
      value: "<json>",
      description: "where to write the parameters, with what was done to the columns; its folder must exist",
    },
    ...checkpointOptions,
    {
      name: "gradients",
      description: "watch each parameter's gradient, at the cost of a backward pass a step",
    },
    {
      name: "metric",
      value: "<name>",
      description: "accuracy, perplexity or rmse, in place of the usual one",
    },
    { name: "json", description: "report as JSON; a loss that is not a finite number is null" },
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
      command: "nabla train mnist.nabla --data x=images.gz --data t=labels.gz --divide x=255",
      comment: "IDX or npy",
    },
    {
      command: "nabla train reader.nabla --text book.txt --validation 0.1",
      comment: "learn to write on",
    },
    {
      command: "nabla train reader.nabla --text book.txt --checkpoint reader.ckpt --resume",
      comment: "go on after a break",
    },
    {
      command: "nabla train xor.nabla --data xor.csv --seed 7 --save xor.json",
      comment: "keep the parameters",
    },
  ],
  async run(given, io) {
    const file = networkFile(given.words);
    // Options are judged before a file that cannot be read: that is told below.
    const network = await readSource(file, io).catch(() => undefined);
    const request = readDataOptions(given, network);
    const seed = given.integer("seed", 0) ?? 0;
    const epochs = given.integer("epochs", 1);
    const patience = given.integer("patience", 1);
    const metric = given.oneOf("metric", metricNames);
    const overrides = readCompileOptions(given);
    const save = given.text("save");
    const read = [file, ...request.files];
    if (save !== undefined) await requireSpareFile("save", save, read, io);
    const checkpoints = await checkpointFile(given, save === undefined ? read : [...read, save], io);

    const source = network ?? (await readSource(file, io));
    const prepare = await request.read(io);
    const compilation = await compile(source, overrides);
    reportDiagnostics(compilation.warnings, io);
    const data = prepare(compilation);
    const generated = await loadGenerated(compilation.code);
    const bar = progressBar(epochs ?? compilation.program.epochs, io);
    const report = trainWith(bar, () =>
      runSession(compilation, generated, data, {
        seed,
        epochs,
        patience,
        metric,
        gradients: given.has("gradients"),
        onEpoch: bar.show,
        checkpointEvery: checkpoints?.every,
        onCheckpoint: checkpoints?.write,
        resume: checkpoints?.found,
      }),
    );

    const isSound = report.outcome.divergence === undefined;
    const training = { name: source.name, compilation, data, report };
    io.stdout.write(given.has("json") ? jsonReport(training) : textReport(training));
    warnOfGradients(training, io);
    if (!isSound) {
      reportDivergence(training, save, io);
      return 1;
    }
    warnOfRise(training, io);
    if (save !== undefined) {
      await writeAtomically(save, savedText(generated, report.outcome.parameters, data), io);
      io.stderr.write(`wrote ${displayPath(save, io)}\n`);
    }
    return 0;
  },
};

interface ProgressBar {
  readonly show: (progress: Progress) => void;
  readonly stop: () => void;
}

/** Takes the bar away however training ends, so that an error is not written over it. */
function trainWith<Report>(bar: ProgressBar, run: () => Report): Report {
  try {
    return run();
  } finally {
    bar.stop();
  }
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

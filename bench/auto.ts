/*
 * What `--target auto` predicts of a training step, beside what either target takes: the networks of bench/peers/workloads.ts, and
 * the examples that are not among them.
 */
import { readFileSync } from "node:fs";
import { compile } from "../src/compile.ts";
import { predictTypeScript, predictWasm } from "../src/predict-step.ts";
import type { DataSlot, ModuleProgram, Precision, TargetName } from "../src/program/index.ts";
import { Arena, type Contestant, type Samples } from "./contestant.ts";
import { format, table } from "./markdown.ts";
import { integers, uniform } from "./peers/data.ts";
import { workloads } from "./peers/workloads.ts";

/** A network's text, by what the table calls it. */
interface Subject {
  readonly name: string;
  readonly text: string;
}

/** Nanoseconds a step. */
type StepTimes = Readonly<Record<TargetName, number>>;

/** What is predicted of one network in one precision, and what is so. */
export interface Prediction {
  readonly name: string;
  readonly precision: Precision;
  readonly predicted: StepTimes;
  readonly measured: StepTimes;
}

const others = ["logistic-regression", "mileage", "penguins", "lenet", "lstm", "gpt"];

const subjects: readonly Subject[] = [
  ...workloads.map(({ name, network }) => ({ name, text: network() })),
  ...others.map((name) => ({
    name: `examples/${name}`,
    text: readFileSync(new URL(`../examples/${name}.nabla`, import.meta.url), "utf8"),
  })),
];

/** Measures all networks in both precisions. */
export async function measurePredictions(chosen = subjects): Promise<readonly Prediction[]> {
  const arena = new Arena();
  try {
    const predictions: Prediction[] = [];
    for (const subject of chosen) {
      process.stderr.write(`${subject.name}, predicted and measured …\n`);
      for (const precision of ["f64", "f32"] as const)
        predictions.push(await measureOne(subject, precision, arena));
    }
    return predictions;
  } finally {
    arena.close();
  }
}

async function measureOne({ name, text }: Subject, precision: Precision, arena: Arena): Promise<Prediction> {
  const source = { name: `${name}.nabla`, text };
  const enter = async (
    target: TargetName,
  ): Promise<{ readonly run: Run; readonly program: ModuleProgram }> => {
    const { code, program } = await compile(source, { precision, target });
    const slots = [...program.inputs, ...program.targets];
    const file = `${name.replace("/", "-")}-${precision}-${target}`;
    const contestant = await arena.enter(file, code, slots.length);
    return { run: runOf(contestant, slots, precision, program.batchSize), program };
  };
  const [plain, kernel] = [await enter("typescript"), await enter("wasm")];
  const [typescript = NaN, wasm = NaN] = fastest([plain.run, kernel.run]);
  return {
    name,
    precision,
    predicted: { typescript: predictTypeScript(plain.program), wasm: predictWasm(kernel.program) },
    measured: { typescript, wasm },
  };
}

/** Takes so many steps from the start. */
type Run = (steps: number) => void;

/** Numbers that no step minds: between 0 and 1, or any class. */
function runOf(
  { run, initialParameters, initialState, views }: Contestant,
  slots: readonly DataSlot[],
  precision: Precision,
  batch: number,
): Run {
  const Reals = precision === "f32" ? Float32Array : Float64Array;
  const data = slots.map(({ name, shape, element, categories = 2 }, stream): Samples => {
    const length = shape.reduce((product, extent) => product * extent, batch);
    const values =
      element === "integer"
        ? integers(stream, length, categories)
        : Reals.from(uniform(stream, length, 0, 1));
    const view = views?.data[name];
    view?.set(values);
    return view ?? values;
  });
  const [start, first] = [initialParameters?.(1) ?? new Reals(0), initialState()];
  const [parameters, state] = [views?.parameters ?? start.slice(), views?.state ?? first.slice()];
  return (steps) => {
    parameters.set(start);
    state.set(first);
    run(steps, parameters, state, data, batch);
  };
}

/** Then everything is put back: training one batch for ever ends in vanishing gradients. */
const mostSteps = 200;
/** Many short ones: some are undisturbed, whatever else the machine does. */
const repetitions = 100;
const milliseconds = 3;

/** Nanoseconds a step: the best of interleaved repetitions. */
function fastest(runs: readonly Run[]): readonly number[] {
  const best = runs.map(() => Infinity);
  for (let repetition = -3; repetition < repetitions; repetition++) {
    for (const [k, run] of runs.entries()) {
      const time = timeOf(run);
      if (repetition >= 0) best[k] = Math.min(best[k] ?? Infinity, time);
    }
  }
  return best;
}

function timeOf(run: Run): number {
  let [steps, spent, more] = [0, 0, 1];
  while (spent < milliseconds) {
    const start = performance.now();
    run(more);
    spent += performance.now() - start;
    steps += more;
    more = Math.min(2 * more, mostSteps);
  }
  return (1e6 * spent) / steps;
}

/** Where the targets differ by less, either will do. */
const noMatter = 1.2;

/** The part of the report that is on the choice of the target. */
export function predictionsReport(predictions: readonly Prediction[]): string {
  const rows = predictions.map(({ name, precision, predicted, measured }) => {
    const times = (["typescript", "wasm"] as const).flatMap((target) => [
      format(measured[target] / 1000),
      format(predicted[target] / 1000),
    ]);
    const [ratio, saidRatio] = [measured.typescript / measured.wasm, predicted.typescript / predicted.wasm];
    const isRight = Math.max(ratio, 1 / ratio) < noMatter || ratio > 1 === saidRatio > 1;
    const choice = saidRatio > 1 ? "wasm" : "typescript";
    return [
      `${name}, ${precision}`,
      ...times,
      format(ratio),
      format(saidRatio),
      isRight ? choice : `**${choice}**`,
    ];
  });
  return `## What \`--target auto\` predicts

µs of a training step by the counts of its operations (src/predict-step.ts), beside the best of ${repetitions} interleaved repetitions, in one process;
then how many times faster WebAssembly is, and what is chosen: **marked** where the other one is faster by ${noMatter} or more.

${table(
  ["", "TypeScript", "predicted", "wasm", "predicted", "wasm is faster", "predicted", "choice"],
  rows,
)}`;
}

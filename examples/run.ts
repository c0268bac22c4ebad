/*
 * `npm start`: generates the training code of every example, verifies it, trains on real data and says what happened.
 * `npm start -- iris` does so for one. Of those that take minutes, `npm start` trains on a part of the data, and
 * `npm run examples` on all.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pc from "picocolors";
import { main } from "../src/cli/cli.ts";
import { type Compilation, compile } from "../src/compile.ts";
import {
  formatMetric,
  formatNumber,
  type GeneratedModule,
  loadGenerated,
  type Metric,
  type PreparedData,
  runSession,
  type SessionReport,
} from "../src/train/index.ts";
import { judges, verifyModule } from "../src/verify/index.ts";
import { type Example, examples, firstSamples, type Goal } from "./examples.ts";
import { formatSplits, mean, reaches, scoreOf } from "./held-out.ts";

const root = new URL("../", import.meta.url);
/** Whether to train all examples on all of their data. */
const isFull = process.argv.includes("--full");
const ownJudges = judges.filter((judge) => judge !== "tfjs");

async function runExample(example: Example): Promise<boolean> {
  const file = `examples/${example.name}.nabla`;
  const compilation = await compile({ name: file, text: read(file) });
  const { program, costs } = compilation;
  const parameters = program.parameters.reduce((sum, { length }) => sum + length, 0);
  const { schedule } = program.programs.trainStep;
  heading(example.name, `${parameters} parameters, ${program.optimizer.name}, ${schedule} step`);

  const code = read(`generated/${example.name}.ts`); // what is verified and trained is the file itself
  line("generated", `generated/${example.name}.ts, ${Math.ceil(code.length / 1024)} KB`);
  line("cost", `loss and gradients take ${costs.ratio.toFixed(1)} times the operations of the loss alone`);
  const judged = example.small && (await compile({ name: file, text: example.small(read(file)) }));
  if (judged !== undefined) line("verified", "the same network with smaller shapes");
  const { ok, checks } = await verifyModule({ ...(judged ?? { ...compilation, code }), against: ownJudges });
  for (const { against, parameter, maxRelativeError } of checks.filter((check) => !check.ok)) {
    line("WRONG", `${parameter} differs from ${against} by ${formatNumber(maxRelativeError)}`);
  }
  for (const judge of ownJudges) {
    const errors = checks
      .filter(({ against, skipped }) => against === judge && skipped !== true)
      .map((check) => check.maxRelativeError);
    line(`vs ${judge}`, `largest relative error ${Math.max(...errors).toExponential(1)}`);
  }

  const generated = await loadGenerated(code);
  const [seed = 0, ...otherSeeds] = example.seeds;
  const { goal, samples } = isFull ? { goal: example.goal, samples: undefined } : shortened(example);
  const whole = example.data(compilation, seed);
  const data = samples === undefined ? whole : firstSamples(whole, samples);
  if (samples !== undefined)
    line("shortened", `on ${samples} of ${whole.samples} samples; npm run examples trains on all`);
  const started = performance.now();
  const report = runSession(compilation, generated, data, { seed, onTraining: example.short === undefined });
  const seconds = (performance.now() - started) / 1000;
  const { outcome, trainingMetric, heldOutMetric } = report;
  const epochs = outcome.history.length;
  const perStep = microsecondsAStep(generated, data, outcome.parameters, program.batchSize);
  line(
    "trained",
    `${epochs === 1 ? "1 epoch" : `${epochs} epochs`} on ${data.samples} samples, ${outcome.steps} steps, ${seconds.toFixed(1)} s, ${formatNumber(perStep)} µs a step`,
  );
  const last = outcome.history.at(-1);
  if (last !== undefined) line("loss", formatNumber(last.loss));
  if (parameters <= 4) line("parameters", parameterText(compilation, outcome.parameters));
  if (trainingMetric !== undefined) line("training", formatMetric(trainingMetric));
  if (heldOutMetric !== undefined) line("held out", formatMetric(heldOutMetric));
  const others = otherSeeds.map((each) =>
    runSession(compilation, generated, example.data(compilation, each), { seed: each }),
  );
  const metrics = [report, ...others]
    .map((each) => goalMetric(goal, each))
    .filter((each) => each !== undefined);
  if (metrics.length > 1) line("on average", formatSplits(metrics));
  if (example.name === "linear-regression") await showDivergence(file, example, seed);
  const written = example.show?.(generated, outcome.parameters, data);
  if (written !== undefined) process.stdout.write(`\n${written.replaceAll(/^/gm, "    ")}\n\n`);
  const reached = reaches(goal, mean(metrics.map(scoreOf)));
  if (!reached) line("MISSED", `the goal is ${goal.least ?? goal.most ?? ""}`);
  return ok && reached;
}

/** The largest step that one would try first diverges, and training says so instead of going on with NaN. */
async function showDivergence(file: string, example: Example, seed: number): Promise<void> {
  const compilation = await compile(
    { name: file, text: read(file) },
    { optimizer: "sgd({learningRate: 0.1})" },
  );
  const { outcome } = runSession(
    compilation,
    await loadGenerated(compilation.code),
    example.data(compilation, seed),
  );
  const { divergence } = outcome;
  const text =
    divergence === undefined
      ? "did not diverge"
      : `diverges: noticed at step ${divergence.step}, loss ${formatNumber(divergence.loss)}`;
  line("rate 0.1", text);
}

/** What `npm start` trains. */
function shortened({
  goal,
  short,
}: Example): NonNullable<Example["short"]> | { goal: Goal; samples: undefined } {
  return short ?? { goal, samples: undefined };
}

function goalMetric(goal: Goal, report: SessionReport): Metric | undefined {
  return goal.on === "heldOut" ? report.heldOutMetric : report.trainingMetric;
}

function parameterText({ program }: Compilation, values: Float64Array): string {
  return program.parameters
    .map(({ name, offset }) => `${name} = ${formatNumber(values[offset] ?? NaN)}`)
    .join(", ");
}

/** Until nothing has become faster for so long, in milliseconds. */
const patience = 700;
/** Milliseconds that a clock can tell, of as many steps as take so long. */
const atOnce = 4;

/** Of full batches, on a copy of the parameters: the best, once nothing becomes faster. */
function microsecondsAStep(
  generated: GeneratedModule,
  data: PreparedData,
  parameters: Float64Array,
  batchSize: number,
): number {
  const count = Math.min(batchSize, data.samples);
  const batch = data.training.map(({ values }) => values.subarray(0, (values.length / data.samples) * count));
  const copy = parameters.slice();
  const state = generated.initialState();
  let best = Infinity;
  // V8 takes a while to optimise a long function, and longer where the machine is busy: until then a step takes twenty times as long.
  let until = performance.now() + patience;
  for (let steps = 1, now = performance.now(); now < until;) {
    const started = now;
    for (let k = 0; k < steps; k++) generated.trainStep(copy, state, ...batch);
    now = performance.now();
    const time = (now - started) / steps;
    if (time < 0.9 * best) until = now + patience;
    best = Math.min(best, time);
    steps = Math.max(1, Math.min(2 * steps, Math.round(atOnce / time)));
  }
  return best * 1000;
}

function read(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

function heading(name: string, text: string): void {
  process.stdout.write(`\n${pc.bold(name)} ${pc.dim(`(${text})`)}\n`);
}

function line(label: string, text: string): void {
  process.stdout.write(`  ${pc.cyan(label.padEnd(21))}${text}\n`);
}

const wanted = process.argv.slice(2).filter((argument) => argument !== "--full");
const chosen = examples.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
const files = chosen.map(({ name }) => `examples/${name}.nabla`);
process.chdir(fileURLToPath(root));
const exitCode = await main(["generate", ...files, "--out", "generated"], {
  stdout: process.stdout,
  stderr: process.stderr,
  cwd: process.cwd(),
  env: process.env,
});
let isFine = exitCode === 0;
for (const example of isFine ? chosen : []) {
  const reached = await runExample(example);
  isFine &&= reached;
}
process.stdout.write(
  isFine ? "\nAll examples verified and trained.\n" : "\nNot everything is as it should be.\n",
);
process.exitCode = isFine ? 0 : 1;

/*
 * The generated step beside one written by hand, both in one process, in double precision, on the examples' own data; with how long
 * compiling takes, and how large the modules are.
 */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type Compilation, compile } from "../src/compile.ts";
import { derive } from "../src/derive.ts";
import { readNetwork } from "../src/language/index.ts";
import type { BlocksResult } from "./blocks.ts";
import type { Case } from "./cases.ts";
import { Arena, javascriptOf } from "./contestant.ts";
import { bytes, format, table } from "./markdown.ts";
import { greatestDifference, median, race } from "./race.ts";

/** What a case measured. */
export interface StepResult {
  readonly case: Case;
  /** µs a step. */
  readonly generated: number;
  readonly handwritten: number;
  readonly others: readonly { readonly what: string; readonly time: number }[];
  readonly difference: number;
  readonly compilation: Compilation;
  readonly compiling: Durations;
}

/** Milliseconds. */
interface Durations {
  readonly read: number;
  readonly derive: number;
  readonly total: number;
}

/** Differences of rounding only: the contestants add in different orders. */
const tolerance = 1e-9;

/** Runs the cases, one after the other. */
export async function runCases(chosen: readonly Case[]): Promise<readonly StepResult[]> {
  const arena = new Arena();
  try {
    const results: StepResult[] = [];
    for (const each of chosen) {
      process.stderr.write(`${each.title}, beside what is written by hand …\n`);
      results.push(await runCase(each, arena));
    }
    return results;
  } finally {
    arena.close();
  }
}

async function runCase(each: Case, arena: Arena): Promise<StepResult> {
  const name = `examples/${each.network}.nabla`;
  const source = { name, text: read(`../${name}`) };
  const { compilation, compiling } = await timeCompiling(source);
  const data = each.data(compilation);
  const generated = await arena.enter(`generated-${each.network}`, compilation.code, data.length);
  const others = each.others ?? [];
  const byHand = await Promise.all(
    [each.handwritten, ...others.map(({ file }) => file)].map((file) =>
      arena.enter(file, read(`handwritten/${file}.ts`), data.length),
    ),
  );
  const parameters = generated.initialParameters?.(1) ?? new Float64Array(0);
  const start = { parameters, data, batch: each.batch, stepsFromStart: each.stepsFromStart };
  const contestants = [generated, ...byHand];
  const difference = greatestDifference(contestants, start);
  if (!(difference < tolerance)) throw new Error(`${each.title}: the steps differ by ${difference}`);
  const [first = NaN, second = NaN, ...rest] = race(contestants, start);
  return {
    case: each,
    generated: first,
    handwritten: second,
    others: others.map(({ what }, k) => ({ what, time: rest[k] ?? NaN })),
    difference,
    compilation,
    compiling,
  };
}

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}

/** The first compilation of a process pays for compiling the compiler; the medians are of those after it. */
async function timeCompiling(source: {
  readonly name: string;
  readonly text: string;
}): Promise<{ readonly compilation: Compilation; readonly compiling: Durations }> {
  const compilation = await compile(source);
  const durations: Durations[] = [];
  for (let repetition = 0; repetition < 5; repetition++) {
    const begin = performance.now();
    const network = readNetwork(source);
    const wasRead = performance.now();
    derive(network);
    const derived = performance.now();
    await compile(source);
    const compiled = performance.now();
    durations.push({ read: wasRead - begin, derive: derived - wasRead, total: compiled - derived });
  }
  const medianOf = (part: keyof Durations): number => median(durations.map((each) => each[part]));
  return {
    compilation,
    compiling: { read: medianOf("read"), derive: medianOf("derive"), total: medianOf("total") },
  };
}

/** The part of the report that is on compiling repeated blocks. */
export function blocksReport(blocks: readonly BlocksResult[]): string {
  return `Blocks of a Transformer, 64 places of width 64, with four heads; each has parameters and code of its own.

${table(
  ["blocks", "everything, ms", "ms a block", "lines of the module"],
  blocks.map(({ blocks, time, lines }) => [
    String(blocks),
    time.toFixed(0),
    (time / blocks).toFixed(0),
    String(lines),
  ]),
)}`;
}

/** The part of the report that is on the generated step beside one written by hand. */
export function stepsReport(results: readonly StepResult[]): string {
  return `## Beside what is written by hand

Medians of 21 interleaved repetitions in one process, in f64; the same initial parameters and data for both, whose losses and updated
parameters agree to ${tolerance}.

${table(
  ["step", "generated, µs", "by hand, µs", "times faster", "bar", "schedule"],
  results.map((each) => [
    each.case.title,
    format(each.generated),
    format(each.handwritten),
    (each.handwritten / each.generated).toFixed(2),
    each.case.bar.toFixed(0),
    each.compilation.program.programs.trainStep.schedule,
  ]),
)}

By hand means the files in \`bench/handwritten/\`: typed arrays, constant sizes, nothing allocated, the same arithmetic
but for its order; for MNIST, products blocked in registers.

${table(
  ["for reference", "µs", "generated is times faster"],
  results.flatMap(({ others, generated }) =>
    others.map(({ what, time }) => [what, format(time), (time / generated).toFixed(2)]),
  ),
)}

## Compiling

Milliseconds, warm. Deriving is stabilising, differentiating, simplifying and building the optimizer's updates.

${table(
  ["network", "reading", "deriving", "everything"],
  results.map(({ case: { network }, compiling }) => [
    network,
    compiling.read.toFixed(1),
    compiling.derive.toFixed(1),
    compiling.total.toFixed(0),
  ]),
)}`;
}

/** The part of the report that is on how large modules are. */
export function sizesReport(results: readonly StepResult[]): string {
  return `## Size of the modules

Bytes. A module holds everything: the four functions, initialisation, the training loop, saving and loading.

${table(
  ["network", "TypeScript", "JavaScript without comments", "the same, gzipped"],
  results.map(({ case: { network }, compilation: { code } }) => {
    const javascript = javascriptOf(code);
    return [network, bytes(code), bytes(javascript), String(gzipSync(javascript).length)];
  }),
)}`;
}

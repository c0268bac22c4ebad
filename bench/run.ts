/*
 * `npm run bench`: how fast the generated training step is beside one written by hand, how long compiling takes, and how
 * large the modules are. Prints the tables and writes them to bench/RESULTS.md. `npm run bench -- xor` runs one case,
 * `npm run bench -- blocks` only what times the compiling of repeated blocks, and these write nothing.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { gzipSync } from "node:zlib";
import { type Compilation, compile, derive } from "../src/compile.ts";
import { readNetwork } from "../src/language/index.ts";
import { type BlocksResult, timeBlocks } from "./blocks.ts";
import { type Case, cases } from "./cases.ts";
import { Arena, javascriptOf } from "./contestant.ts";
import { greatestDifference, median, race } from "./race.ts";

interface Result {
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

async function runCase(each: Case, arena: Arena): Promise<Result> {
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

function blocksReport(blocks: readonly BlocksResult[]): string {
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

function report(results: readonly Result[], blocks: readonly BlocksResult[]): string {
  const [cpu] = cpus();
  return `# Measured

Written by \`npm run bench\` on ${cpu?.model.trim() ?? "an unknown processor"} (${cpus().length} threads visible, one used),
Node ${process.versions.node}. Medians of 21 interleaved repetitions; the same initial parameters and data for all,
whose losses and updated parameters agree to ${tolerance}. Take differences below 1.1 as noise.

## One training step

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
)}

${blocksReport(blocks)}

## Size of the modules

Bytes. A module holds everything: the four functions, initialisation, the training loop, saving and loading.

${table(
  ["network", "TypeScript", "JavaScript without comments", "the same, gzipped"],
  results.map(({ case: { network }, compilation: { code } }) => {
    const javascript = javascriptOf(code);
    return [network, bytes(code), bytes(javascript), String(gzipSync(javascript).length)];
  }),
)}
`;
}

function bytes(text: string): string {
  return String(Buffer.byteLength(text));
}

/** Three significant digits. */
function format(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string => {
    const padded = cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, column) =>
    column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [line(header), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}

const wanted = process.argv.slice(2);
const chosen = cases.filter(({ network }) => wanted.length === 0 || wanted.includes(network));
const arena = new Arena();
try {
  const results: Result[] = [];
  for (const each of chosen) {
    process.stderr.write(`${each.title} …\n`);
    results.push(await runCase(each, arena));
  }
  const withBlocks = wanted.length === 0 || wanted.includes("blocks");
  if (withBlocks) process.stderr.write("blocks of a Transformer …\n");
  const blocks = withBlocks ? await timeBlocks([2, 4, 8, 16]) : [];
  const isWhole = chosen.length === cases.length;
  const text = isWhole || !withBlocks ? report(results, blocks) : `${blocksReport(blocks)}\n`;
  process.stdout.write(text);
  if (isWhole) writeFileSync(new URL("RESULTS.md", import.meta.url), text);
} finally {
  arena.close();
}

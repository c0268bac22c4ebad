import { compile } from "../src/compile.ts";
import { emitKernel } from "../src/emit/wasm/kernel.ts";
import type { Precision } from "../src/program/index.ts";
import { Instance, Memory, Module } from "../test/support/webassembly.ts";
import { table } from "./markdown.ts";
import { measurePeak } from "./peak.ts";

/** A product of square matrices as a network's prediction: x is a sample, w a parameter. */
interface Product {
  readonly title: string;
  readonly formula: string;
  /** x[i, k] and w[k, j], as they lie in rows of `size`. */
  readonly x: (i: number, k: number, size: number) => number;
  readonly w: (k: number, j: number, size: number) => number;
}

const across = (row: number, column: number, size: number): number => size * row + column;
const down = (row: number, column: number, size: number): number => size * column + row;

/** Those of a dense layer: its input's gradient, its weights' gradient, and the layer itself. */
const products: readonly Product[] = [
  { title: "A·B", formula: "x * w", x: across, w: across },
  { title: "Aᵀ·B", formula: "x' * w", x: down, w: across },
  { title: "A·Bᵀ", formula: "x * w'", x: across, w: down },
];

const sizes: Readonly<Record<Precision, readonly number[]>> = {
  f32: [64, 128, 256, 512, 1024],
  f64: [64, 256, 512],
};

/** From this size on, so much of the peak is asked for. */
const bar = { size: 128, share: 0.8 };

/** What was measured in one precision, in operations a second. */
export interface GemmResult {
  readonly precision: Precision;
  readonly peak: number;
  readonly speeds: readonly { readonly size: number; readonly of: readonly number[] }[];
}

/** Each product at each size, and the peak beside each: the highest counts, as processors do not always run at one speed. */
export async function measureGemm(): Promise<readonly GemmResult[]> {
  const results: GemmResult[] = [];
  for (const precision of ["f32", "f64"] as const) {
    let peak = measurePeak(precision);
    const speeds: { readonly size: number; readonly of: readonly number[] }[] = [];
    for (const size of sizes[precision]) {
      const runs: (() => void)[] = [];
      for (const product of products) runs.push(await kernelOf(product, size, precision));
      speeds.push({ size, of: fastest(runs, 2 * size ** 3) });
      peak = Math.max(peak, measurePeak(precision));
    }
    results.push({ precision, peak, speeds });
  }
  return results;
}

/** The best of interleaved repetitions, in operations a second. */
function fastest(runs: readonly (() => void)[], operations: number): readonly number[] {
  const turns = Math.max(1, Math.ceil(2e7 / operations));
  const repetitions = Math.max(8, Math.min(60, Math.ceil(4e9 / (turns * operations))));
  const best = runs.map(() => Infinity);
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const [k, run] of runs.entries()) {
      const start = performance.now();
      for (let turn = 0; turn < turns; turn++) run();
      best[k] = Math.min(best[k] ?? Infinity, (performance.now() - start) / turns);
    }
  }
  return best.map((time) => (1000 * operations) / time);
}

/** The kernel's prediction for one sample, once it has been held against the product computed here. */
async function kernelOf(product: Product, size: number, precision: Precision): Promise<() => void> {
  const text = `x = input([${size}, ${size}])
w = parameter([${size}, ${size}])
y = ${product.formula}
loss = sum(y .^ 2)
training = {optimizer: sgd({learningRate: 0.1}), epochs: 1, batchSize: 1}`;
  const { program } = await compile(
    { name: "product.nabla", text },
    { precision, target: "wasm", prediction: "y" },
  );
  const { bytes, memory: plan } = emitKernel(program);
  const memory = new Memory({ initial: plan.pages, maximum: plan.pages });
  const view = (
    region: { readonly offset: number; readonly length: number } | undefined,
  ): Float32Array | Float64Array => {
    if (region === undefined) throw new RangeError("a product has an input, a parameter and an output");
    const { offset, length } = region;
    return precision === "f32"
      ? new Float32Array(memory.buffer, offset, length)
      : new Float64Array(memory.buffer, offset, length);
  };
  const [x, w, y] = [plan.data.get("x"), plan.parameters, plan.output].map(view);
  if (x === undefined || w === undefined || y === undefined) throw new RangeError("there are three matrices");
  // Small whole numbers, whose products are exact in both precisions.
  for (const k of x.keys()) x[k] = ((7 * k) % 11) - 5;
  for (const k of w.keys()) w[k] = ((5 * k) % 13) - 6;
  const { predict } = new Instance(new Module(bytes), { env: { memory } }).exports;
  const run = predict as (count: number, step: number, seed: number) => void; // as every kernel exports it
  run(1, 1, 1);
  for (let i = 0; i < size; i += 13) {
    for (let j = 0; j < size; j += 7) {
      let sum = 0;
      for (let k = 0; k < size; k++)
        sum += (x[product.x(i, k, size)] ?? NaN) * (w[product.w(k, j, size)] ?? NaN);
      if (y[size * i + j] !== sum) throw new Error(`${product.title} of ${size} is wrong in ${precision}`);
    }
  }
  return () => {
    run(1, 1, 1);
  };
}

/** The part of the report that is on products of matrices. */
export function gemmReport(results: readonly GemmResult[]): string {
  const peaks = results.map(({ precision, peak }) => `${giga(peak)} in ${precision}`).join(" and ");
  const rows = results.flatMap(({ precision, peak, speeds }) =>
    speeds.map(({ size, of }) => {
      const least = Math.min(...of) / peak;
      const holds = least >= bar.share ? "held" : "**missed**";
      return [
        `${precision}, ${size}³`,
        ...of.map((speed) => `${giga(speed)} (${percent(speed / peak)})`),
        size < bar.size ? "–" : holds,
      ];
    }),
  );
  return `## Products of matrices

GFLOP/s of products of square matrices, and the share of this machine's 128-bit peak: ${peaks}, which a loop of
multiplications and additions in registers reaches in the same run (bench/peak.ts; vectors of WebAssembly have no fused
multiply-add). Timed is one call of \`predict\` of a kernel whose network is \`y = x * w\`, \`x' * w\` or \`x * w'\` on one sample: all of
the product, with the packing of what it packs. The best of interleaved repetitions. Asked is ${percent(bar.share)} from ${bar.size}³ up, of the
slowest of the three.

${table(["", ...products.map(({ title }) => title), `${percent(bar.share)} of the peak`], rows)}`;
}

function giga(operations: number): string {
  return (operations / 1e9).toFixed(1);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

import { compile } from "../src/compile.ts";
import { emitKernel } from "../src/emit/wasm/kernel.ts";
import type { Precision } from "../src/program/index.ts";
import { Instance, Memory, Module } from "../test/support/webassembly.ts";
import { table } from "./markdown.ts";
import { peakLoops } from "./peak.ts";

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

/** What was measured at one size, in operations a second. */
export interface GemmResult {
  readonly precision: Precision;
  readonly size: number;
  /** In the same repetitions, as processors do not always run at one speed. */
  readonly peak: number;
  readonly speeds: readonly number[];
}

/** A call to time, and the operations that it does. */
interface Timed {
  readonly run: () => void;
  readonly operations: number;
}

/** Each product at each size, and the peak among them. */
export async function measureGemm(): Promise<readonly GemmResult[]> {
  const results: GemmResult[] = [];
  for (const precision of ["f32", "f64"] as const) {
    const { runs, operations } = peakLoops(precision);
    const ceilings = runs.map((run): Timed => ({ run, operations }));
    for (const size of sizes[precision]) {
      const timed: Timed[] = [];
      for (const product of products)
        timed.push({ run: await kernelOf(product, size, precision), operations: 2 * size ** 3 });
      const speeds = fastest([...timed, ...ceilings]);
      const peak = Math.max(...speeds.slice(timed.length));
      results.push({ precision, size, peak, speeds: speeds.slice(0, timed.length) });
    }
  }
  return results;
}

/** The best of interleaved repetitions, in operations a second. */
function fastest(timed: readonly Timed[]): readonly number[] {
  const most = Math.max(...timed.map(({ operations }) => operations));
  const repetitions = Math.max(8, Math.min(60, Math.ceil(4e9 / most)));
  const best = timed.map(() => Infinity);
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const [k, { run, operations }] of timed.entries()) {
      const turns = Math.max(1, Math.ceil(2e7 / operations));
      const start = performance.now();
      for (let turn = 0; turn < turns; turn++) run();
      best[k] = Math.min(best[k] ?? Infinity, (performance.now() - start) / turns);
    }
  }
  return timed.map(({ operations }, k) => (1000 * operations) / (best[k] ?? NaN));
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
  const rows = results.map(({ precision, size, peak, speeds }) => {
    const holds = Math.min(...speeds) / peak >= bar.share ? "held" : "**missed**";
    return [
      `${precision}, ${size}³`,
      giga(peak),
      ...speeds.map((speed) => `${giga(speed)} (${percent(speed / peak)})`),
      size < bar.size ? "–" : holds,
    ];
  });
  return `## Products of matrices

GFLOP/s of products of square matrices, and the share of this machine's 128-bit peak, which loops of multiplications and additions
in registers reach between the products' repetitions (bench/peak.ts; vectors of WebAssembly have no fused multiply-add). Timed is
one call of \`predict\` of a kernel whose network is \`y = x * w\`, \`x' * w\` or \`x * w'\` on one sample: all of the product, with the
packing of what it packs. The best of interleaved repetitions. Asked is ${percent(bar.share)} from ${bar.size}³ up, of the slowest of the three.

${table(["", "peak", ...products.map(({ title }) => title), `${percent(bar.share)} of the peak`], rows)}`;
}

function giga(operations: number): string {
  return (operations / 1e9).toFixed(1);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

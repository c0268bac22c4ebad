/*
 * `node --import ./scripts/typescript.js bench/elementary.ts`: ns an element of the elementary functions in lanes of single and
 * double precision, beside JavaScript's on arrays of doubles. Prints a table.
 */
import { runInThisContext } from "node:vm";
import { elementary } from "../src/emit/wasm/elementary/index.ts";
import { compileLoop } from "../test/support/vector-functions.ts";
import { median } from "./race.ts";

type Name = keyof typeof elementary;

/** The operands, small enough to stay in the cache. */
const length = 4096;

/** Where the first operand is, if not between −3 and 3. */
const intervals: Readonly<Partial<Record<Name, readonly [number, number]>>> = {
  log: [0.01, 10],
  log1p: [-0.9, 10],
  asin: [-1, 1],
  acos: [-1, 1],
  acosh: [1, 10],
  atanh: [-0.99, 0.99],
  power: [0.01, 10],
};

/** What a program without the compiler would have, if not the function of `Math` of the same name. */
const expressions: Readonly<Partial<Record<Name, string>>> = {
  sigmoid: "1 / (1 + Math.exp(-x))",
  power: "x ** y",
};

/** Evenly spread, in an order that branches cannot foresee. */
function operands([from, to]: readonly [number, number]): Float64Array {
  return Float64Array.from({ length }, (_, k) => from + ((to - from) * ((k * 1597) % length)) / length);
}

/** The function of all operands, which is called with nothing. */
type Run = () => void;

function inLanes(name: Name, precision: "f32" | "f64", xs: Float64Array, ys: Float64Array): Run {
  const { run, view } = compileLoop(precision, 2, ([x, y], f) => {
    if (x === undefined || y === undefined) throw new RangeError("there are two operands");
    return name === "power" ? elementary.power[precision](x, y, f) : elementary[name][precision](x, f);
  });
  view(0, length).set(xs);
  view(1, length).set(ys);
  const { byteLength } = view(0, length);
  return () => {
    run(byteLength);
  };
}

/** Compiled for itself, so that the engine knows which function it is. */
function inJavaScript(name: Name, xs: Float64Array, ys: Float64Array): Run | undefined {
  const expression = expressions[name] ?? (name in Math ? `Math.${name}(x)` : undefined);
  if (expression === undefined) return undefined;
  const text = `(xs, ys, out) => { for (let k = 0; k < xs.length; k++) { const x = xs[k], y = ys[k]; out[k] = ${expression}; } }`;
  const loop = runInThisContext(text) as (...arrays: readonly Float64Array[]) => void; // it is one
  const out = new Float64Array(length);
  return () => {
    loop(xs, ys, out);
  };
}

/** Median ns an element of many runs. */
function time(run: Run | undefined): string {
  if (run === undefined) return "–";
  const runs = 100;
  const timeOnce = (): number => {
    const start = performance.now();
    for (let k = 0; k < runs; k++) run();
    return ((performance.now() - start) * 1e6) / (runs * length);
  };
  for (let k = 0; k < 10; k++) timeOnce(); // warm-up
  return median(Array.from({ length: 11 }, timeOnce)).toFixed(2);
}

const names = Object.keys(elementary) as readonly Name[]; // the table has no others
const ys = operands([-3, 3]);

console.log("| function | f32, ns | f64, ns | JavaScript, ns |\n| --- | --- | --- | --- |");
for (const name of names) {
  const xs = operands(intervals[name] ?? [-3, 3]);
  const times = [inLanes(name, "f32", xs, ys), inLanes(name, "f64", xs, ys), inJavaScript(name, xs, ys)].map(
    time,
  );
  console.log(`| ${name} | ${times.join(" | ")} |`);
}

/*
 * `node --import ./scripts/typescript.js bench/arrays.ts`: how fast a loop is by how its function comes by the arrays that it works
 * on: a product of two matrices of 64 × 64 in double precision, in single steps so that little else counts. Prints a table.
 */
import { table } from "./markdown.ts";
import { median } from "./race.ts";

const size = 64;
const arrays = `
  const a = new Float64Array(${size ** 2}).fill(1.5);
  const b = new Float64Array(${size ** 2}).fill(0.5);
  const c = new Float64Array(${size ** 2});`;

/** The product; `from` is what its function begins with. */
function product(from = "", args = ""): string {
  return `function product(${args}) {
    ${from}
    for (let i = 0; i < ${size}; i++) {
      for (let j = 0; j < ${size}; j++) {
        let sum = 0;
        for (let k = 0; k < ${size}; k++) sum += x[${size} * i + k] * y[${size} * k + j];
        z[${size} * i + j] = sum;
      }
    }
  }`;
}

const intoLocals = "const x = a, y = b, z = c;";
const direct = product().replaceAll("x[", "a[").replaceAll("y[", "b[").replaceAll("z[", "c[");

/** Modules that export `product`, which takes nothing. */
const ways: Readonly<Record<string, string>> = {
  "constants of the module, put into locals (as generated)": `${arrays}
    export ${product(intoLocals)}`,
  "constants of the module": `${arrays}
    export ${direct}`,
  arguments: `${arrays}
    ${product("", "x, y, z").replace("product", "productOf")}
    export function product() { productOf(a, b, c); }`,
  "captured by a closure, put into locals": `function make() { ${arrays}
      return ${product(intoLocals)}; }
    export const product = make();`,
  "the same, of a function that was called twice": `function make() { ${arrays}
      return ${product(intoLocals)}; }
    make()();
    export const product = make();`,
};

interface Way {
  readonly title: string;
  readonly run: () => void;
  readonly times: number[];
}

async function load(title: string, text: string): Promise<Way> {
  const { product: run } = (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as {
    readonly product: () => void; // what each of the modules exports
  };
  return { title, run, times: [] };
}

const together = 20;

/** µs of one product. */
function timeOnce({ run }: Way): number {
  const begin = performance.now();
  for (let k = 0; k < together; k++) run();
  return ((performance.now() - begin) * 1000) / together;
}

const contestants = await Promise.all(Object.entries(ways).map(([title, text]) => load(title, text)));
for (let repetition = 0; repetition < 400; repetition++) {
  for (const each of contestants) each.times.push(timeOnce(each));
}
// What comes first is not yet optimised; the least is what nothing else on the machine has slowed down.
const rows = contestants.map(({ title, times }) => {
  const late = times.slice(100);
  return [title, median(late).toFixed(0), Math.min(...late).toFixed(0)];
});
process.stdout.write(`${table(["arrays", "µs, median", "µs, least"], rows)}\n`);

import { expect } from "vitest";
import {
  addAffine,
  type Affine,
  affineConstant,
  affineVariable,
  type Buffer,
  bufferLength,
  type Expression,
  type Memory,
  type Program,
  runProgram,
  scaleAffine,
  type Statement,
  verifyProgram,
} from "../../../src/program/index.ts";
import { type Vectorised, vectoriseNests } from "../../../src/lower/lanes/vectorise.ts";
import { NameSupply } from "../../../src/lower/names.ts";
import { type Tiled, tileNests } from "../../../src/lower/rewrites/tile.ts";
import type { Loop } from "../../../src/lower/traverse.ts";
import { seededRandom } from "../../operations/random.ts";

/** `at({ i: 8, k: 1 }, 2)` is 8i + k + 2. */
export function at(coefficients: Readonly<Record<string, number>>, constant = 0): Affine {
  const terms = Object.entries(coefficients).map(([name, factor]) =>
    scaleAffine(affineVariable(name), factor),
  );
  return addAffine(...terms, affineConstant(constant));
}

export function load(buffer: string, offset: Affine): Expression {
  return { kind: "load", buffer, offset };
}

export function times(a: Expression, b: Expression): Expression {
  return { kind: "apply", operation: "multiply", operands: [a, b] };
}

export function store(buffer: string, offset: Affine, value: Expression): Statement {
  return { kind: "store", buffer, offset, value, accumulate: false };
}

export function loop(variable: string, to: Loop["to"], body: readonly Statement[]): Loop {
  return { kind: "loop", variable, from: 0, to, step: 1, body };
}

/** A sum over a loop, or several, into a local; and what is done with it. */
export function sum(
  loops: readonly (readonly [variable: string, to: Loop["to"]])[],
  summand: Expression,
  use: (total: Expression) => Statement,
): readonly Statement[] {
  const total: Expression = { kind: "local", name: "total" };
  const add: Statement = {
    kind: "assign",
    name: "total",
    value: { kind: "apply", operation: "add", operands: [total, summand] },
  };
  const inner = loops.reduceRight<readonly Statement[]>(
    (body, [variable, to]) => [loop(variable, to, body)],
    [add],
  );
  return [
    { kind: "let", name: "total", value: { kind: "number", value: 0 }, mutable: true },
    ...inner,
    use(total),
  ];
}

export const wholeBatch = { kind: "batch", multipleOf: 1 } as const;

export interface NestOptions {
  readonly width: number;
  readonly batchSize: number;
  /** Elements of each buffer. */
  readonly sizes: Readonly<Record<string, number>>;
  /** The buffers that have so many for each sample. */
  readonly batched?: readonly string[];
}

/**
 * Puts a nest into lanes, and holds what it then computes against what it computed before, for each number of samples.
 *
 * @returns With the buffers of copies alone.
 */
export function vectorised(nest: Loop, options: NestOptions, batches: readonly number[]): Vectorised {
  const { buffers, names } = memoryOf(options);
  const result = vectoriseNests([nest], { ...options, buffers, names, leavesIdle: false });
  return held(nest, result, buffers, batches);
}

/** The same for loops without lanes, in which sums go through tiles of accumulators or rows. */
export function tiled(
  nest: Loop,
  options: Omit<NestOptions, "width" | "batchSize">,
  batches: readonly number[],
): Tiled {
  const { buffers, names } = memoryOf(options);
  const result = tileNests([nest], { buffers, names, overOld: true, manySamples: true });
  return held(nest, { ...result, buffers: [...buffers, ...result.buffers] }, buffers, batches);
}

function memoryOf({ sizes, batched }: Pick<NestOptions, "sizes" | "batched">): {
  readonly buffers: readonly Buffer[];
  readonly names: NameSupply;
} {
  const buffers = Object.entries(sizes).map(([name, size]): Buffer => ({
    name,
    role: "state",
    element: "real",
    shape: [size],
    batched: batched?.includes(name) ?? false,
  }));
  const names = new NameSupply();
  for (const name of ["total", ...Object.keys(sizes)]) names.reserve(name);
  return { buffers, names };
}

function held(
  nest: Loop,
  result: Vectorised,
  buffers: readonly Buffer[],
  batches: readonly number[],
): Vectorised {
  const before = programOf([nest], buffers);
  const after = programOf(result.statements, result.buffers);
  expect(verifyProgram(after)).toEqual([]);
  for (const batch of batches) {
    const [want, got] = [before, after].map((program) => runOn(program, buffers, batch));
    expect(got).toEqual(want);
  }
  return { ...result, buffers: result.buffers.filter(({ role }) => role === "scratch") };
}

function programOf(body: readonly Statement[], buffers: readonly Buffer[]): Program {
  return { name: "trainStep", buffers, body, schedule: "tiled", scheduleReason: "" };
}

/** Small whole numbers, whose sums are exact in any order. */
function runOn(program: Program, buffers: readonly Buffer[], batch: number): Memory {
  const random = seededRandom(1);
  const memory: Memory = new Map();
  for (const buffer of buffers) {
    const length = bufferLength(buffer, batch);
    memory.set(
      buffer.name,
      Float64Array.from({ length }, () => Math.floor(9 * random()) - 4),
    );
  }
  runProgram(program, memory, { batch, step: 1 });
  return new Map(buffers.map(({ name }) => [name, memory.get(name) ?? new Float64Array()]));
}

/** All loops of statements that are in lanes. */
export function loopsInLanes(statements: readonly Statement[]): readonly Loop[] {
  return loopsOf(statements).filter(({ lanes }) => lanes !== undefined);
}

export function loopsOf(statements: readonly Statement[]): readonly Loop[] {
  return statements.flatMap((each) => {
    const inside = "body" in each ? loopsOf(each.body) : [];
    return each.kind === "loop" ? [each, ...inside] : inside;
  });
}

import { expect } from "vitest";
import {
  type Buffer,
  type Memory,
  type Program,
  type Statement,
  runProgram,
} from "../../../src/program/index.ts";
import { buffer } from "../../program/sample.ts";
import { runKernel } from "../../support/kernel.ts";

/** Each with its own vectors. */
export const precisions = ["f64", "f32"] as const;

/** Lanes of a vector. */
export const width = { f64: 2, f32: 4 } as const;

/** Largest difference relative to the largest value. */
function difference(actual: Iterable<number>, expected: Iterable<number>): number {
  const [a, b] = [[...actual], [...expected]];
  const scale = Math.max(1e-3, ...b.map(Math.abs).filter(Number.isFinite));
  return Math.max(
    0,
    ...b.map((value, k) => (Object.is(value, a[k]) ? 0 : Math.abs(value - (a[k] ?? NaN)) / scale)),
  );
}

/** A loop of so many iterations side by side. */
export function inLanes(
  variable: string,
  from: number,
  to: number,
  lanes: number,
  body: readonly Statement[],
): Statement {
  return { kind: "loop", variable, from, to, step: lanes, lanes, body };
}

/** Runs the program as a kernel and in the interpreter, and holds all that they leave against each other. */
export function agree(
  tested: Program,
  precision: "f32" | "f64",
  fill: Readonly<Record<string, readonly number[]>>,
  options = { batch: 1, step: 3, seed: 7 },
): void {
  const memoryOf = (): Memory =>
    new Map(
      Object.entries(fill).map(([name, values]) => [
        name,
        integerOf(tested, name) ? Int32Array.from(values) : Float64Array.from(values, Math.fround),
      ]),
    );
  const [expected, actual] = [memoryOf(), memoryOf()];
  const value = runProgram(tested, expected, options);
  const computed = runKernel(tested, actual, precision, options);
  const bound = precision === "f64" ? 1e-13 : 1e-5;
  if (value !== undefined) expect(difference([computed ?? NaN], [value])).toBeLessThan(bound);
  for (const [name, values] of expected) {
    expect(difference(actual.get(name) ?? [], values), name).toBeLessThan(bound);
  }
}

function integerOf({ buffers }: Program, name: string): boolean {
  return buffers.some((each) => each.name === name && each.element === "integer");
}

export const x = buffer("input", "x", [16]);
export const y: Buffer = buffer("gradient", "y", [16]);

/** For a buffer of 16 elements. */
export const values = Array.from({ length: 16 }, (_, k) => Math.sin(3 * k + 1) * (k % 5));
export const zeros = Array.from({ length: 16 }, () => 0);

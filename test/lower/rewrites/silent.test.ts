import { describe, expect, it } from "vitest";
import { assemble } from "../../../src/lower/assemble.ts";
import { lowerProgram } from "../../../src/lower/index.ts";
import { runSteps } from "../../../src/lower/schedules/step.ts";
import { condensingSteps, flatteningSteps } from "../../../src/lower/schedules/unrolled.ts";
import { bufferLength, type Program, runProgram, type Statement } from "../../../src/program/index.ts";
import { seededRandom } from "../../operations/random.ts";
import { expectMeaning, sinksOf } from "../check.ts";
import { classifier, xor } from "../networks.ts";

const batch = 4;
const network = classifier([3, 5, 3], "adam");
const sinks = sinksOf(network)["gradient"] ?? [];

/** `gradient` with and without the jumps over silent units. */
function gradient(skips: boolean): Program {
  const steps = [...flatteningSteps(["parameter", "gradient"]), ...condensingSteps].filter(
    ({ name }) => skips || name !== "skip silent units",
  );
  const assembled = assemble({ sinks, names: network.names, batchOrder: "sample", batchSize: batch });
  const { buffers, body } = runSteps(assembled, steps);
  return { name: "gradient", buffers, body, schedule: "unrolled", scheduleReason: "" };
}

function jumpsOf(statements: readonly Statement[]): number {
  return statements.reduce(
    (sum, statement) =>
      sum + (statement.kind === "when" ? 1 : 0) + ("body" in statement ? jumpsOf(statement.body) : 0),
    0,
  );
}

type Values = (buffer: string, element: number) => number | undefined;

/** Everything that the program delivers; `special` replaces some of the random data. */
function run(program: Program, special: Values): ReadonlyMap<string, Float64Array> {
  const random = seededRandom(7);
  const memory = new Map<string, Float64Array | Int32Array>();
  const results = new Map<string, Float64Array>();
  for (const buffer of program.buffers) {
    const length = bufferLength(buffer, batch);
    if (buffer.role === "gradient") {
      const result = new Float64Array(length).fill(NaN);
      results.set(buffer.name, result);
      memory.set(buffer.name, result);
    } else if (buffer.element === "integer") {
      memory.set(
        buffer.name,
        Int32Array.from({ length }, (_, k) => k % 3),
      );
    } else if (buffer.role !== "scratch") {
      memory.set(
        buffer.name,
        Float64Array.from({ length }, (_, k) => {
          const value = 2 * random() - 1;
          return special(buffer.name, k) ?? value;
        }),
      );
    }
  }
  const loss = runProgram(program, memory, { batch });
  return results.set("loss", Float64Array.of(loss ?? NaN));
}

describe("jumps over silent units", () => {
  it("stand before what each unit of a relu adds to the gradients", () => {
    expect(jumpsOf(gradient(true).body)).toBe(5);
    expect(jumpsOf(gradient(false).body)).toBe(0);
    expectMeaning(gradient(true), sinks, batch, 1);
  });

  const firstInput =
    (value: number): Values =>
    (name, k) =>
      name === "x" && k === 0 ? value : undefined;
  const allSilent: Values = (name) => (name === "b1" ? -10 : undefined);
  it.each<readonly [string, Values]>([
    ["finite data", () => undefined],
    ["silent units only", allSilent],
    ["units exactly at 0", (name) => (name === "W1" || name === "b1" ? 0 : undefined)],
    ["units exactly at −0", (name) => (name === "W1" || name === "b1" ? -0 : undefined)],
    ["an infinite input", firstInput(Infinity)],
    ["a negative infinite input", firstInput(-Infinity)],
    ["an input that is NaN", firstInput(NaN)],
    [
      "an infinite input of silent units",
      (name, k) => (name === "W1" ? -1 : (allSilent(name, k) ?? firstInput(Infinity)(name, k))),
    ],
    ["an infinite weight after silent units", (name, k) => (name === "W2" ? -Infinity : allSilent(name, k))],
    ["infinite logits of silent units", (name, k) => (name === "b2" ? Infinity : allSilent(name, k))],
    ["a bias that is NaN", (name, k) => (name === "b1" && k === 2 ? NaN : undefined)],
    ["the greatest numbers", (name, k) => (name === "x" ? (k % 2 === 0 ? 1e308 : -1e308) : undefined)],
  ])("change nothing, to the bit: %s", (_, special) => {
    expect(run(gradient(true), special)).toEqual(run(gradient(false), special));
  });

  it("need units that can be silent", () => {
    const smooth = xor();
    const program = lowerProgram({
      name: "gradient",
      sinks: sinksOf(smooth)["gradient"] ?? [],
      names: smooth.names,
      schedule: "unrolled",
      batchSize: batch,
      inMemory: true,
    });
    expect(jumpsOf(program.body)).toBe(0);
  });
});

import { describe, expect, it } from "vitest";
import { emitModule, type ModuleDescription } from "../../../src/emit/index.ts";
import type { Bound, Program, Statement } from "../../../src/program/index.ts";
import { loadModule } from "./load.ts";
import { line, store, at, number } from "./networks.ts";

/* What is lowered for lanes is TypeScript, too: one lane after the other, and none that is idle. */

const all: Bound = { kind: "batch", multipleOf: 1 };
const filled: Bound = { kind: "batch", multipleOf: 4 };

/** Loops over the batch, four samples at a time, as `parts` cuts them. */
function inFours(statements: readonly Statement[], parts: readonly (readonly [Bound, Bound])[]): Statement[] {
  return statements.flatMap((statement): readonly Statement[] =>
    statement.kind === "loop"
      ? parts.map(([from, to]) => ({ ...statement, from, to, step: 4, lanes: 4 }))
      : [statement],
  );
}

function lineInFours(...parts: readonly (readonly [Bound, Bound])[]): ModuleDescription {
  const { module, ...others } = line();
  const change = (program: Program): Program => ({ ...program, body: inFours(program.body, parts) });
  const { loss, gradient, trainStep, predict } = module.programs;
  const programs = {
    loss: change(loss),
    gradient: change(gradient),
    trainStep: change(trainStep),
    predict: predict && change(predict),
  };
  return { module: { ...module, programs }, ...others };
}

type Function = (...args: readonly unknown[]) => unknown;
const functionsOf = async (description: ModuleDescription): Promise<Record<string, Function>> =>
  (await loadModule(await emitModule(description))) as Record<string, Function>; // what a module exports

const plain = await functionsOf(line());

describe.each([
  ["all samples in one loop", lineInFours([0, all])],
  ["the last ones in a loop of their own", lineInFours([0, filled], [filled, all])],
])("a batch in vectors of four, %s", async (_, description) => {
  const module = await functionsOf(description);

  it.each([1, 2, 3, 4, 5, 7, 8, 9])("has %i samples, and no other", (samples) => {
    // Behind the batch lie samples that must not count: functions take them, and are told how many to read.
    const x = Float64Array.from({ length: 12 }, (_, n) => Math.sin(n + 1));
    const t = Float64Array.from({ length: 12 }, (_, n) => Math.cos(3 * n));
    const results = [plain, module].map(({ loss, gradient, trainStep, initialState, predict }) => {
      const [parameters, gradients] = [Float64Array.of(0.75, -1.5), new Float64Array(2)];
      const first = x.subarray(0, samples);
      return [
        loss?.(parameters, x, t, samples),
        gradient?.(parameters, x, t, gradients, samples),
        trainStep?.(parameters, initialState?.(), x, t, samples),
        [...parameters, ...gradients],
        predict?.(parameters, first),
      ];
    });
    expect(results[1]).toEqual(results[0]);
  });
});

describe("a loop in vectors of four", () => {
  const bounds = async (from: Bound, to: Bound): Promise<readonly string[]> => {
    const { module, ...others } = line();
    const { loss } = module.programs;
    const noted: Statement = {
      kind: "loop",
      variable: "q",
      from,
      to,
      step: 4,
      lanes: 4,
      body: [store("note", at(0, [1, "q"]), number(1))],
    };
    const note = { name: "note", role: "scratch", element: "real", shape: [12], batched: false } as const;
    const changed: Program = { ...loss, buffers: [...loss.buffers, note], body: [noted, ...loss.body] };
    const text = await emitModule({
      module: { ...module, programs: { ...module.programs, loss: changed } },
      ...others,
    });
    return [...text.matchAll(/for \(let q(?:_first)? = .*\)/g)].map(([head]) => head);
  };

  it("asks where it ends only if it may end within a vector", async () => {
    expect(await bounds(0, 8)).toEqual([
      "for (let q_first = 0; q_first < 8; q_first += 4)",
      "for (let q = q_first; q < q_first + 4; q++)",
    ]);
    expect(await bounds(4, 11)).toEqual([
      "for (let q_first = 4; q_first < 11; q_first += 4)",
      "for (let q = q_first; q < Math.min(q_first + 4, 11); q++)",
    ]);
    expect(await bounds(filled, all)).toEqual([
      "for (let q_first = count4; q_first < count; q_first += 4)",
      "for (let q = q_first; q < Math.min(q_first + 4, count); q++)",
    ]);
  });
});

import type * as tensorFlow from "@tensorflow/tfjs";
import { beforeEach, expect, it, vi } from "vitest";
import { type Compilation, compile } from "../../src/compile.ts";
import type * as directions from "../../src/verify/directions.ts";
import { type Judge, verifyModule } from "../../src/verify/index.ts";

/*
 * Judges that fail. None of Nabla's own can be made to, one hopes, so it is replaced by one that does; and TensorFlow.js by
 * one that lacks a gradient.
 */

const faults = vi.hoisted(() => ({ inTensorFlow: false, inDuals: false }));

vi.mock("@tensorflow/tfjs", async (original) => {
  const tf = await original<typeof tensorFlow>();
  const valueAndGrads: typeof tf.valueAndGrads = (f) => {
    if (faults.inTensorFlow) throw new Error("no gradient for rank-5 tensors.\nSee the manual.");
    return tf.valueAndGrads(f);
  };
  return { ...tf, valueAndGrads };
});

vi.mock("../../src/verify/directions.ts", async (original) => {
  const actual = await original<typeof directions>();
  const judgeDirections: typeof actual.judgeDirections = (judge, trial) => {
    if (faults.inDuals && judge === "dual") throw new RangeError("out of reach");
    return actual.judgeDirections(judge, trial);
  };
  return { ...actual, judgeDirections };
});

let compilation: Compilation;
beforeEach(async () => {
  faults.inTensorFlow = false;
  faults.inDuals = false;
  const text = "x = input([3])\nw = parameter([3])\nb = parameter()\nloss = (w * x + b)^2\n";
  compilation = await compile({ name: "test.nabla", text });
});

const verify = (...against: readonly Judge[]) => verifyModule({ ...compilation, against });

it("a fault of TensorFlow.js is no opinion: its rows are skipped, with a note, and the others' stand", async () => {
  faults.inTensorFlow = true;
  const { ok, checks } = await verify("tape", "tfjs");
  expect(ok).toBe(true);
  const outside = checks.filter(({ against }) => against === "tfjs");
  expect(outside.map(({ parameter }) => parameter)).toEqual(["w", "b"]);
  const note = "TensorFlow.js failed: no gradient for rank-5 tensors.";
  for (const check of outside) expect(check).toMatchObject({ skipped: true, ok: true, note });
  expect(checks.filter(({ against }) => against === "tape")).toHaveLength(3);
});

it("is no pass where nobody else was asked", async () => {
  faults.inTensorFlow = true;
  expect((await verify("tfjs")).ok).toBe(false);
});

it("a judge of Nabla's own that fails is no pass, and takes nothing from the others", async () => {
  faults.inDuals = true;
  const { ok, checks } = await verify("dual", "tape", "finite-difference");
  expect(ok).toBe(false);
  expect(checks.filter((check) => !check.ok)).toEqual([
    {
      against: "dual",
      parameter: "all",
      maxRelativeError: Infinity,
      tolerance: 1e-12,
      ok: false,
      note: "failed: out of reach",
    },
  ]);
  expect(new Set(checks.map(({ against }) => against)).size).toBe(3);
});

it("all is well where nothing fails", async () => {
  const { ok, checks } = await verify("dual", "tfjs");
  expect(ok).toBe(true);
  expect(checks.some(({ skipped }) => skipped)).toBe(false);
});

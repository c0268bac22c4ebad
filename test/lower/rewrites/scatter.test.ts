import { describe, expect, it } from "vitest";
import { compareLabels } from "../../../src/lower/rewrites/scatter.ts";
import {
  addAffine,
  affineAtom,
  affineConstant,
  affineVariable,
  type Affine,
  type Buffer,
  type Expression,
  formatStatements,
  type Program,
  runProgram,
  scaleAffine,
  shiftAffine,
  type Statement,
  verifyProgram,
} from "../../../src/program/index.ts";

const batch = { kind: "batch", multipleOf: 1 } as const;
const label: Affine = affineAtom({ kind: "element", buffer: "t", offset: affineConstant(0) });
const number = (value: number): Expression => ({ kind: "number", value });
const load = (buffer: string, offset: Affine): Expression => ({ kind: "load", buffer, offset });

function store(buffer: string, offset: Affine, value: Expression, accumulate = false): Statement {
  return { kind: "store", buffer, offset, value, accumulate };
}

function memoryOf(width: number): readonly Buffer[] {
  const reals = { element: "real", shape: [width], batched: false } as const;
  return [
    { name: "t", role: "target", element: "integer", shape: [1], batched: false },
    { ...reals, name: "scattered", role: "scratch" },
    { ...reals, name: "output", role: "output" },
  ];
}

/** Zeros, the additions, and every place copied to the output. */
function program(width: number, additions: readonly Statement[]): readonly Statement[] {
  const places = Array.from({ length: width }, (_, k) => affineConstant(k));
  return [
    ...places.map((place) => store("scattered", place, number(0))),
    ...additions,
    ...places.map((place) => store("output", place, load("scattered", place))),
  ];
}

function run(body: readonly Statement[], width: number, t: number): readonly number[] {
  const whole: Program = {
    name: "predict",
    buffers: memoryOf(width),
    body,
    schedule: "unrolled",
    scheduleReason: "",
  };
  expect(verifyProgram(whole)).toEqual([]);
  const output = new Float64Array(width);
  runProgram(
    whole,
    new Map<string, Float64Array | Int32Array>([
      ["t", Int32Array.of(t)],
      ["output", output],
    ]),
    { batch: 1 },
  );
  return [...output];
}

describe("labels that are compared with", () => {
  it.each([
    {
      title: "one place a label",
      width: 3,
      labels: 3,
      additions: [store("scattered", label, number(1), true)],
    },
    {
      title: "a row of two a label",
      width: 6,
      labels: 3,
      additions: [
        store("scattered", scaleAffine(label, 2), number(2), true),
        store("scattered", shiftAffine(scaleAffine(label, 2), 1), number(-0), true),
      ],
    },
    {
      title: "several additions to one place",
      width: 2,
      labels: 2,
      additions: [store("scattered", label, number(1), true), store("scattered", label, number(0.5), true)],
    },
  ])("leave the same in memory: $title", ({ width, labels, additions }) => {
    const before = program(width, additions);
    const after = compareLabels(before, memoryOf(width));
    expect(formatStatements(after).join("\n")).not.toContain("[t[0]");
    for (let t = 0; t < labels; t++) expect(run(after, width, t)).toEqual(run(before, width, t));
  });

  const indirect = store("scattered", label, number(1), true);

  it("are left in memory of many places", () => {
    const before = program(9, [indirect]);
    expect(compareLabels(before, memoryOf(9))).toEqual(before);
  });

  it("are left in memory that a label reads", () => {
    const before = [
      ...program(3, [indirect]),
      store("output", affineConstant(0), load("scattered", label), true),
    ];
    expect(compareLabels(before, memoryOf(3))).toEqual(before);
  });

  it("are compared with where samples in lanes read, each in memory of its own", () => {
    const own = (place: Affine): Affine => addAffine(scaleAffine(affineVariable("n"), 3), place);
    const ofSample = affineAtom({ kind: "element", buffer: "t", offset: affineVariable("n") });
    const places = [0, 1, 2].map(affineConstant);
    const body = [
      ...places.map((place, k) => store("scattered", own(place), number(10 * k))),
      store("scattered", own(ofSample), number(1), true),
      store("output", affineVariable("n"), load("scattered", own(ofSample))),
    ];
    const [labels, scattered, output] = memoryOf(3);
    if (labels === undefined || scattered === undefined || output === undefined)
      throw new Error("three buffers");
    const buffers = [
      { ...labels, shape: [], batched: true },
      { ...scattered, batched: true },
      { ...output, shape: [], batched: true },
    ];
    expect(compareLabels(body, buffers)).toEqual(body);
    const after = compareLabels(body, buffers, { batchVariable: "n" });
    expect(formatStatements(after).join("\n")).not.toMatch(/scattered\[[^\]]*t\[/);
    const results = [body, after].map((each) => {
      const memory = new Map<string, Int32Array | Float64Array>([
        ["t", Int32Array.of(2, 0, 1, 2)],
        ["output", new Float64Array(4)],
      ]);
      const loop: Statement = { kind: "loop", variable: "n", from: 0, to: batch, step: 1, body: each };
      const whole: Program = {
        name: "predict",
        buffers,
        body: [loop],
        schedule: "unrolled",
        scheduleReason: "",
      };
      expect(verifyProgram(whole)).toEqual([]);
      runProgram(whole, memory, { batch: 4 });
      return memory.get("output");
    });
    expect(results).toEqual([Float64Array.of(21, 1, 11, 21), Float64Array.of(21, 1, 11, 21)]);
  });
});

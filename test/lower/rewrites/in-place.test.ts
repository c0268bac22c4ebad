import { describe, expect, it } from "vitest";
import { targetsOf } from "../../../src/lower/rewrites/in-place.ts";
import {
  affineVariable,
  type Expression,
  formatExpression,
  scalarApply,
  scalarNumber,
  shiftAffine,
  type Statement,
} from "../../../src/program/index.ts";

const at = affineVariable("j");
const s: Expression = { kind: "local", name: "s" };
const W: Expression = { kind: "load", buffer: "W", offset: at };
const rate: Expression = { kind: "local", name: "rate" };

function storing(value: Expression): readonly Statement[] {
  return [{ kind: "store", buffer: "W", offset: at, value, accumulate: false }];
}

function describeTarget(uses: readonly Statement[], read: readonly string[] = ["x"]): string | undefined {
  const target = targetsOf(["s"], uses, new Set(read))?.get("s");
  if (target === undefined) return undefined;
  const text = (part: Expression | undefined): string => (part === undefined ? "–" : formatExpression(part));
  return `before ${text(target.before)}, scale ${text(target.scale)}`;
}

describe("sums grow in place where what is stored is", () => {
  it.each<[string, readonly Statement[], string]>([
    ["the sum", storing(s), "before 0, scale –"],
    ["a multiple", storing(scalarApply("multiply", s, rate)), "before 0, scale 1 * rate"],
    ["a fraction", storing(scalarApply("divide", s, rate)), "before 0, scale 1 / rate"],
    ["a bias and the sum", storing(scalarApply("add", s, { ...W, buffer: "b" })), "before b[j], scale –"],
    [
      "a step of gradient descent",
      [
        { kind: "let", name: "step", value: scalarApply("multiply", rate, s), mutable: false },
        ...storing(scalarApply("subtract", W, { kind: "local", name: "step" })),
      ],
      "before –, scale -(1 * rate)",
    ],
  ])("%s", (_, uses, expected) => {
    expect(describeTarget(uses)).toBe(expected);
  });
});

describe("sums do not grow in place where what is stored", () => {
  const next: Expression = { kind: "load", buffer: "W", offset: shiftAffine(at, 1) };
  it.each<[string, readonly Statement[]]>([
    ["is no line in the sum", storing(scalarApply("maximum", s, scalarNumber(0)))],
    ["has the sum twice", storing(scalarApply("multiply", s, s))],
    ["has a scale of its own for each element", storing(scalarApply("multiply", s, { ...W, buffer: "m" }))],
    ["is scaled with what was there", storing(scalarApply("multiply", scalarApply("add", W, s), rate))],
    ["reads other elements of the same memory", storing(scalarApply("add", next, s))],
    ["goes to two places", [...storing(s), { ...storing(s)[0], buffer: "v" } as Statement]],
  ])("%s", (_, uses) => {
    expect(describeTarget(uses)).toBeUndefined();
  });

  it("is read by the summands", () => {
    expect(describeTarget(storing(s), ["W"])).toBeUndefined();
  });
});

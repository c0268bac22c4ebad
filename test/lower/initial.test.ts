import { describe, expect, it } from "vitest";
import type { Initializer, ParameterDeclaration } from "../../src/graph/index.ts";
import { initialValue } from "../../src/lower/initial.ts";
import { Sketch } from "./networks.ts";

function initial(shape: readonly number[], initializer: Initializer): ReturnType<typeof initialValue> {
  const s = new Sketch();
  s.parameter("W", shape);
  const [node] = s.parameters;
  if (node === undefined) throw new Error("a parameter was made");
  const span = { source: { name: "test", text: "" }, start: 0, end: 0 };
  const declaration: ParameterDeclaration = { name: "W", node, initializer, span };
  return initialValue(declaration);
}

describe("initialValue", () => {
  it("takes fan-in and fan-out from [out, in]", () => {
    expect(initial([6, 3], { kind: "heNormal", gain: 1 })).toEqual({
      kind: "normal",
      mean: 0,
      standardDeviation: Math.sqrt(2 / 3),
    });
    const bound = Math.sqrt(6 / 9);
    const xavier = initial([6, 3], { kind: "xavierUniform", gain: 1 });
    expect(xavier.kind).toBe("uniform");
    if (xavier.kind === "uniform") {
      expect(xavier.low).toBeCloseTo(-bound, 14);
      expect(xavier.high).toBeCloseTo(bound, 14);
    }
  });

  it("counts a vector as fan-in 1, and a filter's window as part of both", () => {
    expect(initial([4], { kind: "lecunNormal", gain: 2 })).toMatchObject({ standardDeviation: 2 });
    expect(initial([8, 3, 5, 5], { kind: "lecunNormal", gain: 1 })).toMatchObject({
      standardDeviation: Math.sqrt(1 / 75),
    });
  });

  it("lays an orthogonal matrix out by its first axis", () => {
    expect(initial([8, 3, 5], { kind: "orthogonal", gain: 1 })).toEqual({
      kind: "orthogonal",
      rows: 8,
      columns: 15,
      gain: 1,
    });
  });
});

import { describe, expect, it } from "vitest";
import type { Node } from "../../src/graph/index.ts";
import { constantValue } from "../../src/operations/index.ts";
import { newBuilder, realLeaf } from "./harness.ts";

describe("constantValue", () => {
  const build = newBuilder();
  const literal = (data: readonly number[]): Node =>
    build.leaf("literal", { data }, { shape: [data.length], batched: false, element: "real" });

  it("sees through views of one number", () => {
    const spread = build.broadcast(build.constant(2.5), [2, 3], []);
    const turned = build.apply("permute", [build.reshape(spread, [3, 2])], { order: [1, 0] });
    expect(constantValue(turned)).toBe(2.5);
    expect(constantValue(build.constant(NaN))).toBeNaN();
  });

  it("sees literals of equal elements", () => {
    expect(constantValue(literal([3, 3, 3]))).toBe(3);
    expect(constantValue(literal([3, 4]))).toBeUndefined();
    expect(constantValue(literal([0, -0]))).toBeUndefined();
  });

  it("claims nothing about what is computed or given", () => {
    const x = realLeaf(build, "x", { shape: [2], batched: false, element: "real" });
    expect(constantValue(x)).toBeUndefined();
    expect(constantValue(build.add(build.constant(1), build.constant(1)))).toBeUndefined();
  });
});

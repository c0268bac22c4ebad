import { describe, expect, it } from "vitest";
import { differentiate } from "../../src/calculus/index.ts";
import type { Node, OperationName } from "../../src/graph/index.ts";
import { type Builder, operationTable } from "../../src/operations/index.ts";
import { evaluate } from "../../src/verify/index.ts";
import { newBuilder, realLeaf } from "./harness.ts";

/** The gradients of Σ y with respect to each operand. */
function derivatives(
  operands: readonly (readonly number[])[],
  make: (build: Builder, xs: readonly Node[]) => Node,
): readonly (readonly number[])[] {
  const build = newBuilder();
  const xs = operands.map((x, k) =>
    realLeaf(build, `x${k}`, { shape: [x.length], element: "real", batched: false }),
  );
  const y = make(build, xs);
  const loss = build.sum(
    y,
    y.type.shape.map((_, axis) => axis),
  );
  const gradients = [...differentiate(build.graph, loss, xs).gradients.values()];
  const leaves = new Map(xs.map((x, k) => [x, operands[k] ?? []] as const));
  const values = evaluate(gradients, { batchSize: 1, leaves });
  return gradients.map((gradient) => [...(values.get(gradient) ?? [])]);
}

type Plain =
  "abs" | "sign" | "floor" | "ceil" | "round" | "sqrt" | "maximum" | "minimum" | "power" | "stopGradient";

function of(name: Plain, ...operands: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return derivatives(operands, (build, xs) => build.apply(name, xs, {}));
}

/** One test for each convention that the table declares. */
const declared: Partial<Record<OperationName, () => void>> = {
  abs: () => {
    expect(of("abs", [-2, 0, 3])).toEqual([[-1, 0, 1]]);
  },
  sign: () => {
    expect(of("sign", [-2, 0, 3])).toEqual([[0, 0, 0]]);
  },
  floor: () => {
    expect(of("floor", [1, 1.5])).toEqual([[0, 0]]);
  },
  ceil: () => {
    expect(of("ceil", [1, 1.5])).toEqual([[0, 0]]);
  },
  round: () => {
    expect(of("round", [0.5, 1])).toEqual([[0, 0]]);
  },
  sqrt: () => {
    expect(of("sqrt", [0, 4])).toEqual([[Infinity, 0.25]]);
  },
  maximum: () => {
    expect(of("maximum", [1, 2, 3], [2, 2, 2])).toEqual([
      [0, 0, 1],
      [1, 1, 0],
    ]);
    const relu = derivatives([[-1, 0, 1]], (build, xs) =>
      build.apply("maximum", [...xs, build.constant(0, [3])], {}),
    );
    expect(relu).toEqual([[0, 0, 1]]);
  },
  minimum: () => {
    expect(of("minimum", [1, 2, 3], [2, 2, 2])).toEqual([
      [1, 0, 0],
      [0, 1, 1],
    ]);
  },
  power: () => {
    const [base, exponent] = of("power", [0, 0, 0, 2, -2], [0, 1, 2, 0, 2]);
    expect(base).toEqual([0, 1, 0, 0, -4]);
    expect(exponent).toEqual([0, 0, 0, Math.log(2), NaN]);
  },
  reduce: () => {
    for (const kind of ["max", "min"] as const) {
      const x = kind === "max" ? [1, 5, 5, 2] : [7, 5, 5, 8];
      const shared = derivatives([x], (build, xs) => build.apply("reduce", xs, { kind, axes: [0] }));
      expect(shared).toEqual([[0, 0.5, 0.5, 0]]);
    }
  },
  stopGradient: () => {
    expect(of("stopGradient", [1, 2])).toEqual([[0, 0]]);
  },
};

describe("where an operation is not smooth", () => {
  const names = Object.keys(operationTable) as OperationName[]; // the table's keys are the names
  it.each(names.filter((name) => operationTable[name].convention !== undefined))(
    "%s keeps its convention",
    (name) => {
      expect(declared[name]).toBeDefined();
      declared[name]?.();
    },
  );

  it("declares every convention that is tested", () => {
    for (const name of Object.keys(declared) as OperationName[])
      expect(operationTable[name].convention).toBeDefined();
  });
});

describe("infinite adjoints", () => {
  it("are masked by choice, not by a product with 0", () => {
    // y = √max(x, 0): at x < 0 the adjoint of the maximum is infinite, and must not reach x as ∞ · 0.
    const y = derivatives([[-1, 4]], (build, xs) =>
      build.apply("sqrt", [build.apply("maximum", [...xs, build.constant(0, [2])], {})], {}),
    );
    expect(y).toEqual([[0, 0.25]]);
  });

  it("do not reach the branch that select does not take", () => {
    const y = derivatives([[0, 4]], (build, [x]) => {
      if (x === undefined) throw new Error("one operand");
      const zero = build.constant(0, [2]);
      const isPositive = build.apply("greater", [x, zero], {});
      return build.apply("sqrt", [build.select(isPositive, x, zero)], {});
    });
    expect(y).toEqual([[0, 0.25]]);
  });
});

describe("derivatives far from 0", () => {
  it("keep their digits where a formula in y would lose them", () => {
    const [slope] = derivatives([[-40]], (build, xs) => build.apply("expm1", xs, {}));
    expect(slope).toEqual([Math.exp(-40)]);
  });

  it("do not overflow", () => {
    for (const name of ["sigmoid", "tanh", "softplus"] as const) {
      const [slope] = derivatives([[-800, 800]], (build, xs) => build.apply(name, xs, {}));
      expect(slope).toEqual([0, name === "softplus" ? 1 : 0]);
    }
    const [softmax] = derivatives([[1000, 999]], (build, xs) =>
      build.apply("reduce", xs, { kind: "logSumExp", axes: [0] }),
    );
    expect(softmax?.[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
  });
});

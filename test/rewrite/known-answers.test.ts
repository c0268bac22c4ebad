import { describe, expect, it } from "vitest";
import { differentiate } from "../../src/calculus/index.ts";
import { formatGraph, type Node, reachableFrom } from "../../src/graph/index.ts";
import {
  countOperations,
  expandForLowering,
  rewrite,
  ruleThemes,
  simplify,
  stabilise,
} from "../../src/rewrite/index.ts";
import { evaluate } from "../../src/verify/index.ts";
import { Drawing } from "./drawing.ts";

/** Stabilised, differentiated and simplified, as the compiler does it. */
function derive(d: Drawing, loss: Node, wrt: readonly Node[], others: readonly Node[] = []) {
  const stable = stabilise(d.graph, [loss, ...others]);
  const stableLoss = stable.replace(loss);
  const { gradients, adjoints } = differentiate(d.graph, stableLoss, wrt.map(stable.replace));
  const derivatives = wrt.map((node) => gradients.get(stable.replace(node)) ?? d.c(0, ...node.type.shape));
  const forward = stable.roots;
  const simple = simplify(d.graph, [...forward, ...derivatives], { forward });
  return {
    forward: simple.roots.slice(0, forward.length),
    gradients: simple.roots.slice(forward.length),
    simple,
    /** What a node of the original graph, or its adjoint, has become. */
    value: (node: Node): Node => simple.replace(stable.replace(node)),
    adjoint: (node: Node): Node | undefined => {
      const adjoint = adjoints.get(stable.replace(node));
      return adjoint && simple.replace(adjoint);
    },
    before: [stableLoss, ...derivatives],
  };
}

function softmax(d: Drawing, z: Node): Node {
  return d.f("exp", d.f("subtract", z, d.build.fill(d.reduce("logSumExp", z, 0), z.type.shape)));
}

function log(d: Drawing, x: Node): Node {
  return d.f("log", x);
}

const batchMeanOf = (d: Drawing, x: Node): Node => d.build.apply("batchReduce", [x], { kind: "mean" });

describe("the article's linear regression", () => {
  const d = new Drawing();
  const [x, y, w1, w2] = [d.x(), d.x(), d.w(), d.w()];
  const error = d.f("subtract", d.f("subtract", y, d.f("multiply", w1, x)), w2);
  const loss = d.f("divide", d.build.batchSum(d.power(error, 2)), d.c(2));
  const { gradients, forward } = derive(d, loss, [w1, w2]);

  it("has the gradients −Σ (y − w1 x − w2) x and −Σ (y − w1 x − w2), without stray constants", () => {
    const names = new Map([
      [x, "x"],
      [y, "y"],
      [w1, "w1"],
      [w2, "w2"],
      [error, "error"],
    ]);
    const text = formatGraph(gradients, names);
    expect(text.split("\n").filter((line) => !line.includes("input") && !line.includes("parameter"))).toEqual(
      [
        "%4: real[] batched = multiply(w1, x)",
        "%5: real[] batched = subtract(y, %4)",
        "error: real[] batched = subtract(%5, w2)",
        "%7: real[] batched = multiply(error, x)",
        '%8: real[] = batchReduce(%7, kind: "sum")',
        "%9: real[] = negate(%8)",
        '%10: real[] = batchReduce(error, kind: "sum")',
        "%11: real[] = negate(%10)",
        "return %9, %11",
        "",
      ],
    );
  });

  it("leaves the loss as it was written", () => {
    expect(forward).toEqual([loss]);
  });
});

describe("softmax cross-entropy", () => {
  it("has the logit gradient p − t for a target that is a distribution, with the p of the forward pass", () => {
    const d = new Drawing();
    const [x, w, t] = [d.x(4), d.w(3, 4), d.distribution(3)];
    const z = d.build.einsum("ab,b->a", w, x);
    const p = softmax(d, z);
    const loss = batchMeanOf(d, d.f("negate", d.reduce("sum", d.f("multiply", t, log(d, p)), 0)));
    const { gradients, value } = derive(d, loss, [w], [p]);
    const dz = d.f("subtract", value(p), t);
    expect(gradients).toEqual([batchMeanOf(d, d.build.einsum("a,b->ab", dz, x))]);
    expect(value(p)).toBe(p);
  });

  it.each(["log of the gathered probability", "gathered log of the probabilities"])(
    "has the logit gradient p − oneHot(t) for a label: %s",
    (form) => {
      const d = new Drawing();
      const [x, w, t] = [d.x(4), d.w(3, 4), d.label(3)];
      const z = d.build.einsum("ab,b->a", w, x);
      const p = softmax(d, z);
      const likelihood =
        form === "log of the gathered probability"
          ? log(d, d.f("gather", p, t))
          : d.f("gather", log(d, p), t);
      const { gradients } = derive(d, batchMeanOf(d, d.f("negate", likelihood)), [w], [p]);
      const oneHot = d.build.apply("scatterAdd", [t, d.c(1)], { size: 3 });
      const dz = d.f("subtract", p, oneHot);
      expect(gradients).toEqual([batchMeanOf(d, d.build.einsum("a,b->ab", dz, x))]);
    },
  );

  it("is stable when softmax is spelled out as exp(z)/sum(exp(z))", () => {
    const d = new Drawing();
    const [w, t] = [d.w(3), d.x(3)];
    const z = d.f("add", w, d.x(3));
    const e = d.f("exp", z);
    const p = d.f("divide", e, d.fill(d.reduce("sum", e, 0), 3));
    const loss = batchMeanOf(d, d.f("negate", d.reduce("sum", d.f("multiply", t, log(d, p)), 0)));
    const { forward } = derive(d, loss, [w], []);
    const bindings = d.bind(() => 800);
    expect(evaluate(forward, bindings).get(forward[0] ?? loss)?.[0]).toBeCloseTo(2400 * Math.log(3), 8);
  });
});

describe("binary cross-entropy of a sigmoid", () => {
  const forms: Readonly<Record<string, (d: Drawing, t: Node, y: Node) => Node>> = {
    "−(t log y + (1 − t) log(1 − y))": (d, t, y) => {
      const one = d.c(1, 2);
      const other = d.f("multiply", d.f("subtract", one, t), log(d, d.f("subtract", one, y)));
      return d.f("negate", d.f("add", d.f("multiply", t, log(d, y)), other));
    },
    "−t log y − (1 − t) log(1 − y)": (d, t, y) => {
      const one = d.c(1, 2);
      const other = d.f("multiply", d.f("subtract", one, t), log(d, d.f("subtract", one, y)));
      return d.f("subtract", d.f("multiply", d.f("negate", t), log(d, y)), other);
    },
    "(t − 1) log(1 − y) − t log y": (d, t, y) => {
      const one = d.c(1, 2);
      const other = d.f("multiply", log(d, d.f("subtract", one, y)), d.f("subtract", one, t));
      return d.f("negate", d.f("add", other, d.f("multiply", log(d, y), t)));
    },
  };

  it.each(Object.keys(forms))("is softplus(z) − t z with the gradient y − t: %s", (form) => {
    for (const logits of [
      (d: Drawing) => d.f("add", d.w(2), d.x(2)),
      (d: Drawing) => d.f("subtract", d.w(2), d.x(2)),
      (d: Drawing) => d.f("multiply", d.c(2, 2), d.f("add", d.w(2), d.x(2))),
    ]) {
      const d = new Drawing();
      const t = d.x(2);
      const z = logits(d);
      const y = d.f("sigmoid", z);
      const loss = d.build.batchSum(d.reduce("sum", forms[form]?.(d, t, y) ?? z, 0));
      const { adjoint, forward, value } = derive(d, loss, [d.leaves[1]?.node ?? t], [y]);
      expect(adjoint(z)).toBe(d.f("subtract", value(y), t));
      expect(value(y)).toBe(y);
      const stable = d.f("subtract", d.f("softplus", z), d.f("multiply", t, z));
      expect(forward[0]).toBe(d.build.batchSum(d.reduce("sum", stable, 0)));
    }
  });

  it("is finite where the sigmoid is 0 or 1", () => {
    const d = new Drawing();
    const [t, w] = [d.x(2), d.w(2)];
    const loss = d.build.batchSum(
      d.reduce("sum", forms["−(t log y + (1 − t) log(1 − y))"]?.(d, t, d.f("sigmoid", w)) ?? t, 0),
    );
    const { forward, gradients } = derive(d, loss, [w]);
    const values = evaluate(
      [...forward, ...gradients],
      d.bind(() => 1000),
    );
    expect(values.get(gradients[0] ?? w)).toEqual(Float64Array.of(-2997, -2997)); // 3 samples of 1 − 1000
  });
});

describe("binary cross-entropy, spelled out for lowering", () => {
  const forms: Readonly<Record<string, (d: Drawing, t: Node, z: Node) => Node>> = {
    "−(t log y + (1 − t) log(1 − y))": (d, t, z) => {
      const [one, y] = [d.c(1, 3), d.f("sigmoid", z)];
      const other = d.f("multiply", d.f("subtract", one, t), log(d, d.f("subtract", one, y)));
      return d.f("negate", d.f("add", d.f("multiply", t, log(d, y)), other));
    },
    "−t log y − (1 − t) log(1 − y)": (d, t, z) => {
      const [one, y] = [d.c(1, 3), d.f("sigmoid", z)];
      const other = d.f("multiply", d.f("subtract", one, t), log(d, d.f("subtract", one, y)));
      return d.f("subtract", d.f("multiply", d.f("negate", t), log(d, y)), other);
    },
    "softplus(z) − t z": (d, t, z) => d.f("subtract", d.f("softplus", z), d.f("multiply", t, z)),
    "−(t z − softplus(z))": (d, t, z) =>
      d.f("negate", d.f("subtract", d.f("multiply", t, z), d.f("softplus", z))),
    "softplus(z) + (−t) z": (d, t, z) => d.f("add", d.f("softplus", z), d.f("multiply", d.f("negate", t), z)),
    "softplus(−z) + (1 − t) z": (d, t, z) =>
      d.f("add", d.f("softplus", d.f("negate", z)), d.f("multiply", d.f("subtract", d.c(1, 3), t), z)),
  };

  // softplus(−|z|) where t is what z says, to all digits.
  const known = [
    { z: 40, loss: 4.248354255291589e-18 },
    { z: 20, loss: 2.061153620314381e-9 },
    { z: 3, loss: 0.04858735157374206 },
    { z: 0, loss: Math.LN2 },
  ];

  it.each(Object.keys(forms))("keeps the digits of a small loss, and the gradient σ(z) − t: %s", (form) => {
    for (const { z: logit, loss: expected } of known) {
      for (const [sign, target] of [
        [1, 1],
        [-1, 0],
      ] as const) {
        const d = new Drawing();
        const [t, w] = [d.x(3), d.w(3)];
        const total = d.build.batchMean(d.reduce("sum", forms[form]?.(d, t, w) ?? t, 0));
        const { forward, gradients } = derive(d, total, [w]);
        const lowered = expandForLowering(d.graph, [...forward, ...gradients]).roots;
        const { leaves, ...bindings } = d.bind(() => target);
        const values = evaluate(lowered, {
          ...bindings,
          leaves: new Map([...leaves, [w, new Float64Array(3).fill(sign * logit)]]),
        });
        const [loss, gradient] = lowered.map((node) => values.get(node)?.[0] ?? NaN);
        expect(Math.abs((loss ?? NaN) / (3 * expected) - 1)).toBeLessThan(1e-15);
        expect(gradient).toBeCloseTo(1 / (1 + Math.exp(-sign * logit)) - target, 15);
      }
    }
  });
});

describe("mean squared error of a linear layer", () => {
  it("has the gradient 2/n · mean((y − t) xᵀ), the constant once for the whole batch", () => {
    const d = new Drawing();
    const [x, t, w] = [d.x(4), d.x(2), d.w(2, 4)];
    const error = d.f("subtract", d.build.einsum("ab,b->a", w, x), t);
    const loss = batchMeanOf(d, d.f("divide", d.reduce("sum", d.power(error, 2), 0), d.c(2)));
    const { gradients } = derive(d, loss, [w]);
    expect(gradients).toEqual([batchMeanOf(d, d.build.einsum("a,b->ab", error, x))]);
  });
});

describe("a two-layer network", () => {
  const d = new Drawing();
  const [x, t, w1, b1, w2] = [d.x(2), d.x(1), d.w(4, 2), d.w(4), d.w(1, 4)];
  const h = d.f("tanh", d.f("add", d.build.einsum("ab,b->a", w1, x), b1));
  const y = d.build.einsum("ab,b->a", w2, h);
  const loss = batchMeanOf(d, d.reduce("sum", d.power(d.f("subtract", y, t), 2), 0));
  const derived = derive(d, loss, [w1, b1, w2]);

  it("shares h in the derivative of tanh, and 1/N leaves the work per sample", () => {
    const dy = d.f("subtract", y, t);
    const slope = d.f("subtract", d.c(1, 4), d.f("multiply", h, h));
    const dh = d.f("multiply", d.build.einsum("ab,a->b", w2, dy), slope);
    const twice = (node: Node): Node => d.f("multiply", d.build.constantLike(2, node), node);
    expect(derived.gradients[1]).toBe(twice(batchMeanOf(d, dh)));
    expect(derived.gradients[0]).toBe(twice(batchMeanOf(d, d.build.einsum("a,b->ab", dh, x))));
  });

  it("takes no more operations than before", () => {
    const before = countOperations(derived.before);
    const after = countOperations(derived.simple.roots);
    expect(after.perSample).toBeLessThan(before.perSample);
  });

  it("is a fixed point of simplification", () => {
    const again = simplify(d.graph, derived.simple.roots, { forward: derived.forward });
    expect(again.roots).toEqual(derived.simple.roots);
    expect(again.trace).toEqual([]);
  });
});

describe("a parameter that is used many times", () => {
  it("has one total over the batch, of one number", () => {
    const d = new Drawing();
    const w = d.w();
    let h = d.x(3);
    for (let k = 0; k < 20; k += 1) h = d.f("sin", d.f("add", h, d.build.fill(w, [3])));
    const { gradients } = derive(d, d.build.batchMean(d.reduce("sum", h, 0)), [w]);
    const totals = reachableFrom(gradients).filter((node) => node.operation === "batchReduce");
    expect(totals.map((node) => node.type.shape)).toEqual([[]]);
  });

  it("keeps contractions apart, each with its own total", () => {
    const d = new Drawing();
    const [W, x, y] = [d.w(2, 3), d.x(3), d.x(3)];
    const outputs = [x, y].map((each) => d.f("tanh", d.build.einsum("ab,b->a", W, each)));
    const [a, b] = outputs;
    if (a === undefined || b === undefined) throw new Error("there are two outputs");
    const { gradients } = derive(d, d.build.batchMean(d.reduce("sum", d.f("add", a, b), 0)), [W]);
    const totals = reachableFrom(gradients).filter((node) => node.operation === "batchReduce");
    expect(totals.map((node) => node.inputs.map(({ operation }) => operation))).toEqual([
      ["einsum"],
      ["einsum"],
    ]);
  });
});

describe("expansion before lowering", () => {
  it("computes each exponential of a softmax and its logarithm once", () => {
    const d = new Drawing();
    const z = d.x(3);
    const p = softmax(d, z);
    const roots = [p, d.reduce("logSumExp", z, 0)];
    const { roots: expanded } = expandForLowering(d.graph, roots);
    const text = formatGraph(expanded);
    expect(text.match(/= exp\(/g)).toHaveLength(1);
    expect(text).not.toContain("logSumExp");
    const values = evaluate(
      [...roots, ...expanded],
      d.bind(() => 0.5),
    );
    roots.forEach((root, k) => {
      const [before, after] = [values.get(root), values.get(expanded[k] ?? root)];
      before?.forEach((value, i) => {
        expect(after?.[i]).toBeCloseTo(value, 12);
      });
    });
  });
});

describe("the test of a relu's derivative", () => {
  const test = (bound: number, isKept: boolean): string => {
    const d = new Drawing();
    const x = d.x(3);
    const positive = d.f("greater", x, d.c(bound, 3));
    const kept = isKept ? [d.f("maximum", x, d.c(bound, 3))] : [];
    const dx = d.build.select(positive, x, d.f("negate", x));
    const rules = Object.values(ruleThemes).flat();
    const own = rules.filter(({ name }) => name === "test of a maximum that is kept");
    const { roots } = rewrite(d.graph, [dx, ...kept], own, "expand", { forward: [] });
    return roots[0]?.inputs[0]?.inputs[0]?.operation ?? "";
  };

  it("looks at max(x, c), so that x need not be kept", () => {
    expect(test(0, true)).toBe("maximum");
    expect(test(0.5, true)).toBe("maximum");
  });

  it("looks at x where the maximum is not computed, or single precision would round it", () => {
    expect(test(0, false)).toBe("input");
    expect(test(0.1, true)).toBe("input");
  });
});

import { describe, expect, it } from "vitest";
import { differentiate } from "../../src/calculus/index.ts";
import { type Node, reachableFrom } from "../../src/graph/index.ts";
import {
  rewrite,
  type RewriteRule,
  ruleThemes,
  simplify,
  simplifyRules,
  stabilise,
} from "../../src/rewrite/index.ts";
import { Drawing } from "./drawing.ts";

const arithmetic = simplifyRules;

/** What `make` simplifies to, as a node of the same graph as its leaves. */
function simplified(make: (d: Drawing) => Node): {
  readonly d: Drawing;
  readonly root: Node;
  readonly before: Node;
} {
  const d = new Drawing();
  const before = make(d);
  const [root = before] = simplify(d.graph, [before]).roots;
  return { d, root, before };
}

describe("the rewriting engine", () => {
  it("rewrites a chain 10,000 deep without recursion, visiting each node a bounded number of times", () => {
    const d = new Drawing();
    let deep = d.x(2);
    for (let k = 0; k < 10_000; k += 1) deep = d.f("add", d.f("tanh", deep), d.c(0, 2));
    let visits = 0;
    const counted: RewriteRule[] = arithmetic.map((rule) => ({
      ...rule,
      apply: (node, context) => {
        visits += 1;
        return rule.apply(node, context);
      },
    }));
    const { roots, trace } = rewrite(d.graph, [deep], counted, "test");
    expect(reachableFrom(roots)).toHaveLength(10_001);
    expect(trace).toHaveLength(10_000);
    expect(visits).toBeLessThan(4 * 20_000 * arithmetic.length);
  });

  it("does work in proportion to the graph: twice the depth, at most about twice the visits", () => {
    const visitsOf = (depth: number): number => {
      const d = new Drawing();
      let deep = d.x();
      const w = d.w();
      for (let k = 0; k < depth; k += 1) deep = d.f("tanh", d.f("multiply", w, d.f("negate", deep)));
      const loss = d.build.batchMean(deep);
      const { gradients } = differentiate(d.graph, loss, [w]);
      let visits = 0;
      const counted: RewriteRule[] = arithmetic.map((rule) => ({
        ...rule,
        apply: (node, context) => {
          visits += 1;
          return rule.apply(node, context);
        },
      }));
      rewrite(d.graph, [loss, ...gradients.values()], counted, "test");
      return visits;
    };
    expect(visitsOf(600) / visitsOf(300)).toBeLessThan(2.2);
  });

  it("maps any old node, also one that the roots do not need", () => {
    const d = new Drawing();
    const x = d.x();
    const [live, other] = [d.f("multiply", x, d.c(1)), d.f("exp", d.f("add", x, d.c(0)))];
    const { roots, replace, trace } = simplify(d.graph, [live]);
    expect(roots).toEqual([x]);
    expect(replace(live)).toBe(x);
    expect(replace(other)).toBe(d.f("exp", x));
    expect(trace.map((step) => step.rule)).toEqual(["one times"]);
  });

  it("says of each new node which rule made it from what, and keeps the origin of what only got new inputs", () => {
    const d = new Drawing();
    const negative = d.f("add", d.x(), d.f("negate", d.x()));
    const [root = negative] = simplify(d.graph, [d.f("exp", negative)]).roots;
    expect(root.origin).toEqual({ kind: "compiler", reason: "test" });
    expect(root.inputs[0]?.origin).toEqual({ kind: "rewrite", rule: "sum with a negative", from: negative });
  });

  it("notices rules that undo each other", () => {
    const d = new Drawing();
    const rename = (from: "sin" | "cos", to: "sin" | "cos"): RewriteRule => ({
      name: `${from} to ${to}`,
      holds: "real",
      operations: [from],
      statement: "nonsense",
      apply: (node, { build }) => build.apply(to, node.inputs, {}),
    });
    const rules = [rename("sin", "cos"), rename("cos", "sin")];
    expect(() => rewrite(d.graph, [d.f("sin", d.x())], rules, "test")).toThrow(
      "undo each other: 'sin to cos', 'cos to sin'",
    );
  });

  it("takes a batch reduction of what no longer varies over the batch as N times it, or itself", () => {
    const d = new Drawing();
    const t = d.distribution(3);
    const one = d.reduce("sum", t, 0);
    const { roots } = simplify(d.graph, [d.build.batchSum(one), d.build.batchMean(one)]);
    expect(roots).toEqual([d.build.batchSize(), d.c(1)]);
  });
});

describe("what stays as it is", () => {
  const paddedWith = (d: Drawing, x: Node, value: number): Node =>
    d.build.apply("pad", [x], { shape: [4], starts: [1], steps: [1], value });

  it("1 − 0.999^t", () => {
    const { root, before } = simplified((d) => {
      const step = d.build.leaf("step", {}, { shape: [], batched: false, element: "real" });
      return d.f("subtract", d.c(1), d.f("power", d.c(0.999), step));
    });
    expect(root).toBe(before);
  });

  it("(x²)^½ is |x|, not x", () => {
    const { d, root } = simplified((drawing) => drawing.power(drawing.power(drawing.x(), 2), 0.5));
    expect(root).toBe(d.f("abs", d.leaves[0]?.node ?? root));
  });

  it.each<[string, (d: Drawing) => Node]>([
    ["0·x", (d) => d.f("multiply", d.c(0), d.x())],
    [
      "x·y + x·z",
      (d) => {
        const x = d.x();
        return d.f("add", d.f("multiply", x, d.x()), d.f("multiply", x, d.x()));
      },
    ],
    ["e^log x", (d) => d.f("exp", d.f("log", d.x()))],
    ["(√x)²", (d) => d.power(d.f("sqrt", d.x()), 2)],
    ["x/3", (d) => d.f("divide", d.x(), d.c(3))],
    ["a/(b/c)", (d) => d.f("divide", d.x(), d.f("divide", d.x(), d.x()))],
    ["1/0", (d) => d.f("divide", d.c(1), d.c(0))],
    // Padded with another number than 0, no padding is linear.
    ["pad(3·x, 7)", (d) => paddedWith(d, d.f("multiply", d.c(3, 2), d.x(2)), 7)],
    ["Σ pad(x, 7)", (d) => d.reduce("sum", paddedWith(d, d.x(2), 7), 0)],
    ["Σₙ pad(x, 7)", (d) => d.build.batchSum(paddedWith(d, d.x(2), 7))],
    ["pad(0, 7)", (d) => paddedWith(d, d.c(0, 2), 7)],
  ])("%s", (_, make) => {
    const { root, before } = simplified(make);
    expect(root).toBe(before);
  });

  it("x − x in the forward pass, which is NaN where x is", () => {
    const d = new Drawing();
    const x = d.x();
    const zero = d.f("subtract", x, x);
    expect(simplify(d.graph, [zero]).roots).toEqual([zero]);
    expect(stabilise(d.graph, [zero]).roots).toEqual([zero]);
  });

  it("a guard against division by zero keeps the quotient inside", () => {
    const d = new Drawing();
    const [w, x] = [d.w(), d.x()];
    const guarded = d.build.select(d.f("less", d.c(0), w), d.f("divide", x, w), d.c(0));
    const loss = d.build.batchMean(guarded);
    const { gradients } = differentiate(d.graph, loss, [w]);
    const roots = [loss, ...gradients.values()];
    const text = reachableFrom(simplify(d.graph, roots).roots).filter((node) => node.operation === "select");
    expect(text.length).toBeGreaterThan(0);
  });
});

describe("constants near the ends of single precision", () => {
  const constantsIn = (roots: readonly Node[]): readonly number[] =>
    reachableFrom(roots).flatMap((node) => (node.operation === "constant" ? [node.attributes.value] : []));

  it.each<[string, number, (d: Drawing, s: (...shape: readonly number[]) => Node) => Node]>([
    ["Σ s·x", 1e-40, (d, s) => d.reduce("sum", d.f("multiply", s(4), d.x(4)), 0)],
    ["Σ x/s", 1e-40, (d, s) => d.reduce("sum", d.f("divide", d.x(4), s(4)), 0)],
    ["Σ s·x", 1e40, (d, s) => d.reduce("sum", d.f("multiply", s(4), d.x(4)), 0)],
    ["1e−10·(s·x)", 1e-30, (d, s) => d.f("multiply", d.c(1e-10), d.f("multiply", s(), d.x()))],
    ["(x/s)/1e15", 1e15, (d, s) => d.f("divide", d.f("divide", d.x(), s()), d.c(1e15))],
  ])("%s keeps s = %s where it is", (_, value, make) => {
    const { root, before } = simplified((d) => make(d, (...shape) => d.c(value, ...shape)));
    expect(root).toBe(before);
  });

  it("move where they are ordinary", () => {
    const { root } = simplified((d) => d.reduce("sum", d.f("multiply", d.c(1e-8, 4), d.x(4)), 0));
    expect(root.operation).toBe("multiply");
  });

  it.each([1e-40, 1e-20, 1e20, 1e40])("%s is no common factor of derivatives", (value) => {
    const d = new Drawing();
    const [u, w, x] = [d.w(3), d.w(3), d.x(3)];
    const rated = d.f("gather", d.w(5, 3), d.label(5));
    const square = (node: Node) => d.reduce("sum", d.power(node, 2), 0);
    const error = square(d.f("subtract", d.f("multiply", w, rated), x));
    const penalty = d.f("multiply", d.c(value), square(d.f("add", rated, u)));
    const loss = d.build.batchMean(d.f("add", error, penalty));
    const wrt = d.leaves.map(({ node }) => node).filter((node) => node.operation === "parameter");
    const { gradients } = differentiate(d.graph, loss, wrt);
    const { roots } = simplify(d.graph, [loss, ...gradients.values()], { forward: [loss] });
    const sizes = constantsIn(roots).map(Math.abs);
    const extreme = sizes.filter((size) => size > 0 && (size < 1e-18 || size > 1e18));
    expect(extreme.length).toBeGreaterThan(0);
    for (const size of extreme) expect(size / value).toSatisfy((ratio: number) => ratio >= 0.5 && ratio <= 2);
  });
});

describe("finite rules", () => {
  it("apply to derivatives only, and there to what depends on them", () => {
    const d = new Drawing();
    const x = d.x();
    const adjoint = d.build.from({ kind: "adjoint", of: x, operand: 0 });
    const forward = d.f("multiply", d.c(0), x);
    const derivative = adjoint.multiply(adjoint.constant(0), d.f("exp", x));
    expect(simplify(d.graph, [forward, derivative]).roots).toEqual([forward, d.c(0)]);
  });

  it("never apply to what is declared to be forward", () => {
    const d = new Drawing();
    const adjoint = d.build.from({ kind: "adjoint", of: d.x(), operand: 0 });
    const product = adjoint.multiply(adjoint.constant(0), d.f("exp", d.x()));
    expect(simplify(d.graph, [product], { forward: [product] }).roots).toEqual([product]);
  });

  it("are few", () => {
    const finite = Object.values(ruleThemes)
      .flat()
      .filter((rule) => rule.holds === "finite");
    expect(finite.map((rule) => rule.name).sort()).toEqual([
      "same divided and multiplied",
      "self minus self",
      "zero over",
      "zero times",
    ]);
  });
});

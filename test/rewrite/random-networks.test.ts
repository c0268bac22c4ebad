import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { differentiate } from "../../src/calculus/index.ts";
import type { Node, OperationName } from "../../src/graph/index.ts";
import { expandForLowering, simplify, stabilise } from "../../src/rewrite/index.ts";
import { evaluate } from "../../src/verify/index.ts";
import { Drawing } from "./drawing.ts";

/*
 * Networks grown at random from a list of choices, which fast-check shrinks: the passes keep the loss and every
 * gradient, end, and leave nothing to do for another run.
 */

const seed = 20_261_123;
const shapes: readonly (readonly number[])[] = [[], [2], [3], [2, 3], [3, 2]];
const unary: readonly OperationName[] = [
  "negate",
  "abs",
  "exp",
  "tanh",
  "sigmoid",
  "softplus",
  "sin",
  "expm1",
];
const binary: readonly OperationName[] = ["add", "subtract", "multiply", "divide", "maximum", "minimum"];

interface Network {
  readonly d: Drawing;
  readonly loss: Node;
  readonly parameters: readonly Node[];
}

/** Grows one node a triple of numbers. */
function grow(choices: readonly (readonly [number, number, number])[]): Network {
  const d = new Drawing();
  const parameters = shapes.map((shape) => d.w(...shape));
  const pool: Node[] = [...parameters, ...shapes.map((shape) => d.x(...shape)), d.distribution(3)];
  const label = d.label(3);
  const constants = [0, 1, -1, 2, 0.5, 3];
  const ofShape = (shape: readonly number[], choice: number): Node => {
    const fitting = pool.filter((node) => String(node.type.shape) === String(shape));
    return choice % 8 === 0
      ? d.c(constants[choice % constants.length] ?? 1, ...shape)
      : (fitting[fitting.length - 1 - (choice % Math.min(fitting.length, 4))] ?? d.c(1, ...shape));
  };
  for (const [kind, first, second] of choices) {
    const shape = shapes[first % shapes.length] ?? [];
    const [a, b] = [ofShape(shape, first), ofShape(shape, second)];
    const v = (size: number): Node => ofShape([size], second);
    const rank = shape.length;
    const growths: readonly (() => Node)[] = [
      () => d.f(unary[second % unary.length] ?? "exp", a),
      () => d.f(binary[second % binary.length] ?? "add", a, b),
      () => d.f(binary[first % binary.length] ?? "add", a, b),
      () => d.build.fill(ofShape([], first), shapes[second % shapes.length] ?? []),
      () => d.build.broadcast(v(3), [2, 3], [1]),
      () => (rank > 0 ? d.reduce("sum", a, second % rank) : a),
      () => (rank > 0 ? d.reduce(second % 2 === 0 ? "logSumExp" : "max", a, second % rank) : a),
      () => d.build.einsum("ab,b->a", ofShape([2, 3], first), v(3)),
      () => d.build.einsum("ab,a->b", ofShape([2, 3], first), v(2)),
      () => d.build.einsum("a,b->ab", v(3), ofShape([2], first)),
      () => (rank === 2 ? d.permute(a, 1, 0) : d.power(a, first % 4)),
      () => d.slice(v(3), [1], [2], [1]),
      () => d.f("gather", v(3), label),
      () => d.build.select(d.f("less", a, b), a, ofShape(shape, second + 1)),
      () => (second % 2 === 0 ? d.build.batchMean(a) : d.build.batchSum(a)),
      () => d.f("exp", d.f("subtract", v(3), d.fill(d.reduce("logSumExp", v(3), 0), 3))),
    ];
    pool.push(growths[kind % growths.length]?.() ?? a);
  }
  const sums = pool.slice(-3).map((node) =>
    d.build.sum(
      node,
      node.type.shape.map((_, axis) => axis),
    ),
  );
  return { d, loss: d.build.batchMean(sums.reduce((x, y) => d.f("add", x, y))), parameters };
}

const anyChoice = fc.tuple(fc.nat(15), fc.nat(1000), fc.nat(1000));

/** Equal up to rounding, wherever `before` is a number; the largest element sets the scale. */
function expectSame(before: Float64Array | undefined, after: Float64Array | undefined, what: string): void {
  const finite = [...(before ?? [])].filter(Number.isFinite);
  const scale = Math.max(1e-3, ...finite.map(Math.abs));
  before?.forEach((x, k) => {
    const y = after?.[k] ?? NaN;
    if (Number.isFinite(x) && !(Math.abs(x - y) <= 1e-7 * scale))
      expect.fail(`${what}[${k}] was ${x} and is now ${y}`);
  });
}

describe("random networks", () => {
  it("keep loss and gradients through every pass, and have nothing left to simplify", () => {
    fc.assert(
      fc.property(
        fc.array(anyChoice, { minLength: 3, maxLength: 25 }),
        fc.array(fc.integer({ min: -128, max: 128 }), { minLength: 7, maxLength: 7 }),
        (choices, numbers) => {
          const { d, loss, parameters } = grow(choices);
          const [stable = loss] = stabilise(d.graph, [loss]).roots;
          const { gradients } = differentiate(d.graph, stable, parameters);
          const roots = [stable, ...gradients.values()];
          const simple = simplify(d.graph, roots).roots;
          const expanded = expandForLowering(d.graph, simple).roots;
          let next = 0;
          const bindings = d.bind(() => (numbers[next++ % numbers.length] ?? 0) / 64 + next / 97);
          const values = evaluate([loss, ...roots, ...simple, ...expanded], bindings);
          expectSame(values.get(loss), values.get(stable), "stabilised loss");
          roots.forEach((root, k) => {
            const [now, lowered] = [simple[k] ?? root, expanded[k] ?? root];
            expectSame(values.get(root), values.get(now), `simplified root ${k}`);
            expectSame(values.get(now), values.get(lowered), `expanded root ${k}`);
          });
          const again = simplify(d.graph, simple);
          expect(again.trace.map((step) => step.rule)).toEqual([]);
          expect(again.roots.every((root, k) => root === simple[k])).toBe(true);
        },
      ),
      { seed, numRuns: 400 },
    );
  });
});

import { describe, expect, it } from "vitest";
import { differentiate, pushForward } from "../../src/calculus/index.ts";
import type { Node } from "../../src/graph/index.ts";
import { evaluateOne } from "../../src/verify/index.ts";
import { operationCases, type OperationCase } from "./cases.ts";
import {
  at,
  batchPatterns,
  batchSize,
  dot,
  drawn,
  type Instance,
  instantiate,
  realLeaf,
  valuesOf,
  weighted,
} from "./harness.ts";
import { type Random, seededRandom } from "./random.ts";

/** Which of the real leaves move, at one random point each; the others are held still. */
const moves: readonly ((leaves: readonly Node[]) => readonly Node[])[] = [
  (leaves) => leaves,
  (leaves) => leaves.slice(0, 1),
  (leaves) => leaves.slice(-1),
];
const normal = (random: Random): number => 2 * random() - 1;

/** Everything that a check of one case at one point needs: J is the Jacobian of y with respect to what moves. */
interface Setting extends Instance {
  /** A weight for y, its node and its values: Jᵀw is the gradient of ⟨w, y⟩. */
  readonly w: Node;
  /** A random direction for each leaf that moves. */
  readonly directions: ReadonlyMap<Node, Float64Array>;
  readonly bound: ReadonlyMap<Node, Float64Array>;
}

function settingOf(each: OperationCase, batched: readonly boolean[], seed: number): Setting {
  const random = seededRandom(seed);
  const instance = instantiate(each, batched, random);
  const w = realLeaf(instance.build, "w", instance.y.type);
  const realLeaves = moves[seed]?.(instance.realLeaves) ?? [];
  const directions = new Map(realLeaves.map((leaf) => [leaf, drawn(leaf, normal, random)] as const));
  const bound = new Map([...instance.values, [w, drawn(w, normal, random)] as const]);
  return { ...instance, realLeaves, w, directions, bound };
}

/** ⟨v, Jᵀw⟩ by reverse mode. */
function reverse({ build, y, w, realLeaves, directions, bound }: Setting): number {
  const { gradients } = differentiate(build.graph, weighted(build, y, w), realLeaves);
  const nodes = realLeaves.map((leaf) => gradients.get(leaf) ?? leaf);
  const values = valuesOf(nodes, bound, realLeaves);
  return realLeaves.reduce((sum, leaf, k) => sum + dot(values[k] ?? [], directions.get(leaf) ?? []), 0);
}

/** ⟨Jv, w⟩ by forward mode. */
function forward({ build, y, w, directions, bound }: Setting): number {
  const tangents = new Map(
    [...directions.keys()].map((leaf, k) => [leaf, realLeaf(build, `v${k}`, leaf.type)] as const),
  );
  const tangent = pushForward(build.graph, [y], tangents).get(y) ?? y;
  const values = new Map([
    ...bound,
    ...[...tangents].map(([leaf, v]) => [v, directions.get(leaf) ?? new Float64Array()] as const),
  ]);
  return dot(valuesOf([tangent], values, [y])[0] ?? [], bound.get(w) ?? []);
}

/** ⟨Jv, w⟩ by central differences, of fourth order: (8(f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h. */
function differences({ y, w, directions, bound }: Setting): number {
  const h = 2e-4;
  const valueAt = (t: number): number => {
    const moved = new Map(bound);
    for (const [leaf, v] of directions) {
      const x = bound.get(leaf) ?? v;
      moved.set(
        leaf,
        x.map((each, k) => each + t * at(v, k)),
      );
    }
    return dot(evaluateOne(y, { batchSize, leaves: moved }), bound.get(w) ?? []);
  };
  return (8 * (valueAt(h) - valueAt(-h)) - (valueAt(2 * h) - valueAt(-2 * h))) / (12 * h);
}

function expectClose(actual: number, expected: number, tolerance: number): void {
  expect(Math.abs(actual - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(tolerance);
}

describe.each(Object.entries(operationCases))("%s", (_, cases) => {
  for (const each of cases) {
    for (const batched of batchPatterns(each)) {
      const { y } = instantiate(each, batched, seededRandom(0));
      const title = `${each.name}${batched.includes(true) ? ` (batched: ${batched.join()})` : ""}`;
      it(`${title} has its type`, () => {
        expect(y.type.shape).toEqual(each.shape);
        // A draw varies over the batch by itself.
        if (y.operation !== "random")
          expect(y.type.batched).toBe(y.operation === "batchReduce" ? false : batched.includes(true));
      });
      if (
        each.hasDeclaredDerivative ||
        y.type.element !== "real" ||
        !each.leaves.some((leaf) => leaf.element === "real")
      )
        continue;
      it(`${title} agrees with differences, forward with reverse`, () => {
        for (const seed of moves.keys()) {
          const setting = settingOf(each, batched, seed);
          const jacobianProduct = reverse(setting);
          expectClose(jacobianProduct, differences(setting), 1e-8);
          expectClose(forward(setting), jacobianProduct, 1e-12);
        }
      });
    }
  }
});

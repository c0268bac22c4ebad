import { describe, expect, it } from "vitest";
import { type Node, sizeOf } from "../../src/graph/index.ts";
import { overSteps, substitute } from "../../src/operations/index.ts";
import { evaluateOne } from "../../src/verify/index.ts";
import { operationCases } from "./cases.ts";
import { batchSize, drawn, newBuilder, realLeaf } from "./harness.ts";
import { seededRandom } from "./random.ts";

const steps = 3;

const withOperands = Object.entries(operationCases).filter(([, cases]) =>
  cases.some(({ leaves }) => leaves.length > 0),
);

describe.each(withOperands)("%s over steps", (_, cases) => {
  for (const each of cases) {
    const { leaves } = each;
    // Every operand varies, or one of them alone.
    const patterns = [leaves.map(() => true), ...leaves.map((__, k) => leaves.map((___, j) => j === k))];
    for (const varies of leaves.length === 0 ? [] : patterns) {
      for (const batched of each.batched?.map((pattern) => pattern.includes(true)) ?? [false, true]) {
        const title = `${each.name}, varying: ${varies.join()}${batched ? ", batched" : ""}`;
        it(`${title}: is the operation at each step`, () => {
          const random = seededRandom(3);
          const build = newBuilder();
          const operands = leaves.map(({ shape, element }, k) =>
            varies[k] === true
              ? build.placeholder({ shape, element, batched })
              : realLeaf(build, `x${k}`, { shape, element, batched }),
          );
          const y = each.make(build, operands);
          const series = operands.map((operand, k) =>
            realLeaf(build, `s${k}`, { ...operand.type, shape: [steps, ...operand.type.shape] }),
          );
          const given = new Map<Node, Node>();
          const values = new Map<Node, Float64Array>();
          operands.forEach((operand, k) => {
            const all = varies[k] === true ? (series[k] ?? operand) : operand;
            if (varies[k] === true) given.set(operand, all);
            values.set(all, drawn(all, leaves[k]?.draw ?? random, random));
          });
          const [all] = overSteps(build.graph, [y], given, steps);
          if (all === undefined) throw new Error("there is a result");
          expect(all.type.shape).toEqual([steps, ...y.type.shape]);
          const together = evaluateOne(all, { batchSize, step: 1, leaves: values });
          for (let t = 0; t < steps; t += 1) {
            const leavesNow = new Map(
              operands.map((operand, k) => {
                const source = varies[k] === true ? (series[k] ?? operand) : operand;
                const value = values.get(source) ?? new Float64Array();
                return [operand, varies[k] === true ? stepOf(source, value, t) : value] as const;
              }),
            );
            const alone = evaluateOne(y, { batchSize, step: 1, leaves: leavesNow });
            expect(stepOf(all, together, t)).toEqual(alone);
          }
        });
      }
    }
  }
});

/** Step t of a value whose first axis is the steps: of each sample. */
function stepOf(node: Node, value: Float64Array, t: number): Float64Array {
  const size = sizeOf(node.type.shape);
  const step = size / steps;
  const samples = Array.from({ length: node.type.batched ? batchSize : 1 }, (_, n) =>
    value.subarray(n * size + t * step, n * size + (t + 1) * step),
  );
  return Float64Array.from(samples.flatMap((each) => [...each]));
}

describe("substitute", () => {
  it("leaves what does not depend on the given nodes as it is", () => {
    const build = newBuilder();
    const [x, w] = [
      build.placeholder({ shape: [2], element: "real", batched: true }),
      build.constant(2, [2]),
    ];
    const doubled = build.multiply(w, w);
    const y = build.add(build.multiply(x, doubled), w);
    const [result] = substitute(build.graph, [y], new Map([[x, build.constant(3, [2])]]));
    expect(result?.inputs[1]).toBe(w);
    expect(result?.inputs[0]?.inputs[1]).toBe(doubled);
    expect(result?.type.batched).toBe(false);
  });
});

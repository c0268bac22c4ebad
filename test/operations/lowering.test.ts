import { describe, expect, it } from "vitest";
import { InvariantError } from "../../src/diagnostics/index.ts";
import { type Node, type NodeOf, type OperationName, reachableFrom, sizeOf } from "../../src/graph/index.ts";
import { expansionOf, type Lowering, operationTable } from "../../src/operations/index.ts";
import {
  type Affine,
  affineConstant,
  constantOf,
  type Expression,
  foldExpression,
  randomNumber,
  scalarFunctions,
  scalarNumber,
} from "../../src/program/index.ts";
import { evaluate } from "../../src/verify/index.ts";
import { operationCases } from "./cases.ts";
import { at, batchPatterns, batchSize, type Instance, instantiate } from "./harness.ts";
import { seededRandom } from "./random.ts";

/** Runs an operation's lowering rule for one element of one sample, its operands' values being known. */
class ElementRunner {
  readonly node: NodeOf<OperationName>;
  readonly #operands: readonly { readonly node: Node; readonly value: Float64Array }[];
  readonly reads: number[];
  readonly #sample: number;

  constructor(node: Node, values: ReadonlyMap<Node, Float64Array>, sample: number) {
    this.node = node;
    this.#sample = sample;
    this.reads = node.inputs.map(() => 0);
    this.#operands = node.inputs.map((input) => {
      const size = sizeOf(input.type.shape);
      const value = values.get(input) ?? new Float64Array();
      return {
        node: input,
        value: input.type.batched ? value.slice(sample * size, (sample + 1) * size) : value,
      };
    });
  }

  /** What a rule is given to read element `index`, and element `over` of the reduction's domain. */
  context(index: readonly number[], over: readonly number[] = []) {
    return {
      node: this.node,
      index: index.map(affineConstant),
      sample: affineConstant(this.#sample),
      over: over.map(affineConstant),
      operand: (k: number, place: readonly Affine[]) => scalarNumber(this.#read(k, place)),
      integer: (k: number, place: readonly Affine[]) => affineConstant(this.#read(k, place)),
    };
  }

  value(k: number, index: readonly number[]): number {
    return this.#read(k, index.map(affineConstant));
  }

  /** NaN outside of the operand: the rule must not choose it. */
  #read(k: number, place: readonly Affine[]): number {
    this.reads[k] = at(this.reads, k) + 1;
    const operand = this.#operands[k];
    if (operand === undefined) throw new Error(`no operand ${k}`);
    const { shape } = operand.node.type;
    expect(place.length).toBe(shape.length);
    const indices = place.map(numberOf);
    if (indices.some((i, axis) => i < 0 || i >= at(shape, axis))) return NaN;
    return at(
      operand.value,
      indices.reduce((offset, i, axis) => offset * at(shape, axis) + i, 0),
    );
  }
}

const seed = 5;

function numberOf(affine: Affine): number {
  const value = constantOf(affine);
  if (value === undefined || !Number.isInteger(value))
    throw new Error("an index of constants is a whole number");
  return value;
}

function scalarValue(expression: Expression): number {
  return foldExpression<number>(expression, {
    number: (value) => value,
    index: numberOf,
    inRange: ({ value, from, to, step }) => {
      const i = numberOf(value);
      return Number(i >= from && i < to && (i - from) % step === 0);
    },
    batchSize: () => batchSize,
    step: () => 1,
    random: (stream, value) => randomNumber(seed, 1, stream, numberOf(value)),
    apply: (operation, operands) => scalarFunctions[operation](...operands),
    local: () => NaN,
    load: () => NaN,
  });
}

/** Every index of a shape, in row-major order. */
function indicesOf(shape: readonly number[]): readonly (readonly number[])[] {
  return shape.reduce<readonly (readonly number[])[]>(
    (prefixes, extent) =>
      prefixes.flatMap((prefix) => Array.from({ length: extent }, (_, i) => [...prefix, i])),
    [[]],
  );
}

const combiners = {
  add: { neutral: 0, combine: (a: number, b: number) => a + b },
  maximum: { neutral: -Infinity, combine: Math.max },
  minimum: { neutral: Infinity, combine: Math.min },
};

/** One element by the lowering rule, or `undefined` for the kinds that have no rule of their own. */
function lowered(
  lowering: Lowering<OperationName>,
  runner: ElementRunner,
  index: readonly number[],
): number | undefined {
  switch (lowering.kind) {
    case "element": {
      const value = scalarValue(lowering.element(runner.context(index)));
      expect(Math.max(0, ...runner.reads), "an element asks for each operand at most once").toBeLessThan(2);
      return value;
    }
    case "scatter": {
      const values = runner.node.inputs[lowering.values];
      if (values === undefined) throw new Error("a scatter has values");
      const landing = indicesOf(values.type.shape).filter((from) =>
        lowering.place(runner.context(from)).every((place, axis) => numberOf(place) === index[axis]),
      );
      if (lowering.isDisjoint?.(runner.node)) expect(landing.length).toBeLessThan(2);
      return landing.reduce((total, from) => total + runner.value(lowering.values, from), 0);
    }
    case "reduction": {
      const { neutral, combine } = combiners[lowering.combine(runner.node)];
      return indicesOf(lowering.domain(runner.node))
        .map((over) => scalarValue(lowering.element(runner.context(index, over))))
        .reduce((total, value) => combine(total, value), neutral);
    }
    case "leaf":
    case "delay":
    case "reshape":
    case "batchReduction":
    case "expand":
      return undefined;
  }
}

function bindingsOf({ values }: Instance) {
  return { batchSize, step: 1, seed, leaves: values };
}

describe.each(Object.entries(operationCases))("%s", (_, cases) => {
  for (const each of cases) {
    for (const batched of batchPatterns(each)) {
      const title = `${each.name}${batched.includes(true) ? ` (batched: ${batched.join()})` : ""}`;
      const instance = instantiate(each, batched, seededRandom(7));
      const { build, y } = instance;
      // The entry of a node's own operation is the one of its type.
      const lowering = operationTable[y.operation].lowering as Lowering<OperationName>;
      const expansion = expansionOf(build, y);
      if (lowering.kind === "leaf" || lowering.kind === "delay") {
        it(`${title} is read from memory`, () => {
          expect(y.inputs).toEqual([]);
        });
        continue;
      }

      it(`${title} is lowered to what it means`, () => {
        const values = evaluate(expansion ? [y, expansion] : [y], bindingsOf(instance));
        const expected = values.get(y) ?? new Float64Array();
        if (expansion !== undefined) {
          expect(expansion.type).toEqual(y.type);
          for (const node of reachableFrom([expansion])) expect(expansionOf(build, node)).toBeUndefined();
          expectAllClose(values.get(expansion) ?? [], expected);
          return;
        }
        const samples = y.type.batched ? batchSize : 1;
        const indices = indicesOf(y.type.shape);
        const actual = Array.from({ length: samples }, (__, n) =>
          indices.map((index) => lowered(lowering, new ElementRunner(y, values, n), index)),
        ).flat();
        if (actual.every((value) => value === undefined)) return; // no rule of its own: lower/ tests it
        expectAllClose(
          actual.map((value) => value ?? NaN),
          expected,
        );
      });
    }
  }
});

function expectAllClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  for (let k = 0; k < expected.length; k += 1) {
    expect(Math.abs(at(actual, k) - at(expected, k))).toBeLessThanOrEqual(
      1e-14 * Math.max(1, Math.abs(at(expected, k))),
    );
  }
}

describe("expansionOf", () => {
  it("gives logSumExp its infinite values", () => {
    const { y, build, leaves } = instantiate(
      {
        name: "",
        leaves: [{ shape: [4, 2], element: "real", draw: () => 0 }],
        shape: [4],
        make: (b, xs) => b.apply("reduce", xs, { kind: "logSumExp", axes: [1] }),
      },
      [false],
      seededRandom(1),
    );
    const expansion = expansionOf(build, y);
    if (expansion === undefined) throw new InvariantError("logSumExp expands");
    const x = [-Infinity, -Infinity, Infinity, 0, -Infinity, 3, 1e308, 1e308];
    const values = evaluate([expansion], { batchSize, leaves: new Map(leaves.map((leaf) => [leaf, x])) });
    expect([...(values.get(expansion) ?? [])]).toEqual([-Infinity, Infinity, 3, 1e308]);
  });
});

import { describe, expect, it } from "vitest";
import { type Node, sizeOf } from "../../src/graph/index.ts";
import { lowerProgram } from "../../src/lower/index.ts";
import type { Builder } from "../../src/operations/index.ts";
import type { Buffer, Memory, Precision, Program, Statement } from "../../src/program/index.ts";
import { expandForLowering } from "../../src/rewrite/index.ts";
import { evaluate } from "../../src/verify/index.ts";
import { operationCases } from "../operations/cases.ts";
import { batchPatterns, batchSize, type Instance, instantiate } from "../operations/harness.ts";
import { seededRandom } from "../operations/random.ts";
import { runKernel } from "../support/kernel.ts";

/* Every operation of the table on the machine, one number after the other and in lanes, beside the interpreter of graphs. */

const step = 3;
const seed = 11;

/** In vectors of four there is one, then, and there are samples left over. */
const copies = 2;
const batch = copies * batchSize;

interface Way {
  readonly schedule: "unrolled" | "tiled";
  readonly lanes: 2 | 4;
}

const ways: readonly Way[] = [
  { schedule: "unrolled", lanes: 2 },
  { schedule: "unrolled", lanes: 4 },
  { schedule: "tiled", lanes: 2 },
  { schedule: "tiled", lanes: 4 },
];

/** What programs can deliver: reals. */
function asReal(build: Builder, node: Node): Node {
  if (node.type.element === "real") return node;
  if (node.type.element === "integer") return build.apply("toReal", [node], {});
  const { shape } = node.type;
  return build.apply("select", [node, build.constant(1, shape), build.constant(0, shape)], {});
}

/** The samples of the instance, and the same again. */
function valuesFor({ values }: Instance, precision: Precision): ReadonlyMap<Node, Float64Array> {
  const round = precision === "f32" ? Math.fround : (value: number) => value;
  return new Map(
    [...values].map(([node, given]) => {
      const again = node.type.batched ? copies : 1;
      return [
        node,
        Float64Array.from({ length: again * given.length }, (_, k) => round(given[k % given.length] ?? NaN)),
      ];
    }),
  );
}

function loopsInLanes(statements: readonly Statement[]): number {
  return statements.reduce(
    (count, each) =>
      count +
      (each.kind === "loop" && each.lanes !== undefined ? 1 : 0) +
      ("body" in each ? loopsInLanes(each.body) : 0),
    0,
  );
}

function lowered(y: Node, { schedule, lanes }: Way): Program {
  const { shape, batched } = y.type;
  const buffer: Buffer = {
    name: "y",
    role: batched ? "output" : "gradient",
    element: "real",
    shape,
    batched,
  };
  const sinks = [{ kind: "store", buffer, node: y }] as const;
  const precision = lanes === 4 ? "f32" : "f64";
  return lowerProgram({
    name: "predict",
    sinks,
    names: new Map(),
    schedule,
    batchSize: batch,
    lanes,
    precision,
  });
}

function expectMeaning(instance: Instance, way: Way): number {
  const precision = way.lanes === 4 ? "f32" : "f64";
  const y = asReal(instance.build, instance.y);
  const { replace } = expandForLowering(instance.build.graph, [y]);
  const program = lowered(replace(y), way);
  const values = valuesFor(instance, precision);
  const memory: Memory = new Map(
    [...values].map(([node, given]) => [
      node.operation === "input" ? node.attributes.name : "",
      node.type.element === "real" ? given : Int32Array.from(given),
    ]),
  );
  const samples = y.type.batched ? batch : 1;
  memory.set("y", new Float64Array(samples * sizeOf(y.type.shape)).fill(NaN));
  const wanted = evaluate([y], { batchSize: batch, step, seed, leaves: values }).get(y) ?? [];
  runKernel(program, memory, precision, { batch, step, seed });
  const scale = Math.max(1e-3, ...wanted.map(Math.abs));
  const gaps = Array.from(memory.get("y") ?? [], (found, k) => Math.abs(found - (wanted[k] ?? NaN)) / scale);
  expect(gaps.length).toBe(wanted.length);
  const bound = precision === "f64" ? 1e-14 : 1e-5;
  expect(gaps.filter((gap) => !(gap <= bound))).toEqual([]);
  return loopsInLanes(program.body);
}

/** What is not computed: what a caller gives, and what stands for values of a recurrence, which whole networks have. */
const given: readonly string[] = ["input", "parameter", "state", "placeholder", "delay"];

describe("each operation in a kernel", () => {
  const computed = Object.entries(operationCases).filter(([name]) => !given.includes(name));
  it.each(computed)("%s", (_, cases) => {
    let inLanes = 0;
    for (const each of cases) {
      for (const batched of batchPatterns(each)) {
        for (const way of ways) inLanes += expectMeaning(instantiate(each, batched, seededRandom(7)), way);
      }
    }
    const isScalar = cases.every(({ shape, leaves }) => shape.length === 0 && leaves.length === 0);
    expect(inLanes > 0).toBe(!isScalar);
  });
});

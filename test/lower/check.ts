import { expect } from "vitest";
import { type Node, reachableFrom, sizeOf } from "../../src/graph/index.ts";
import type { Sink } from "../../src/lower/index.ts";
import {
  type Buffer,
  type Memory,
  type Program,
  runProgram,
  verifyProgram,
} from "../../src/program/index.ts";
import { evaluate } from "../../src/verify/index.ts";
import { type Random, seededRandom } from "../operations/random.ts";
import type { TestNetwork } from "./networks.ts";

export function gradientBuffer(name: string, node: Node): Buffer {
  return {
    name: `d${name}`,
    role: "gradient",
    element: "real",
    shape: node.type.shape,
    batched: false,
    of: name,
  };
}

/** The sinks of each of the programs of a module. */
export function sinksOf(network: TestNetwork): Readonly<Record<string, readonly Sink[]>> {
  const loss: Sink = { kind: "return", node: network.loss };
  const output: Buffer = {
    name: "output",
    role: "output",
    element: "real",
    shape: network.prediction.type.shape,
    batched: true,
  };
  return {
    loss: [loss],
    gradient: [
      ...network.gradients.map((node, k): Sink => {
        const name = network.parameters[k]?.attributes.name ?? "";
        return { kind: "store", buffer: gradientBuffer(name, node), node };
      }),
      loss,
    ],
    trainStep: [...network.updates, loss],
    predict: [{ kind: "store", buffer: output, node: network.prediction }],
  };
}

function leafValues(node: Node, batch: number, random: Random): Float64Array {
  const values = new Float64Array(sizeOf(node.type.shape) * (node.type.batched ? batch : 1));
  const categories = node.operation === "input" ? node.attributes.categories : undefined;
  const isSquare = node.operation === "state" && node.attributes.name === "v"; // a mean of squares is not negative
  for (const k of values.keys()) {
    if (categories !== undefined) values[k] = Math.floor(random() * categories);
    else values[k] = isSquare ? random() : 2 * random() - 1;
  }
  return values;
}

const step = 3;

/** The leaves that a program's buffers hold. */
function leavesByName(sinks: readonly Sink[]): ReadonlyMap<string, Node> {
  const roots = sinks.flatMap((sink) =>
    sink.kind === "update" ? [sink.node, sink.target as Node] : [sink.node],
  );
  const leaves = new Map<string, Node>();
  for (const node of reachableFrom(roots)) {
    if (node.operation === "input" || node.operation === "parameter") leaves.set(node.attributes.name, node);
    if (node.operation === "state")
      leaves.set(`${node.attributes.name} of ${node.attributes.parameter}`, node);
  }
  return leaves;
}

function leafKey(buffer: Buffer): string {
  return buffer.owner === undefined ? (buffer.of ?? "") : `${buffer.of ?? ""} of ${buffer.owner}`;
}

/** Runs a program on random data and compares everything it delivers with the graph's own meaning. */
export function expectMeaning(program: Program, sinks: readonly Sink[], batch: number, seed: number): void {
  expect(verifyProgram(program)).toEqual([]);
  const random = seededRandom(seed);
  const leaves = leavesByName(sinks);
  const values = new Map([...leaves].map(([, node]) => [node, leafValues(node, batch, random)]));
  const memory: Memory = new Map();
  const resultBuffers: Buffer[] = [];
  for (const buffer of program.buffers) {
    const leaf = leaves.get(leafKey(buffer));
    if (buffer.role === "gradient" || buffer.role === "output") {
      memory.set(
        buffer.name,
        new Float64Array(sizeOf(buffer.shape) * (buffer.batched ? batch : 1)).fill(NaN),
      );
      resultBuffers.push(buffer);
    } else if (leaf !== undefined) {
      const data = values.get(leaf) ?? [];
      memory.set(buffer.name, buffer.element === "integer" ? Int32Array.from(data) : Float64Array.from(data));
    }
  }
  const expected = evaluate(
    sinks.map(({ node }) => node),
    { batchSize: batch, step, leaves: values },
  );
  const returned = runProgram(program, memory, { batch, step });
  for (const sink of sinks) {
    const want = expected.get(sink.node) ?? new Float64Array();
    if (sink.kind === "return") expectClose([returned ?? NaN], want, "the result");
    else {
      const name =
        sink.kind === "store"
          ? sink.buffer.name
          : (program.buffers.find(
              (buffer) => leaves.get(leafKey(buffer)) === (sink.target as Node) && buffer.role !== "gradient",
            )?.name ?? "");
      expectClose(memory.get(name) ?? [], want, name);
    }
  }
}

function expectClose(got: ArrayLike<number>, want: ArrayLike<number>, what: string): void {
  expect(got.length, what).toBe(want.length);
  for (let k = 0; k < want.length; k += 1) {
    const [a, b] = [got[k] ?? NaN, want[k] ?? NaN];
    if (Object.is(a, b) || Math.abs(a - b) <= 1e-11 * (1 + Math.abs(b))) continue;
    expect.fail(`${what}[${k}] is ${a}, not ${b}`);
  }
}

import { type Network, type Node } from "../../src/graph/index.ts";
import { readNetwork } from "../../src/language/index.ts";
import { evaluateOne, withoutRecurrences } from "../../src/verify/index.ts";

/** Reads a file that only needs to be read: a loss and a parameter are added. */
export function read(text: string): Network {
  return readNetwork({
    name: "test.nabla",
    text: `${text}\nanyParameter = parameter()\nloss = anyParameter ^ 2\n`,
  });
}

export function statement(network: Network, name: string): Node {
  const found = network.statements.find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no statement ${name}`);
  return found.node;
}

export type Data = Readonly<Record<string, readonly number[]>>;

/** The value of the statement `name` for one sample. */
export function valueOf(network: Network, name: string, data: Data, batchSize = 1): number[] {
  const leaves = new Map<Node, readonly number[]>();
  for (const leaf of [...network.inputs, ...network.targets, ...network.parameters]) {
    leaves.set(leaf.node, data[leaf.name] ?? [0]);
  }
  const node = statement(network, name);
  return [
    ...evaluateOne(withoutRecurrences(network.graph, [node])(node), { batchSize, step: 1, seed: 0, leaves }),
  ];
}

/** The value of `expression` where x is an input of `x`'s length and t a target of `t`'s. */
export function compute(expression: string, x: readonly number[], t?: readonly number[]): number[] {
  const declared = t === undefined ? "" : `t = target([${String(t.length)}])\n`;
  const network = read(`x = input([${String(x.length)}])\n${declared}result = ${expression}`);
  return valueOf(network, "result", t === undefined ? { x } : { x, t });
}

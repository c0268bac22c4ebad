import { differentiate } from "../../src/calculus/index.ts";
import { Graph, type Node, type NodeOf, sizeOf } from "../../src/graph/index.ts";
import type { Sink } from "../../src/lower/index.ts";
import { Builder } from "../../src/operations/index.ts";
import { expandForLowering, simplify, stabilise } from "../../src/rewrite/index.ts";

/** A small network, derived and expanded: what lowering starts from. */
export interface TestNetwork {
  readonly graph: Graph;
  readonly loss: Node;
  readonly prediction: Node;
  readonly parameters: readonly NodeOf<"parameter">[];
  readonly gradients: readonly Node[];
  readonly updates: readonly Extract<Sink, { kind: "update" }>[];
  readonly names: ReadonlyMap<Node, string>;
}

/** Writes a network's expressions in short. */
export class Sketch {
  readonly graph = new Graph();
  readonly build = new Builder(this.graph, { kind: "compiler", reason: "a test" });
  readonly parameters: NodeOf<"parameter">[] = [];
  readonly names = new Map<Node, string>();

  input(name: string, shape: readonly number[], role: "input" | "target" = "input"): Node {
    const type = { shape, batched: true, element: "real" } as const;
    return this.named(name, this.build.leaf("input", { name, role }, type));
  }

  labels(name: string, shape: readonly number[], categories: number): Node {
    const type = { shape, batched: true, element: "integer" } as const;
    return this.named(name, this.build.leaf("input", { name, role: "target", categories }, type));
  }

  parameter(name: string, shape: readonly number[]): Node {
    const node = this.build.leaf("parameter", { name }, { shape, batched: false, element: "real" });
    this.parameters.push(node);
    return this.named(name, node);
  }

  named(name: string, node: Node): Node {
    this.names.set(node, name);
    return node;
  }

  apply(operation: "tanh" | "sigmoid" | "softplus" | "exp" | "log" | "sqrt" | "negate", x: Node): Node {
    return this.build.apply(operation, [x], {});
  }

  /** W x + b */
  affine(W: Node, x: Node, b: Node): Node {
    return this.build.add(this.build.einsum("ab,b->a", W, x), b);
  }

  relu(x: Node): Node {
    return this.build.apply("maximum", [x, this.build.constantLike(0, x)], {});
  }

  mean(x: Node): Node {
    return this.build.batchMean(x);
  }

  logSumExp(x: Node): Node {
    return this.build.apply("reduce", [x], { kind: "logSumExp", axes: [0] });
  }

  /** −log softmax(logits)[label], by one-hot multiplication. */
  crossEntropy(logits: Node, label: Node): Node {
    const { build } = this;
    const shape = logits.type.shape;
    const classes = build.iota(shape, 0);
    const isLabel = build.apply("equal", [build.broadcast(label, shape, []), classes], {});
    const chosen = build.select(isLabel, logits, build.constant(0, shape));
    return build.subtract(this.logSumExp(logits), build.sum(chosen, [0]));
  }
}

export type OptimizerName = "sgd" | "adam" | "momentum";

/** Derives a sketched network the way the compiler does. */
export function derive(
  sketch: Sketch,
  lossPerBatch: Node,
  output: Node,
  optimizer: OptimizerName,
): TestNetwork {
  const { graph, parameters } = sketch;
  const stable = stabilise(graph, [lossPerBatch, output]);
  const loss = stable.replace(lossPerBatch);
  const { gradients } = differentiate(graph, loss, parameters);
  const raw = parameters.map((node) => gradients.get(node as Node) ?? (node as Node));
  const simple = simplify(graph, [loss, stable.replace(output), ...raw]);
  const derived = raw.map(simple.replace);
  const updates = parameters.flatMap((parameter, k) =>
    optimizers[optimizer](sketch, parameter, derived[k] as Node),
  );
  const updated = simplify(
    graph,
    updates.map(({ node }) => node),
  );
  const results = [simple.replace(loss), simple.replace(stable.replace(output)), ...derived];
  const { replace } = expandForLowering(graph, [
    ...results,
    ...updates.map(({ node }) => updated.replace(node)),
  ]);
  const names = new Map<Node, string>();
  for (const [node, name] of sketch.names) names.set(replace(simple.replace(stable.replace(node))), name);
  for (const [k, node] of derived.entries())
    names.set(replace(node), `d${parameters[k]?.attributes.name ?? ""}`);
  return {
    graph,
    loss: replace(simple.replace(loss)),
    prediction: replace(simple.replace(stable.replace(output))),
    parameters,
    gradients: derived.map(replace),
    updates: updates.map((update) => ({ ...update, node: replace(updated.replace(update.node)) })),
    names,
  };
}

type Updates = readonly Extract<Sink, { kind: "update" }>[];

const optimizers: Readonly<
  Record<OptimizerName, (sketch: Sketch, parameter: NodeOf<"parameter">, gradient: Node) => Updates>
> = {
  sgd: ({ build }, w, g) => [
    {
      kind: "update",
      target: w,
      node: build.subtract(w, build.multiply(build.constantLike(0.1, g), g)),
    },
  ],
  momentum: (sketch, w, g) => {
    const { build } = sketch;
    const u = state(sketch, "u", w);
    const next = build.add(build.multiply(build.constantLike(0.9, g), u), g);
    return [
      { kind: "update", target: u, node: next },
      {
        kind: "update",
        target: w,
        node: build.subtract(w, build.multiply(build.constantLike(0.1, g), next)),
      },
    ];
  },
  // Kingma & Ba 2015, algorithm 1
  adam: (sketch, w, g) => {
    const { build } = sketch;
    const [m, v] = [state(sketch, "m", w), state(sketch, "v", w)];
    const like = (value: number): Node => build.constantLike(value, g);
    const step = build.leaf("step", {}, { shape: [], batched: false, element: "real" }) as Node;
    const bias = (beta: number): Node => {
      const power = build.apply("power", [build.constant(beta), step], {});
      return build.fill(build.subtract(build.constant(1), power), g.type.shape);
    };
    const decay = (beta: number, old: NodeOf<"state">, now: Node): Node =>
      build.add(build.multiply(like(beta), old), build.multiply(like(1 - beta), now));
    const [nextM, nextV] = [decay(0.9, m, g), decay(0.999, v, build.multiply(g, g))];
    const root = build.apply("sqrt", [build.divide(nextV, bias(0.999))], {});
    const change = build.divide(
      build.multiply(like(0.01), build.divide(nextM, bias(0.9))),
      build.add(root, like(1e-8)),
    );
    return [
      { kind: "update", target: m, node: nextM },
      { kind: "update", target: v, node: nextV },
      { kind: "update", target: w, node: build.subtract(w, change) },
    ];
  },
};

function state(sketch: Sketch, name: string, parameter: NodeOf<"parameter">): NodeOf<"state"> {
  const attributes = { name, parameter: parameter.attributes.name };
  return sketch.build.leaf("state", attributes, parameter.type);
}

/** x → w1·x + w2 with half the summed squared error. */
export function linearRegression(): TestNetwork {
  const s = new Sketch();
  const [x, t] = [s.input("x", []), s.input("t", [], "target")];
  const [w1, w2] = [s.parameter("w1", []), s.parameter("w2", [])];
  const y = s.named("y", s.build.add(s.build.multiply(w1, x), w2));
  const error = s.build.subtract(y, t);
  const loss = s.build.multiply(s.build.constant(0.5), s.build.batchSum(s.build.multiply(error, error)));
  return derive(s, loss, y, "sgd");
}

/** 2-4-1 with tanh and sigmoid, binary cross-entropy from logits. */
export function xor(optimizer: OptimizerName = "sgd"): TestNetwork {
  const s = new Sketch();
  const { build } = s;
  const [x, t] = [s.input("x", [2]), s.input("t", [1], "target")];
  const [W1, b1] = [s.parameter("W1", [4, 2]), s.parameter("b1", [4])];
  const [W2, b2] = [s.parameter("W2", [1, 4]), s.parameter("b2", [1])];
  const h = s.named("h", s.apply("tanh", s.affine(W1, x, b1)));
  const z = s.named("z", s.affine(W2, h, b2));
  const y = s.named("y", s.apply("sigmoid", z));
  // −t log y − (1 − t) log(1 − y) = softplus(z) − t z
  const loss = build.sum(build.subtract(s.apply("softplus", z), build.multiply(t, z)), [0]);
  return derive(s, s.mean(loss), y, optimizer);
}

/** To each sample's loss a sum over the batch is added, so that there is a second loop over the samples. */
export function sharedTerm(): TestNetwork {
  const s = new Sketch();
  const { build } = s;
  const [x, t] = [s.input("x", [5]), s.input("t", [3], "target")];
  const [W1, b1] = [s.parameter("W1", [7, 5]), s.parameter("b1", [7])];
  const [W2, b2] = [s.parameter("W2", [3, 7]), s.parameter("b2", [3])];
  const y = s.named("y", s.affine(W2, s.named("h", s.apply("tanh", s.affine(W1, x, b1))), b2));
  const error = build.subtract(y, t);
  const squares = build.sum(build.multiply(error, error), [0]);
  const shared = build.multiply(build.constant(0.01), build.batchSum(squares));
  return derive(s, s.mean(build.multiply(squares, build.add(squares, shared))), y, "sgd");
}

/** inputs-hidden-classes with relu and softmax cross-entropy of integer labels. */
export function classifier(
  [inputs, hidden, classes]: readonly [number, number, number],
  optimizer: OptimizerName,
): TestNetwork {
  const s = new Sketch();
  const x = s.input("x", [inputs]);
  const t = s.labels("t", [], classes);
  const [W1, b1] = [s.parameter("W1", [hidden, inputs]), s.parameter("b1", [hidden])];
  const [W2, b2] = [s.parameter("W2", [classes, hidden]), s.parameter("b2", [classes])];
  const h = s.named("h", s.relu(s.affine(W1, x, b1)));
  const logits = s.named("logits", s.affine(W2, h, b2));
  return derive(s, s.mean(s.crossEntropy(logits, t)), logits, optimizer);
}

/** Number of elements of a leaf for a batch. */
export function leafLength(node: Node, batch: number): number {
  return sizeOf(node.type.shape) * (node.type.batched ? batch : 1);
}

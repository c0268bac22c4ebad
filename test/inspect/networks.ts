import { differentiate } from "../../src/calculus/index.ts";
import {
  type DerivedNetwork,
  Graph,
  type NamedNode,
  nameNodes,
  type Node,
  type NodeOf,
  type ParameterDeclaration,
  type RewriteStep,
} from "../../src/graph/index.ts";
import { Builder } from "../../src/operations/index.ts";
import { simplify, stabilise } from "../../src/rewrite/index.ts";

const source = { name: "test.nabla", text: "" };
const span = { source, start: 0, end: 0 };

/** What a network file declares, built without the language. */
export class Sketch {
  readonly build = new Builder(new Graph(), { kind: "compiler", reason: "a test" });
  readonly inputs: { name: string; node: NodeOf<"input">; span: typeof span }[] = [];
  readonly targets: { name: string; node: NodeOf<"input">; span: typeof span }[] = [];
  readonly parameters: ParameterDeclaration[] = [];
  readonly statements: (NamedNode & { span: typeof span })[] = [];

  input(name: string, shape: readonly number[] = [], role: "input" | "target" = "input"): Node {
    const node = this.build.leaf("input", { name, role }, { shape, batched: true, element: "real" });
    (role === "input" ? this.inputs : this.targets).push({ name, node, span });
    return node;
  }

  labels(
    name: string,
    categories: number,
    shape: readonly number[] = [],
    role: "input" | "target" = "target",
  ): Node {
    const node = this.build.leaf(
      "input",
      { name, role, categories },
      { shape, batched: true, element: "integer" },
    );
    (role === "input" ? this.inputs : this.targets).push({ name, node, span });
    return node;
  }

  parameter(name: string, shape: readonly number[] = []): Node {
    const node = this.build.leaf("parameter", { name }, { shape, batched: false, element: "real" });
    this.parameters.push({ name, node, span, initializer: { kind: "zeros" } });
    return node;
  }

  name(name: string, node: Node): Node {
    this.statements.push({ name, node, span });
    return node;
  }

  apply(operation: "tanh" | "sigmoid" | "exp" | "log" | "sin" | "softplus", x: Node): Node {
    return this.build.apply(operation, [x], {});
  }

  /** W x + b */
  dense(W: Node, x: Node, b: Node): Node {
    return this.build.add(this.build.einsum("ab,b->a", W, x), b);
  }

  logSumExp(x: Node): Node {
    return this.build.apply("reduce", [x], { kind: "logSumExp", axes: x.type.shape.map((_, axis) => axis) });
  }

  softmax(x: Node): Node {
    return this.apply("exp", this.build.subtract(x, this.build.fill(this.logSumExp(x), x.type.shape)));
  }

  mean(x: Node): Node {
    return this.build.apply("batchReduce", [x], { kind: "mean" });
  }

  batchSum(x: Node): Node {
    return this.build.apply("batchReduce", [x], { kind: "sum" });
  }

  square(x: Node): Node {
    return this.build.apply("power", [x, this.build.constant(2, x.type.shape)], {});
  }

  relu(x: Node): Node {
    return this.build.apply("maximum", [x, this.build.constant(0, x.type.shape)], {});
  }

  sum(x: Node): Node {
    return this.build.sum(
      x,
      x.type.shape.map((_, axis) => axis),
    );
  }

  /** Stabilised, differentiated, simplified and named, as the compiler does it; `plainly` without the rewrites. */
  derive(loss: Node, plainly = false): DerivedNetwork {
    const { graph } = this.build;
    const trace: RewriteStep[] = [];
    const unchanged = { trace: [], replace: (node: Node): Node => node };
    const stable = plainly ? unchanged : stabilise(graph, [loss, ...this.statements.map(({ node }) => node)]);
    trace.push(...stable.trace);
    const stableLoss = stable.replace(loss);
    const reverse = differentiate(
      graph,
      stableLoss,
      this.parameters.map(({ node }) => node as unknown as Node),
    );
    const gradientOf = ({ node }: ParameterDeclaration): Node => {
      const gradient = reverse.gradients.get(node);
      if (gradient === undefined) throw new Error("each parameter has a gradient");
      return gradient;
    };
    const roots = [
      stableLoss,
      ...this.statements.map(({ node }) => stable.replace(node)),
      ...this.parameters.map(gradientOf),
    ];
    const simple = plainly ? unchanged : simplify(graph, roots);
    trace.push(...simple.trace);
    const current = (node: Node): Node => simple.replace(stable.replace(node));
    const gradients = this.parameters.map((parameter) => ({
      parameter,
      node: simple.replace(gradientOf(parameter)),
    }));
    const statementNames = new Map(this.statements.map(({ name, node }) => [current(node), name]));
    const adjoints = [...reverse.adjoints].flatMap(([primal, adjoint]) => {
      const name = statementNames.get(simple.replace(primal));
      return name === undefined ? [] : [{ name: `d${name}`, node: simple.replace(adjoint) }];
    });
    const claims = [
      ...this.inputs,
      ...this.targets,
      ...this.parameters,
      ...this.statements.map(({ name, node }) => ({ name, node: current(node) })),
      ...gradients.map(({ parameter, node }) => ({ name: `d${parameter.name}`, node })),
      ...adjoints,
    ] as readonly NamedNode[];
    return {
      network: {
        source,
        graph,
        inputs: this.inputs,
        targets: this.targets,
        parameters: this.parameters,
        statements: this.statements,
        loss,
        evaluation: { loss, statements: [] },
        prediction: undefined,
        training: { epochs: 1, batchSize: 4 },
        optimizer: { name: "sgd", options: {}, update: () => ({ updates: [], states: [] }) },
        warnings: [],
      },
      loss: simple.replace(stableLoss),
      evaluation: { loss: simple.replace(stableLoss), statements: [] },
      prediction: undefined,
      gradients,
      layout: this.parameters,
      updates: [],
      states: [],
      names: nameNodes(claims),
      labels: new Map(),
      trace,
    };
  }
}

/** The article's L = ½ Σ (y − w1 x − w2)². */
export function linearRegression(): DerivedNetwork {
  const s = new Sketch();
  const [x, y] = [s.input("x"), s.input("y", [], "target")];
  const [w1, w2] = [s.parameter("w1"), s.parameter("w2")];
  const residual = s.build.subtract(s.build.subtract(y, s.build.multiply(w1, x)), w2);
  return s.derive(s.build.divide(s.batchSum(s.square(residual)), s.build.constant(2)));
}

/** The same with the prediction named. */
export function linearRegressionWithPrediction(): DerivedNetwork {
  const s = new Sketch();
  const [x, y] = [s.input("x"), s.input("y", [], "target")];
  const [w1, w2] = [s.parameter("w1"), s.parameter("w2")];
  const prediction = s.name("prediction", s.build.add(s.build.multiply(w1, x), w2));
  return s.derive(s.build.divide(s.batchSum(s.square(s.build.subtract(y, prediction))), s.build.constant(2)));
}

function binaryCrossEntropy(s: Sketch, y: Node, t: Node): Node {
  const b = s.build;
  const ones = b.constant(1, y.type.shape);
  const one = b.multiply(t, s.apply("log", y));
  const other = b.multiply(b.subtract(ones, t), s.apply("log", b.subtract(ones, y)));
  return b.negate(s.sum(b.add(one, other)));
}

/** 2-4-1 with sigmoid and binary cross-entropy. */
export function xor(): DerivedNetwork {
  const s = new Sketch();
  const [x, t] = [s.input("x", [2]), s.input("t", [1], "target")];
  const [W1, b1, W2, b2] = [
    s.parameter("W1", [4, 2]),
    s.parameter("b1", [4]),
    s.parameter("W2", [1, 4]),
    s.parameter("b2", [1]),
  ];
  const h = s.name("h", s.apply("tanh", s.dense(W1, x, b1)));
  const y = s.name("y", s.apply("sigmoid", s.dense(W2, h, b2)));
  return s.derive(s.mean(s.name("loss", binaryCrossEntropy(s, y, t))));
}

/** 4-16-3 with relu, and cross-entropy from class labels. */
export function iris(): DerivedNetwork {
  const s = new Sketch();
  const [x, t] = [s.input("x", [4]), s.labels("species", 3)];
  const [W1, b1, W2, b2] = [
    s.parameter("W1", [16, 4]),
    s.parameter("b1", [16]),
    s.parameter("W2", [3, 16]),
    s.parameter("b2", [3]),
  ];
  const h = s.name("h", s.relu(s.dense(W1, x, b1)));
  const p = s.name("p", s.softmax(s.dense(W2, h, b2)));
  const loss = s.build.negate(s.build.apply("gather", [s.apply("log", p), t], {}));
  return s.derive(s.mean(s.name("loss", loss)));
}

/** A softmax classifier on distributions t. */
export function softmaxRegression(): DerivedNetwork {
  const s = new Sketch();
  const x = s.input("x", [4]);
  const t = s.build.leaf(
    "input",
    { name: "t", role: "target", distribution: true },
    { shape: [3], batched: true, element: "real" },
  );
  s.targets.push({ name: "t", node: t, span });
  const [W, b] = [s.parameter("W", [3, 4]), s.parameter("b", [3])];
  const p = s.name("p", s.softmax(s.dense(W, x, b)));
  return s.derive(s.mean(s.build.negate(s.build.einsum("a,a->", t, s.apply("log", p)))));
}

/** Three layers with squared error and a weight penalty; the layers own their parameters. */
export function deepRegression(): DerivedNetwork {
  const s = new Sketch();
  const [x, t] = [s.input("x", [8]), s.input("t", [1], "target")];
  const layer = (name: string, from: Node, size: number, activation: (z: Node) => Node): Node => {
    const W = s.parameter(`${name}.weight`, [size, ...from.type.shape]);
    const b = s.parameter(`${name}.bias`, [size]);
    return s.name(name, activation(s.dense(W, from, b)));
  };
  const h1 = layer("h1", x, 32, (z) => s.apply("tanh", z));
  const h2 = layer("h2", h1, 16, (z) => s.relu(z));
  const y = layer("y", h2, 1, (z) => z);
  const error = s.mean(s.sum(s.square(s.build.subtract(y, t))));
  const weights = s.parameters[0]?.node as unknown as Node;
  const penalty = s.build.multiply(s.build.constant(0.001), s.sum(s.square(weights)));
  return s.derive(s.build.add(error, penalty));
}

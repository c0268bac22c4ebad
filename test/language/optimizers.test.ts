import { describe, expect, it } from "vitest";
import { DiagnosticError } from "../../src/diagnostics/index.ts";
import { type Network, type Node, type Optimizer, sizeOf } from "../../src/graph/index.ts";
import { createOptimizer, readNetwork } from "../../src/language/index.ts";
import { Builder } from "../../src/operations/index.ts";
import { evaluate } from "../../src/verify/index.ts";

const text = `x = input([2])
t = target()
w = parameter([2])
loss = (dot(w, x) - t)^2
`;
const network = readNetwork({ name: "test.nabla", text });

/** Runs an optimizer on fixed gradients, one array a step. */
function run(
  optimizer: Optimizer,
  { parameters }: Network,
  start: readonly number[],
  gradients: readonly (readonly number[])[],
) {
  const [parameter] = parameters;
  if (parameter === undefined) throw new Error("the network has a parameter");
  const build = new Builder(network.graph, { kind: "compiler", reason: "test" });
  const gradient = build.leaf("state", { name: "gradient", parameter: "w" }, parameter.node.type);
  const { updates, states } = optimizer.update(parameter, gradient);
  let leaves = new Map<Node, readonly number[]>([
    [parameter.node, start],
    ...states.map(({ node, initial }): [Node, readonly number[]] => [
      node,
      Array.from({ length: sizeOf(node.type.shape) }, () => initial),
    ]),
  ]);
  gradients.forEach((each, index) => {
    const bindings = {
      batchSize: 1,
      step: index + 1,
      leaves: new Map([...leaves, [gradient, each] as const]),
    };
    const values = evaluate(
      updates.map(({ value }) => value),
      bindings,
    );
    leaves = new Map(updates.map(({ target, value }) => [target, [...(values.get(value) ?? [])]]));
  });
  return leaves.get(parameter.node) ?? [];
}

/** The textbook's loops, one scalar at a time. */
type Textbook = (w: number, gradients: readonly number[]) => number;

const adamLike =
  (decay: number): Textbook =>
  (w, gradients) => {
    let [m, v] = [0, 0];
    gradients.forEach((g, index) => {
      const t = index + 1;
      w *= 1 - 0.001 * decay;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      w -= (0.001 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
    });
    return w;
  };

const textbooks: readonly (readonly [string, Textbook])[] = [
  ["sgd", (w, gradients) => gradients.reduce((all, g) => all - 0.01 * g, w)],
  [
    "momentum",
    (w, gradients) => {
      let v = 0;
      for (const g of gradients) w -= 0.01 * (v = 0.9 * v + g);
      return w;
    },
  ],
  [
    "nesterov",
    (w, gradients) => {
      let v = 0;
      for (const g of gradients) {
        v = 0.9 * v + g;
        w -= 0.01 * (g + 0.9 * v);
      }
      return w;
    },
  ],
  [
    "adagrad",
    (w, gradients) => {
      let a = 0;
      for (const g of gradients) w -= (0.01 * g) / (Math.sqrt((a += g * g)) + 1e-10);
      return w;
    },
  ],
  [
    "rmsprop",
    (w, gradients) => {
      let a = 0;
      for (const g of gradients) {
        a = 0.99 * a + 0.01 * g * g;
        w -= (0.01 * g) / (Math.sqrt(a) + 1e-8);
      }
      return w;
    },
  ],
  ["adam", adamLike(0)],
  ["adamw", adamLike(0.01)],
  [
    "adadelta",
    (w, gradients) => {
      let [a, u] = [0, 0];
      for (const g of gradients) {
        a = 0.9 * a + 0.1 * g * g;
        const change = (Math.sqrt(u + 1e-6) / Math.sqrt(a + 1e-6)) * g;
        u = 0.9 * u + 0.1 * change * change;
        w -= change;
      }
      return w;
    },
  ],
  [
    "adamax",
    (w, gradients) => {
      let [m, u] = [0, 0];
      gradients.forEach((g, index) => {
        m = 0.9 * m + 0.1 * g;
        u = Math.max(0.999 * u, Math.abs(g) + 1e-8);
        w -= ((0.002 / (1 - 0.9 ** (index + 1))) * m) / u;
      });
      return w;
    },
  ],
  [
    "nadam",
    (w, gradients) => {
      let [m, v, product] = [0, 0, 1];
      gradients.forEach((g, index) => {
        const t = index + 1;
        const now = 0.9 * (1 - 0.5 * 0.96 ** (0.004 * t));
        const next = 0.9 * (1 - 0.5 * 0.96 ** (0.004 * (t + 1)));
        product *= now;
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        const mean = (next * m) / (1 - product * next) + ((1 - now) * g) / (1 - product);
        w -= (0.002 * mean) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
      });
      return w;
    },
  ],
  [
    // Four steps are too few for the variance to be bounded.
    "radam",
    (w, gradients) => {
      let m = 0;
      gradients.forEach((g, index) => {
        m = 0.9 * m + 0.1 * g;
        w -= (0.001 * m) / (1 - 0.9 ** (index + 1));
      });
      return w;
    },
  ],
];

const steps = [
  [1, -2],
  [0.5, 0],
  [-3, 1e-3],
  [0.25, 4],
];

describe("optimizers", () => {
  it.each(textbooks)("%s follows its textbook", (name, textbook) => {
    const found = run(createOptimizer(name, network), network, [0.5, -1], steps);
    [0.5, -1].forEach((start, index) => {
      const expected = textbook(
        start,
        steps.map((gradient) => gradient[index] ?? NaN),
      );
      expect(found[index]).toBeCloseTo(expected, 13);
    });
  });

  it("take options in the language of the file", () => {
    const optimizer = createOptimizer("adam({learningRate: 2 * 0.05})", network);
    expect(optimizer.options).toEqual({
      learningRate: 0.1,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
    });
    expect(() => createOptimizer("adam({rate: 1})", network)).toThrow(DiagnosticError);
    expect(() => createOptimizer("relu", network)).toThrow(DiagnosticError);
    expect(() => createOptimizer("adam(", network)).toThrow(DiagnosticError);
    expect(() => createOptimizer("adam\nx = 3", network)).toThrow(DiagnosticError);
  });

  it("can be defined by the file, and chosen by name", () => {
    const own = readNetwork({
      name: "own.nabla",
      text: `${text}signed = optimizer({rate: 0.5}, {n: 0}, step(w, g, s, t, o) = {w: w - o.rate * sign(g), n: s.n + 1})
training = {optimizer: signed({rate: 0.25}), epochs: 7, batchSize: 3}
`,
    });
    expect(own.optimizer.name).toBe("signed");
    expect(own.optimizer.options).toEqual({ rate: 0.25 });
    expect(own.training).toEqual({ epochs: 7, batchSize: 3 });
    const again = createOptimizer("signed", own);
    expect(again.options).toEqual({ rate: 0.5 });
  });
});

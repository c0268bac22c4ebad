import type { HeaderText, ModuleDescription } from "../../src/emit/index.ts";
import type {
  Affine,
  Buffer,
  Expression,
  ModuleProgram,
  Program,
  ScalarOperation,
  Statement,
} from "../../src/program/index.ts";

/** Small programs written by hand: what `lower/` would make of small networks. */

export function at(constant: number, ...terms: readonly (readonly [number, string])[]): Affine {
  return {
    constant,
    terms: terms.map(([coefficient, name]) => ({ coefficient, atom: { kind: "variable", name } })),
  };
}

export function number(value: number): Expression {
  return { kind: "number", value };
}

export function local(name: string): Expression {
  return { kind: "local", name };
}

export function load(buffer: string, offset: Affine): Expression {
  return { kind: "load", buffer, offset };
}

export function apply(operation: ScalarOperation, ...operands: readonly Expression[]): Expression {
  return { kind: "apply", operation, operands };
}

export const batchSize: Expression = { kind: "batchSize" };

export function define(name: string, value: Expression, mutable = false): Statement {
  return { kind: "let", name, value, mutable };
}

export function assign(name: string, value: Expression): Statement {
  return { kind: "assign", name, value };
}

export function store(buffer: string, offset: Affine, value: Expression, accumulate = false): Statement {
  return { kind: "store", buffer, offset, value, accumulate };
}

export function overBatch(variable: string, body: readonly Statement[]): Statement {
  return { kind: "loop", variable, from: 0, to: { kind: "batch", multipleOf: 1 }, step: 1, body };
}

export function giveBack(value: Expression): Statement {
  return { kind: "return", value };
}

export function buffer(
  name: string,
  role: Buffer["role"],
  shape: readonly number[] = [],
  more: Partial<Buffer> = {},
): Buffer {
  const batched = role === "input" || role === "target" || role === "output";
  return {
    name,
    role,
    element: "real",
    shape,
    batched,
    ...(role === "scratch" || role === "constant" ? {} : { of: name }),
    ...more,
  };
}

export function program(name: string, buffers: readonly Buffer[], body: readonly Statement[]): Program {
  return {
    name,
    buffers,
    body,
    schedule: "unrolled",
    scheduleReason: "3 statements a sample fit in one function.",
  };
}

const header: HeaderText = {
  regenerate: "nabla generate line.nabla",
  sourceHash: "sha256-0123456789abcdef",
  sourceText:
    "x = input()\nt = target()\nw = parameter()\nb = parameter()\ny = w*x + b\nloss = batchSum((y - t)^2) / 2\n",
  gradients: [
    { name: "∂loss/∂w", formula: "Σ (w x + b − t) x" },
    { name: "∂loss/∂b", formula: "Σ (w x + b − t)" },
  ],
  operations: { loss: 5, lossAndGradients: 9, ratio: 1.8 },
  conventions: ["relu′(0) = 0"],
};

/** y = w x + b, loss ½ Σ (y − t)², plain gradient descent with learning rate 0.01. */
export function line(change: Partial<ModuleProgram> = {}): ModuleDescription {
  const w = buffer("w", "parameter");
  const b = buffer("b", "parameter");
  const data = [buffer("x", "input"), buffer("t", "target")];
  const residual = define(
    "r",
    apply(
      "subtract",
      apply("add", apply("multiply", load("w", at(0)), load("x", at(0, [1, "n"]))), load("b", at(0))),
      load("t", at(0, [1, "n"])),
    ),
  );
  const squares = assign("sum", apply("add", local("sum"), apply("multiply", local("r"), local("r"))));
  const result = giveBack(apply("divide", local("sum"), number(2)));
  const sums = [define("sum", number(0), true), define("dw", number(0), true), define("db", number(0), true)];
  const backward = overBatch("n", [
    residual,
    squares,
    assign("dw", apply("add", local("dw"), apply("multiply", local("r"), load("x", at(0, [1, "n"]))))),
    assign("db", apply("add", local("db"), local("r"))),
  ]);
  const descend = (name: string): Statement =>
    store(
      name,
      at(0),
      apply("subtract", load(name, at(0)), apply("multiply", number(0.01), local(`d${name}`))),
    );
  const module: ModuleProgram = {
    name: "line",
    precision: "f64",
    batchSize: 10,
    epochs: 100,
    inputs: [{ name: "x", shape: [], element: "real" }],
    targets: [{ name: "t", shape: [], element: "real" }],
    output: { name: "y", shape: [], element: "real" },
    parameters: [
      { name: "w", shape: [], offset: 0, length: 1, initial: { kind: "fill", value: 1 } },
      { name: "b", shape: [], offset: 1, length: 1, initial: { kind: "fill", value: 0 } },
    ],
    states: [],
    optimizer: { name: "sgd", options: { learningRate: 0.01 } },
    programs: {
      loss: program(
        "loss",
        [w, b, ...data],
        [define("sum", number(0), true), overBatch("n", [residual, squares]), result],
      ),
      gradient: program(
        "gradient",
        [w, b, ...data, buffer("dw", "gradient", [], { of: "w" }), buffer("db", "gradient", [], { of: "b" })],
        [...sums, backward, store("dw", at(0), local("dw")), store("db", at(0), local("db")), result],
      ),
      trainStep: program(
        "trainStep",
        [w, b, ...data],
        [...sums, backward, descend("w"), descend("b"), result],
      ),
      predict: program(
        "predict",
        [w, b, buffer("x", "input"), buffer("y", "output")],
        [
          overBatch("n", [
            store(
              "y",
              at(0, [1, "n"]),
              apply("add", apply("multiply", load("w", at(0)), load("x", at(0, [1, "n"]))), load("b", at(0))),
            ),
          ]),
        ],
      ),
    },
    ...change,
  };
  return { module, header };
}

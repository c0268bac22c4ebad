import type { HeaderText, ModuleDescription } from "../../../src/emit/index.ts";
import type {
  Affine,
  Buffer,
  Expression,
  ModuleProgram,
  Program,
  ScalarOperation,
  Statement,
} from "../../../src/program/index.ts";

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
  sourceHash: "0123456789abcdef",
  sourceText:
    "x = input()\nt = target()\nw = parameter()\nb = parameter()\ny = w*x + b\nloss = batchSum((y - t)^2) / 2\n",
  gradients: [
    { name: "∂L/∂w", formula: "Σ (w x + b − t) x" },
    { name: "∂L/∂b", formula: "Σ (w x + b − t)" },
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
  return { module, networkHash: "0".repeat(64), header };
}

/**
 * A network that meets every part of the emitter: an embedding looked up by integer labels, integer targets, scratch
 * memory, a constant, pieces (one within a loop), a rounded batch loop, optimizer state, the step, every initial value.
 */
export function labels(change: Partial<ModuleProgram> = {}): ModuleDescription {
  const parameters = [
    {
      name: "h.weight",
      shape: [3, 2],
      offset: 0,
      length: 6,
      initial: { kind: "orthogonal", rows: 3, columns: 2, gain: 1 },
    },
    {
      name: "b",
      shape: [2],
      offset: 6,
      length: 2,
      initial: { kind: "normal", mean: 0, standardDeviation: 0.5 },
    },
    { name: "c", shape: [2], offset: 8, length: 2, initial: { kind: "values", data: [0.25, -0] } },
  ] as const;
  const weight = buffer("h.weight", "parameter", [3, 2]);
  const b = buffer("b", "parameter", [2]);
  const c = buffer("c", "parameter", [2]);
  const id = buffer("class", "input", [], { element: "integer" });
  const t = buffer("t", "target", [], { element: "integer" });
  const h = buffer("h", "scratch", [2], { batched: true });
  const mass = buffer("mass", "scratch", [2]);
  const scale = buffer("scale", "constant", [2], { data: [2, 0.5] });
  const target = (n: string): Affine => ({
    constant: 0,
    terms: [{ coefficient: 1, atom: { kind: "element", buffer: "t", offset: at(0, [1, n]) } }],
  });
  const row = (constant: number): Affine => ({
    constant,
    terms: [
      { coefficient: 2, atom: { kind: "element", buffer: "class", offset: at(0, [1, "n"]) } },
      { coefficient: 1, atom: { kind: "variable", name: "i" } },
    ],
  });
  const forward: Statement = {
    kind: "piece",
    name: "forward",
    body: [
      overBatch("n", [
        { kind: "comment", text: "h = erf(h.weight[class] + b) .* scale */" },
        {
          kind: "piece",
          name: "row",
          body: [
            {
              kind: "loop",
              variable: "i",
              from: 0,
              to: 2,
              step: 1,
              body: [
                store(
                  "h",
                  at(0, [2, "n"], [1, "i"]),
                  apply(
                    "multiply",
                    apply("erf", apply("add", load("h.weight", row(0)), load("b", at(0, [1, "i"])))),
                    load("scale", at(0, [1, "i"])),
                  ),
                ),
              ],
            },
          ],
        },
      ]),
    ],
  };
  const picked: Affine = {
    constant: 0,
    terms: [{ coefficient: 2, atom: { kind: "variable", name: "n" } }, ...target("n").terms],
  };
  const isRight = define("isRight", apply("less", number(0.5), load("h", picked)));
  const total: readonly Statement[] = [
    define("sum", number(0), true),
    overBatch("n", [
      isRight,
      assign(
        "sum",
        apply(
          "add",
          local("sum"),
          apply("select", local("isRight"), number(0), apply("subtract", number(1), load("h", picked))),
        ),
      ),
    ]),
    // The last samples of a batch that is no multiple of 4, once more: only to have such a loop.
    {
      kind: "loop",
      variable: "n",
      from: { kind: "batch", multipleOf: 4 },
      to: { kind: "batch", multipleOf: 1 },
      step: 1,
      body: [assign("sum", apply("add", local("sum"), load("h", picked)))],
    },
  ];
  const result = giveBack(apply("divide", local("sum"), batchSize));
  const buffers = [weight, b, c, id, t, h, scale];
  const module: ModuleProgram = {
    name: "labels",
    precision: "f64",
    batchSize: 6,
    epochs: 3,
    inputs: [{ name: "class", shape: [], element: "integer", categories: 3 }],
    targets: [{ name: "t", shape: [], element: "integer", categories: 2 }],
    output: { name: "h", shape: [2], element: "real" },
    parameters,
    states: [{ name: "m", parameter: "b", shape: [2], offset: 1, length: 2, initial: 0.5, isShared: false }],
    optimizer: { name: "adam", options: { learningRate: 0.01, beta1: 0.9 } },
    programs: {
      loss: program("loss", buffers, [forward, ...total, result]),
      gradient: program(
        "gradient",
        [...buffers, buffer("dc", "gradient", [2], { of: "c" })],
        [
          forward,
          ...total,
          store("dc", at(0), local("sum")),
          store("dc", at(1), load("c", at(1))),
          store("dc", at(1), number(3), true),
          result,
        ],
      ),
      trainStep: program(
        "trainStep",
        [...buffers, mass, buffer("m", "state", [2], { owner: "b" })],
        [
          forward,
          ...total,
          store("mass", at(0), local("sum")),
          store("m", at(1), apply("multiply", load("mass", at(0)), { kind: "step" })),
          store("b", at(1), load("m", at(0)), true),
          result,
        ],
      ),
      predict: program(
        "predict",
        [weight, b, id, h, scale, buffer("y", "output", [2], { of: "h" })],
        [
          forward,
          overBatch("n", [
            store("y", at(0, [2, "n"]), load("h", at(0, [2, "n"]))),
            store("y", at(1, [2, "n"]), load("h", at(1, [2, "n"]))),
          ]),
        ],
      ),
    },
    ...change,
  };
  return {
    module,
    networkHash: "0".repeat(64),
    header: {
      ...header,
      regenerate: "nabla generate labels.nabla",
      sourceText: "class = input({categories: 3})",
    },
  };
}

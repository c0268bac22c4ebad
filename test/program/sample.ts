import type {
  Affine,
  Buffer,
  BufferRole,
  Expression,
  Program,
  ScalarOperation,
  Statement,
} from "../../src/program/index.ts";

/** `at(1, [3, "n"])` is the offset 3n + 1. */
export function at(constant: number, ...terms: readonly [number, string][]): Affine {
  return {
    constant,
    terms: terms.map(([coefficient, name]) => ({ coefficient, atom: { kind: "variable", name } })),
  };
}

export const batch = { kind: "batch", multipleOf: 1 } as const;

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

export function loop(variable: string, to: number | typeof batch, ...body: readonly Statement[]): Statement {
  return { kind: "loop", variable, from: 0, to, step: 1, body };
}

export function define(name: string, value: Expression, mutable = false): Statement {
  return { kind: "let", name, value, mutable };
}

export function store(buffer: string, offset: Affine, value: Expression, accumulate = false): Statement {
  return { kind: "store", buffer, offset, value, accumulate };
}

export function buffer(role: BufferRole, name: string, shape: readonly number[], batched = false): Buffer {
  return { name, role, element: "real", shape, batched };
}

export function program(buffers: readonly Buffer[], body: readonly Statement[], name = "loss"): Program {
  return { name, buffers, body, schedule: "rows", scheduleReason: "a test" };
}

/** Σₙ Σᵢ Wᵢ xₙᵢ / N over samples of three elements, through scratch h. */
export const dotProgram = program(
  [buffer("input", "x", [3], true), buffer("parameter", "W", [3]), buffer("scratch", "h", [], true)],
  [
    loop(
      "n",
      batch,
      define("dot", number(0), true),
      loop("i", 3, {
        kind: "assign",
        name: "dot",
        value: apply(
          "add",
          local("dot"),
          apply("multiply", load("W", at(0, [1, "i"])), load("x", at(0, [3, "n"], [1, "i"]))),
        ),
      }),
      store("h", at(0, [1, "n"]), local("dot")),
    ),
    { kind: "comment", text: "the mean" },
    define("sum", number(0), true),
    loop("m", batch, {
      kind: "assign",
      name: "sum",
      value: apply("add", local("sum"), load("h", at(0, [1, "m"]))),
    }),
    { kind: "return", value: apply("divide", local("sum"), { kind: "batchSize" }) },
  ],
);

import { describe, expect, it } from "vitest";
import {
  formatAffine,
  formatExpression,
  formatProgram,
  type Program,
  type Statement,
} from "../../src/program/index.ts";
import { apply, at, buffer, dotProgram, load, local, number, program, store } from "./sample.ts";

describe("formatProgram", () => {
  it("writes buffers and statements", () => {
    expect(formatProgram(dotProgram)).toBe(`program loss (rows: a test)
input x: real[batch, 3]
parameter W: real[3]
scratch h: real[batch]

for n = 0 to batch {
  let mutable dot = 0
  for i = 0 to 3 {
    dot = dot + W[i] * x[3n + i]
  }
  h[n] = dot
}
# the mean
let mutable sum = 0
for m = 0 to batch {
  sum = sum + h[m]
}
return sum / batch
`);
  });

  it("writes pieces, tiles, owners and constants", () => {
    const body: readonly Statement[] = [
      {
        kind: "piece",
        name: "forward",
        body: [
          {
            kind: "loop",
            variable: "n",
            from: 0,
            to: { kind: "batch", multipleOf: 4 },
            step: 4,
            body: [{ kind: "when", value: local("n"), body: [store("dW", at(1), number(-0), true)] }],
          },
        ],
      },
    ];
    const long: Program = program(
      [
        { ...buffer("state", "m1", [2]), of: "m", owner: "W" },
        { ...buffer("constant", "c", [20]), data: Array.from({ length: 20 }, (_, i) => i / 2) },
        buffer("gradient", "dW", [2]),
      ],
      body,
    );
    expect(formatProgram(long)).toBe(`program loss (rows: a test)
state m1: real[2] holds m of W
constant c: real[20] = [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, … 20 in all]
gradient dW: real[2]

piece forward {
  for n = 0 to batch - batch % 4 step 4 {
    when n {
      dW[1] += -0
    }
  }
}
`);
  });
});

describe("formatExpression", () => {
  const [a, b, c] = [local("a"), local("b"), local("c")];
  it.each([
    [apply("add", a, apply("add", b, c)), "a + (b + c)"],
    [apply("add", apply("add", a, b), c), "a + b + c"],
    [apply("multiply", apply("subtract", a, b), c), "(a - b) * c"],
    [apply("negate", apply("multiply", a, b)), "-(a * b)"],
    [apply("multiply", apply("negate", a), number(-2)), "-a * -2"],
    [apply("negate", apply("negate", a)), "-(-a)"],
    [apply("select", apply("less", a, b), apply("exp", a), number(0)), "select(a < b, exp(a), 0)"],
    [apply("and", apply("or", a, b), apply("not", c)), "(a or b) and not(c)"],
    [
      { kind: "inRange", value: at(-1, [2, "i"]), from: 0, to: 4, step: 2 } as const,
      "inRange(2i - 1, 0, 4, 2)",
    ],
    [{ kind: "inRange", value: at(0), from: 0, to: 4, step: 1 } as const, "inRange(0, 0, 4)"],
    [apply("divide", load("x", at(0, [-1, "i"])), { kind: "step" }), "x[-i] / step"],
  ])("%#: %j", (expression, text) => {
    expect(formatExpression(expression)).toBe(text);
  });

  it("writes data-dependent indices", () => {
    const affine = {
      constant: 1,
      terms: [{ coefficient: 4, atom: { kind: "element", buffer: "t", offset: at(0, [1, "n"]) } }],
    } as const;
    expect(formatAffine(affine)).toBe("4t[n] + 1");
  });
});

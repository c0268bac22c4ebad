import { describe, expect, it } from "vitest";
import type { Node } from "../../src/graph/index.ts";
import { lowerProgram } from "../../src/lower/index.ts";
import { bytecodeLimit, predictBytecode } from "../../src/lower/predict.ts";
import { formatProgram, type Program, type ScheduleName } from "../../src/program/index.ts";
import { expectMeaning, sinksOf } from "./check.ts";
import { classifier, linearRegression, Sketch, type TestNetwork, xor } from "./networks.ts";

function lower(network: TestNetwork, name: string, schedule: ScheduleName | "auto", batchSize = 16): Program {
  const sinks = sinksOf(network)[name] ?? [];
  return lowerProgram({ name, sinks, names: network.names, schedule, batchSize });
}

describe("the text of small programs", () => {
  it("keeps a linear regression in locals, by two samples, which V8 still inlines", () => {
    expect(formatProgram(lower(linearRegression(), "trainStep", "auto"))).toMatchInlineSnapshot(`
      "program trainStep (unrolled: in straight line it takes about 0.5 KB of bytecode, and V8 optimises up to 60.0 KB)
      input x: real[batch]
      target t: real[batch]
      parameter w1: real[]
      parameter w2: real[]

      let w1 = w1[0]
      let w2 = w2[0]
      let mutable total = 0
      let mutable dw1 = 0
      let mutable dw2 = 0
      for n = 0 to batch - batch % 2 step 2 {
        let x_0 = x[n]
        let dw1_difference_0 = w1 * x_0 + w2 - t[n]
        let x_1 = x[n + 1]
        let dw1_difference_1 = w1 * x_1 + w2 - t[n + 1]
        total = total + (dw1_difference_0 * dw1_difference_0 + dw1_difference_1 * dw1_difference_1)
        dw1 = dw1 + (dw1_difference_0 * x_0 + dw1_difference_1 * x_1)
        dw2 = dw2 + (dw1_difference_0 + dw1_difference_1)
      }
      for n = batch - batch % 2 to batch {
        let x_n = x[n]
        let dw1_difference = w1 * x_n + w2 - t[n]
        total = total + dw1_difference * dw1_difference
        dw1 = dw1 + dw1_difference * x_n
        dw2 = dw2 + dw1_difference
      }
      w1[0] = w1 - 0.1 * dw1
      w2[0] = w2 - 0.1 * dw2
      return 0.5 * total
      "
    `);
  });

  it("fuses bias and activation into the contraction that feeds them", () => {
    expect(formatProgram(lower(xor(), "predict", "rows"))).toMatchInlineSnapshot(`
      "program predict (rows: asked for)
      input x: real[batch, 2]
      parameter W1: real[4, 2]
      parameter b1: real[4]
      parameter W2: real[1, 4]
      parameter b2: real[1]
      output output: real[batch, 1]

      let b2 = b2[0]
      for n = 0 to batch {
        let mutable z_product = 0
        let x_0 = x[2n]
        let x_1 = x[2n + 1]
        for i = 0 to 4 {
          z_product = z_product + W2[i] * tanh(W1[2i] * x_0 + W1[2i + 1] * x_1 + b1[i])
        }
        output[n] = 1 / (1 + exp(-(z_product + b2)))
      }
      "
    `);
  });
});

describe("the choice of a schedule", () => {
  it("unrolls what V8 optimises in one piece", () => {
    const { schedule, scheduleReason } = lower(xor(), "trainStep", "auto");
    expect(schedule).toBe("unrolled");
    expect(scheduleReason).toMatch(/KB of bytecode/);
  });

  it("unrolls rows where the sample is too long but its rows are short", () => {
    expect(lower(classifier([16, 32, 8], "sgd"), "trainStep", "auto").schedule).toBe("rows");
  });

  it("tiles large networks, whose programs do not grow with them", () => {
    const [small, large] = [64, 784].map((inputs) =>
      lower(classifier([inputs, 128, 10], "sgd"), "trainStep", "auto"),
    );
    expect(small?.schedule).toBe("tiled");
    expect(large?.schedule).toBe("tiled");
    expect(formatProgram(large as Program).split("\n").length).toBe(
      formatProgram(small as Program).split("\n").length,
    );
  });

  it("cuts into pieces what is asked for unrolled but too long for one function", () => {
    const network = classifier([16, 32, 8], "sgd");
    const program = lower(network, "trainStep", "unrolled");
    const loop = program.body.find((statement) => statement.kind === "loop" && statement.variable === "n");
    const pieces = loop?.kind === "loop" ? loop.body : [];
    expect(pieces.length).toBeGreaterThan(1);
    for (const piece of pieces) {
      expect(piece.kind).toBe("piece");
      if (piece.kind === "piece") expect(predictBytecode(piece.body)).toBeLessThan(bytecodeLimit);
    }
    expectMeaning(program, sinksOf(network)["trainStep"] ?? [], 3, 1);
  });
});

describe("updates", () => {
  it("go through scratch memory where another update still reads the old value", () => {
    const s = new Sketch();
    const [a, b] = [s.parameter("a", [3]), s.parameter("b", [3])];
    const reversed = s.build.apply("slice", [a], { starts: [2], sizes: [3], steps: [-1] });
    const [first, second] = s.parameters;
    if (first === undefined || second === undefined) throw new Error("two parameters were made");
    const sinks = [
      { kind: "update", target: first, node: s.build.add(b, reversed) },
      { kind: "update", target: second, node: s.build.subtract(a, b) },
    ] as const;
    for (const schedule of ["unrolled", "rows", "tiled"] as const) {
      const program = lowerProgram({ name: "trainStep", sinks, names: s.names, schedule, batchSize: 4 });
      expectMeaning(program, sinks, 2, 1);
    }
  });
});

describe("deep formulas", () => {
  it.each(["unrolled", "tiled", "auto"] as const)(
    "lower without recursion, in linear time: %s",
    (schedule) => {
      const s = new Sketch();
      let x: Node = s.input("x", [2]);
      for (let k = 0; k < 10_000; k += 1) x = s.build.add(x, s.build.constant(k % 7, [2]));
      const node = s.mean(s.build.sum(x, [0]));
      const program = lowerProgram({
        name: "loss",
        sinks: [{ kind: "return", node }],
        names: s.names,
        schedule,
        batchSize: 4,
      });
      expectMeaning(program, [{ kind: "return", node }], 3, 1);
    },
  );
});

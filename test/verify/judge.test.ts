import { beforeAll, describe, expect, it } from "vitest";
import { type Compilation, compile } from "../../src/compile.ts";
import type { DerivedNetwork } from "../../src/graph/index.ts";
import { type Check, type Judge, judges, verifyModule } from "../../src/verify/index.ts";

const xor = `
x = input([2])
t = target([1])
W1 = parameter([4, 2])
b1 = parameter([4])
W2 = parameter([1, 4])
b2 = parameter([1])
h = tanh(W1 * x + b1)
y = sigmoid(W2 * h + b2)
loss = binaryCrossEntropy(y, t)
training = {optimizer: adam({learningRate: 0.01}), epochs: 10, batchSize: 4}
`;

const source = (text: string) => ({ name: "test.nabla", text });
const failures = (checks: readonly Check[]) => checks.filter(({ ok }) => !ok);
const failed = (checks: readonly Check[], judge: Judge) =>
  failures(checks).flatMap(({ against, parameter }) => (against === judge ? [parameter] : []));

/** The module with `name` wrapped by a function that spoils what it did: `spoil` sees `operands` and `result`. */
function spoiled(code: string, name: string, spoil: string): string {
  const head = `export function ${name}(`;
  expect(code).toContain(head);
  return `${code.replace(head, `function honest_${name}(`)}
export function ${name}(...operands: any[]): any {
  const result = (honest_${name} as any)(...operands);
  ${spoil}
}
`;
}

describe("verifyModule", () => {
  let compilation: Compilation;
  beforeAll(async () => {
    compilation = await compile(source(xor));
  });

  it("finds that right code is right, parameter by parameter, against every judge", async () => {
    const { ok, checks } = await verifyModule({ ...compilation, seed: 1 });
    expect(failures(checks)).toEqual([]);
    expect(ok).toBe(true);
    for (const judge of judges) {
      const parameters = checks.filter(({ against }) => against === judge).map(({ parameter }) => parameter);
      expect(parameters).toEqual(expect.arrayContaining(["W1", "b1", "W2", "b2"]));
    }
  });

  it("says the same for the same seed", async () => {
    const against = ["tape", "dual", "finite-difference"] as const;
    const first = await verifyModule({ ...compilation, against, seed: 5 });
    expect(await verifyModule({ ...compilation, against, seed: 5 })).toEqual(first);
  });

  it("reports, by every judge, the one parameter whose gradient has its sign flipped", async () => {
    const flip = "for (let k = 8; k < 12; k += 1) operands[3][k] *= -1; return result;"; // b1
    const code = spoiled(compilation.code, "gradient", flip);
    const { ok, checks } = await verifyModule({ ...compilation, code });
    expect(ok).toBe(false);
    for (const judge of judges) expect(failed(checks, judge)).toEqual(["b1"]);
  });

  it("reports a sign flipped in the generated text itself", async () => {
    // A statement of its own, such as dW1_0_0 += …; not the step of a loop.
    const code = compilation.code.replace(/(export function gradient[^]*?\n\s+d\w+) \+= /, "$1 -= ");
    expect(code).not.toBe(compilation.code);
    const { checks } = await verifyModule({ ...compilation, code, against: ["tape"] });
    expect(failed(checks, "tape")).not.toEqual([]);
  });

  it("reports an error in the twelfth digit in double precision", async () => {
    const code = spoiled(compilation.code, "gradient", "operands[3][16] *= 1 + 2e-12; return result;"); // b2
    const { checks } = await verifyModule({ ...compilation, code, against: ["tape", "finite-difference"] });
    expect(failed(checks, "tape")).toEqual(["b2"]);
    expect(failed(checks, "finite-difference")).toEqual([]);
  });

  it("reports gradients that are left unwritten, or not finite", async () => {
    const code = spoiled(compilation.code, "gradient", "operands[3][0] = NaN; return result;");
    const { checks } = await verifyModule({ ...compilation, code, against: ["tape"] });
    expect(failures(checks)).toMatchObject([{ parameter: "W1", maxRelativeError: Infinity }]);
  });

  it.each([
    ["loss", "return result * 1.001;", ["loss"]],
    ["predict", "result[0] += 1e-6; return result;", ["prediction"]],
    ["trainStep", "operands[0][16] += 1e-6; return result;", ["b2 after a step"]],
    ["trainStep", "operands[1][1] += 1e-6; return result;", ["m of W1 after a step"]],
    ["trainStep", "operands[1][0] -= 1; return result;", ["steps taken"]],
    ["gradient", "operands[3][0] += 1e-6; return result;", ["W1"]],
  ])("reports by the interpreter a spoiled %s (%s)", async (name, spoil, expected) => {
    const code = spoiled(compilation.code, name, spoil);
    const { checks } = await verifyModule({ ...compilation, code, against: ["interpreter"] });
    expect(failed(checks, "interpreter")).toEqual(expect.arrayContaining(expected));
  });

  it.each(["from the program", "without it"])(
    "reports, by every judge, what goes wrong where blocks of samples are followed by a rest, %s",
    async (knowledge) => {
      const rest = "for (let n = count4; n < count; n++) {";
      expect(compilation.code.split(rest).length).toBeGreaterThan(3); // in each function
      const [head = "", gradient = "", trainStep = ""] = compilation.code.split(
        /(?=export function (?:gradient|trainStep))/,
      );
      const harm = (text: string): string =>
        text.replace(rest, `if (count4 > 0 && count4 < count) dW1_0_0 = 0;\n${rest}`);
      const code = head + harm(gradient) + harm(trainStep);
      const { network, derived, program } = compilation;
      const { checks } = await verifyModule({
        network,
        derived,
        code,
        ...(knowledge === "from the program" ? { program } : {}),
      });
      for (const judge of judges) expect(failed(checks, judge)).toContain("W1");
      expect(failed(checks, "interpreter")).toContain("W1 after a step");
    },
  );

  it("reports a derivation that went wrong, although the code does what it says", async () => {
    const [W1, b1, ...rest] = compilation.derived.gradients;
    if (!W1 || !b1) throw new Error("there are four gradients");
    const { graph } = compilation.network;
    const wrong = graph.intern("negate", [b1.node], {}, b1.node.type, b1.node.origin);
    const derived: DerivedNetwork = {
      ...compilation.derived,
      gradients: [W1, { ...b1, node: wrong }, ...rest],
    };
    const { checks } = await verifyModule({ ...compilation, derived, against: ["interpreter"] });
    expect(failed(checks, "interpreter")).toEqual(["b1"]);
  });

  it("fails everything for a module of another network", async () => {
    const other = await compile(source(xor.replaceAll("W1", "V1")));
    const { ok, checks } = await verifyModule({ ...compilation, code: other.code, against: ["tape"] });
    expect(ok).toBe(false);
    expect(checks[0]?.note).toBe("parameterLayout has no W1");
  });
});

describe("a loss that is large beside its gradient", () => {
  let compilation: Compilation;
  beforeAll(async () => {
    compilation = await compile(source(xor.replace("(y, t)", "(y, t) + 1e12")));
  });

  it("leaves differences nothing to tell, which is said, and the others everything", async () => {
    const { ok, checks } = await verifyModule({ ...compilation });
    expect(failures(checks)).toEqual([]);
    expect(ok).toBe(true);
    for (const check of checks) {
      if (check.against === "finite-difference")
        expect(check).toMatchObject({ skipped: true, maxRelativeError: NaN });
      else expect(check.skipped).toBeUndefined();
    }
  });

  it.each(["gradient", "trainStep"])("hides no error of %s", async (name) => {
    const spoil =
      name === "gradient"
        ? "operands[3][0] *= 1.01; return result;"
        : "operands[0][0] += 1e-4; return result;";
    const code = spoiled(compilation.code, name, spoil);
    const { checks } = await verifyModule({ ...compilation, code });
    const ownJudges = ["tape", "dual", "interpreter"] as const;
    if (name === "gradient") for (const judge of ownJudges) expect(failed(checks, judge)).toEqual(["W1"]);
    else expect(failed(checks, "interpreter")).toContain("W1 after a step");
  });

  it("lets differences speak for no gradient that is forgotten: rounded losses are equal, their slopes zero", async () => {
    const code = spoiled(compilation.code, "gradient", "operands[3].fill(0); return result;");
    const { ok, checks } = await verifyModule({ ...compilation, code, against: ["finite-difference"] });
    expect(ok).toBe(false);
    expect(checks.every(({ skipped }) => skipped)).toBe(true);
  });

  it("is no pass where differences are the only judge", async () => {
    const { ok, checks } = await verifyModule({ ...compilation, against: ["finite-difference"] });
    expect(ok).toBe(false);
    expect(checks.every(({ skipped }) => skipped)).toBe(true);
  });
});

describe("a gradient that is small beside another", () => {
  it("is held against its own size", async () => {
    const text =
      "x = input([2])\nv = parameter([2])\nw = parameter([2])\nloss = sum(tanh(v .* x)) + 1e9 * sum(sin(w .* x))";
    const compilation = await compile(source(text));
    const honest = await verifyModule({ ...compilation, against: ["tape", "dual", "interpreter"] });
    expect(failures(honest.checks)).toEqual([]);
    const code = spoiled(compilation.code, "gradient", "operands[2][0] *= 1 + 1e-6; return result;");
    const { checks } = await verifyModule({ ...compilation, code, against: ["tape", "dual", "interpreter"] });
    for (const judge of ["tape", "dual", "interpreter"] as const)
      expect(failed(checks, judge)).toEqual(["v"]);
  });
});

describe("a factor near the ends of single precision", () => {
  it.each([1e-40, 1e-20])("leaves gradients finite that are: %s", async (factor) => {
    const text = `user = input({categories: 5})
t = target()
U = parameter([5, 3])
w = parameter([3])
u = gather(U, user)
loss = (w * u - t)^2 + ${factor} * sum(u.^2)`;
    const compilation = await compile(source(text), { precision: "f32" });
    const { checks } = await verifyModule({ ...compilation, against: ["tape", "interpreter"] });
    expect(failures(checks)).toEqual([]);
  });
});

describe("a gradient that is zero up to rounding", () => {
  it("is held against the terms that cancel in it, and steps along it are not compared", async () => {
    // A softmax does not change where the same number is added to all of its operands.
    const text = `x = input([3])
t = target({categories: 3})
W = parameter([3, 3])
b = parameter()
loss = crossEntropyFromLogits(W * x + b, t)
training = {optimizer: adam({learningRate: 0.01}), batchSize: 8}`;
    const compilation = await compile(source(text));
    const { ok, checks } = await verifyModule({ ...compilation });
    expect(failures(checks)).toEqual([]);
    expect(ok).toBe(true);
    const skipped = checks.filter((check) => check.skipped).map(({ parameter }) => parameter);
    expect(skipped).toEqual(expect.arrayContaining(["b after a step"]));
    expect(skipped).not.toContain("W");
    const code = spoiled(compilation.code, "gradient", "operands[3][9] += 1e-12; return result;");
    const { checks: spoiledChecks } = await verifyModule({ ...compilation, code, against: ["tape", "dual"] });
    expect(failed(spoiledChecks, "tape")).toEqual(["b"]);
    expect(failed(spoiledChecks, "dual")).toEqual(["b"]);
  });
});

describe("a gradient that is zero but for how values are stored", () => {
  it("has steps that are not compared, and those of the others are", async () => {
    // The mean over one sample is the sample, unless it was stored in single precision in between.
    const text = `x = input([4])
h = dense(x, 3)
g = parameter([3])
c = parameter([3])
y = g .* (h - batchMean(h)) + c .* h
loss = sum(y.^2) + sum(y)
training = {optimizer: adagrad(), batchSize: 1}`;
    const compilation = await compile(source(text), { precision: "f32", schedule: "unrolled" });
    const asked = { ...compilation, against: ["interpreter"], batch: 1 } as const;
    const { ok, checks } = await verifyModule(asked);
    expect(failures(checks)).toEqual([]);
    expect(ok).toBe(true);
    const skipped = checks.filter((check) => check.skipped).map(({ parameter }) => parameter);
    expect(skipped).toEqual(["g after a step", "a of g after a step"]);
    const code = spoiled(compilation.code, "trainStep", "operands[0][18] *= 1.001; return result;"); // c
    const spoiledChecks = (await verifyModule({ ...asked, code })).checks;
    expect(failed(spoiledChecks, "interpreter")).toEqual(["c after a step"]);
  });
});

describe("an element of a gradient that is zero up to rounding", () => {
  it("excuses its own step by an optimizer that divides by it, and no other", async () => {
    // Where elu(z) is z for all samples, a bias adds the same to each, which centring takes away; for one unit, or for both.
    const text = `x = input([2])
t = target([2])
W = parameter([2, 2])
b = parameter([2])
V = parameter([2, 2])
h = elu(W * x + b + [0, 40])
loss = mse(V * (h - batchMean(h)), t)
training = {optimizer: adam({learningRate: 0.01}), batchSize: 5}`;
    const compilation = await compile(source(text));
    for (const seed of [0, 1, 2, 3]) {
      const { checks } = await verifyModule({ ...compilation, against: ["interpreter"], seed });
      expect(failures(checks)).toEqual([]);
    }
    const code = spoiled(compilation.code, "trainStep", "operands[0][4] += 0.1; return result;"); // b[1]
    const { checks } = await verifyModule({ ...compilation, code, against: ["interpreter"] });
    expect(failed(checks, "interpreter")).toContain("b after a step");
  });
});

describe("a gradient whose terms cancel in part", () => {
  it("does not excuse a step from being compared", async () => {
    // Two terms of a thousand cancel to one of order 1, which is far from zero up to rounding.
    const text = `x = input()
w = parameter()
loss = (1000 * w + 1) * x^2 - 999 * w * x^2
training = {optimizer: adam({learningRate: 0.01}), batchSize: 4}`;
    const compilation = await compile(source(text));
    const { ok, checks } = await verifyModule({ ...compilation, against: ["interpreter"] });
    expect(failures(checks)).toEqual([]);
    expect(ok).toBe(true);
    for (const { skipped, note } of checks) expect([skipped, note]).toEqual([undefined, undefined]);
    const code = spoiled(compilation.code, "trainStep", "operands[0][0] += 1e-4; return result;");
    const spoiledChecks = (await verifyModule({ ...compilation, code, against: ["interpreter"] })).checks;
    expect(failed(spoiledChecks, "interpreter")).toEqual(["w after a step"]);
  });
});

describe("steps", () => {
  it.each(["rmsNorm", "layerNorm"])("through a scan that squares, as %s does, are compared", async (norm) => {
    const text = `x = input([3, 4])
t = target([4])
Q = parameter([4, 4])
h = scan(step(s, v) = tanh(${norm}(Q * s + v)), zeros([4]), x)
loss = mse(h[end, :], t)`;
    const compilation = await compile(source(text));
    const { checks } = await verifyModule({ ...compilation, against: ["interpreter"] });
    expect(failures(checks)).toEqual([]);
    for (const { skipped, note } of checks) expect([skipped, note]).toEqual([undefined, undefined]);
    const code = spoiled(compilation.code, "trainStep", "operands[0][0] += 1e-9; return result;");
    const spoiledChecks = (await verifyModule({ ...compilation, code, against: ["interpreter"] })).checks;
    expect(failed(spoiledChecks, "interpreter")).toEqual(["Q after a step"]);
  });

  it.each(["f32", "f64"] as const)("beyond the largest number are not compared, in %s", async (precision) => {
    const text = `x = input([3])
t = target()
w = parameter([3])
b = parameter()
m = state([3], next(s) = exp(1e6 * (w .* w) + s))
loss = (exp(w * x) + b + sum(m) - t)^2
training = {optimizer: sgd({learningRate: 1e4}), batchSize: 4}`;
    const compilation = await compile(source(text), { precision });
    const asked = { ...compilation, against: ["interpreter"] } as const;
    const { ok, checks } = await verifyModule(asked);
    expect(failures(checks)).toEqual([]);
    expect(ok).toBe(true);
    const beyond = checks.filter(({ note }) => note?.includes("beyond the largest number"));
    expect(beyond.map(({ parameter }) => parameter)).toEqual(
      expect.arrayContaining(["w after a step", "b after a step", "m after a step"]),
    );
    const wrong = [
      "if (operands[1][0] === 1) operands[0][0] *= 1.1; return result;", // which the first step leaves finite
      "operands[0][0] = 0; return result;",
    ];
    for (const spoil of wrong) {
      const code = spoiled(compilation.code, "trainStep", spoil);
      expect(failed((await verifyModule({ ...asked, code })).checks, "interpreter")).toContain(
        "w after a step",
      );
    }
  });

  it("that come to no number in the code alone are wrong", async () => {
    const compilation = await compile(source(xor));
    const code = spoiled(compilation.code, "trainStep", "operands[0][16] = NaN; return result;");
    const { checks } = await verifyModule({ ...compilation, code, against: ["interpreter"] });
    expect(failed(checks, "interpreter")).toContain("b2 after a step");
  });

  it("are not compared where roundings may leave the gradient without a value, which is said", async () => {
    const text = `x = input()
t = target()
w = parameter()
b = parameter()
s = abs(x) / abs(x)
loss = (w * x + b * sqrt(s - 1 + 1e-12) - t)^2`;
    const compilation = await compile(source(text));
    const { checks } = await verifyModule({ ...compilation, against: ["interpreter"] });
    expect(failures(checks)).toEqual([]);
    const skipped = checks.filter((check) => check.skipped === true);
    expect(skipped).toMatchObject([
      { parameter: "w after a step", note: expect.stringContaining("is not finite") as string },
      { parameter: "b after a step", note: expect.stringContaining("is not finite") as string },
    ]);
  });
});

describe("data that suits the network", () => {
  it.each([
    ["labels in range", "t = target({categories: 3})\nloss = crossEntropyFromLogits(z, t)"],
    ["distributions", "t = target([3], {distribution: true})\nloss = crossEntropy(softmax(z), t)"],
    ["inputs whose logarithm is taken", "t = target([3])\nloss = meanSquaredError(z + log(x), t)"],
    [
      "parameters whose root is taken",
      "t = target([3])\ns = parameter([3])\nloss = meanSquaredError(z .* sqrt(s), t)",
    ],
    ["a margin", "t = target([3])\nloss = hinge(z, t)"],
    ["single precision", "t = target([3])\nloss = huber(z, t)", "f32" as const],
  ])("%s", async (_, rest, precision: "f32" | "f64" = "f64") => {
    const text = `x = input([3])\nW = parameter([3, 3])\nz = W * x\n${rest}`;
    const { ok, checks } = await verifyModule({
      ...(await compile(source(text), { precision, batchSize: 5 })),
    });
    expect(failures(checks)).toEqual([]);
    expect(ok).toBe(true);
  });

  it("says so where no draw is finite, instead of passing", async () => {
    const text = "x = input([2])\nW = parameter([2])\nloss = sum(log(-abs(W .* x)))";
    const { ok, checks } = await verifyModule({ ...(await compile(source(text))), against: ["tape"] });
    expect(ok).toBe(false);
    expect(checks[0]?.note).toContain("no random point");
  });
});

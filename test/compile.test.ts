import { describe, expect, test } from "vitest";
import { compile, type CompileOptions } from "../src/compile.ts";
import { OptionError, type Source } from "../src/diagnostics/index.ts";
import { loadModule } from "../src/verify/index.ts";
import { problemsOfAll } from "./support/strict-types.ts";

const text = "x = input()\nt = target()\nw = parameter()\nloss = (w * x - t)^2";

/** The command in the header of what a file of this name is compiled to. */
async function commandFor(name: string, options = {}): Promise<string | undefined> {
  const { code } = await compile({ name, text }, options);
  return /^ \* +(nabla generate .*)$/m.exec(code)?.[1];
}

describe("the command that the header names", () => {
  test("is by default the one that generates the file, as a shell must get it", async () => {
    expect(await commandFor("nets/line.nabla")).toBe("nabla generate nets/line.nabla");
    expect(await commandFor("a b.nabla")).toBe("nabla generate 'a b.nabla'");
    expect(await commandFor("it's.nabla")).toBe(String.raw`nabla generate 'it'\''s.nabla'`);
    expect(await commandFor("-v.nabla")).toBe("nabla generate ./-v.nabla");
  });

  test("is else what the caller says", async () => {
    const regenerate = "nabla generate a b.nabla --out src";
    expect(await commandFor("a b.nabla", { regenerate })).toBe(regenerate);
  });
});

test("inputs may be called what the module calls its own values", async () => {
  const names = ["total", "views", "calls"];
  const inputs = names.map((name) => `${name} = input([9])`).join("\n");
  const network = `${inputs}\nW = parameter([4, 9])\nloss = sum((W * (${names.join(" + ")})) .^ 2)`;
  const source = { name: "names.nabla", text: `${network}\ntraining = {optimizer: adam()}` };
  const codes = await Promise.all([compile(source), compile(source, { target: "wasm" })]);
  expect(problemsOfAll(new Map(codes.map(({ code, target }) => [target.name, code])))).toEqual([]);
});

describe("the prediction that a caller chooses", () => {
  const autoencoder = `
x = input([4])
z = dense(x, 2, {activation: tanh})
y = dense(z, 4)
loss = mse(y, x)`;

  interface Module {
    initialParameters: (seed: number) => Float64Array;
    predict: (parameters: Float64Array, x: Float64Array) => Float64Array;
    saveParameters: (parameters: Float64Array) => string;
    loadParameters: (text: string) => Float64Array;
  }

  async function moduleOf(options: CompileOptions = {}): Promise<Module> {
    const { code } = await compile({ name: "autoencoder.nabla", text: autoencoder }, options);
    return loadModule<Module>(code);
  }

  test("makes a module of the same parameters, which reads those that the other saves", async () => {
    const [whole, encoder] = [await moduleOf(), await moduleOf({ prediction: "z" })];
    const saved = whole.saveParameters(whole.initialParameters(1));
    const parameters = encoder.loadParameters(saved);
    const [x, weights] = [Float64Array.of(1, -2, 3, 0.5), parameters.subarray(0, 8)];
    const z = encoder.predict(parameters, x);
    expect([...z]).toEqual(
      [0, 1].map((unit): unknown => {
        const sum = x.reduce((all, each, k) => all + each * (weights[4 * unit + k] ?? NaN), 0);
        return expect.closeTo(Math.tanh(sum), 12);
      }),
    );
    expect(whole.predict(parameters, x)).toHaveLength(4);
    expect(encoder.saveParameters(parameters)).toBe(saved);
  });

  test("is what the file predicts where it says the same", async () => {
    const { predict, initialParameters } = await moduleOf({ prediction: "y" });
    expect(predict(initialParameters(1), new Float64Array(8))).toHaveLength(8);
  });

  test("is refused where there is none, and where a target would have to be known", async () => {
    await expect(compile({ name: "a.nabla", text: autoencoder }, { prediction: "zz" })).rejects.toThrow(
      'The prediction cannot be "zz": the file has no such statement. (hint: it can be z, y, loss)',
    );
    await expect(compile({ name: "a.nabla", text }, { prediction: "loss" })).rejects.toThrow(
      "The prediction cannot be loss, which depends on the target t.",
    );
    await expect(compile({ name: "a.nabla", text }, { prediction: "loss" })).rejects.toThrow(OptionError);
  });
});

describe("what predict makes of batchMean is as its documentation says", () => {
  const network = (centred: string): string => `
x = input([2])
t = target([2])
W = parameter([3, 2])
V = parameter([2, 3])
h = tanh(W * x)
prediction = V * (h - ${centred})
loss = squaredError(prediction, t)
training = {batchSize: 4}`;
  const x = Float64Array.from({ length: 2 * 6 }, (_, i) => Math.sin(3 * i));

  interface Module {
    initialParameters: (seed: number) => Float64Array;
    predict: (parameters: Float64Array, x: Float64Array) => Float64Array;
  }

  async function predictAll(text: string) {
    const { code, program } = await compile({ name: "centred.nabla", text });
    const { initialParameters, predict } = await loadModule<Module>(code);
    const parameters = initialParameters(1);
    const of = (from: number, to: number): readonly number[] => [
      ...predict(parameters, x.subarray(2 * from, 2 * to)),
    ];
    return { of, program };
  }

  test("batches of batchSize samples, the last of what is left", async () => {
    const { of, program } = await predictAll(network("batchMean(h)"));
    expect(program.mixesSamples).toBe(true);
    expect(of(0, 6)).toEqual([...of(0, 4), ...of(4, 6)]);
    expect(of(0, 4)).not.toEqual([...of(0, 2), ...of(2, 4)]);
  });

  test("without it, each sample by itself", async () => {
    const { of, program } = await predictAll(network("1"));
    expect(program.mixesSamples).toBeUndefined();
    expect(of(0, 6)).toEqual([0, 1, 2, 3, 4, 5].flatMap((n) => of(n, n + 1)));
  });
});

describe("what compile returns", async () => {
  const compilation = await compile({ name: "line.nabla", text });

  test("is the graph, and in it each parameter's gradient by name", () => {
    const { graph, gradients, network, derived } = compilation;
    expect(graph).toBe(network.graph);
    expect([...gradients.keys()]).toEqual(["w"]);
    expect(gradients.get("w")).toBe(derived.gradients[0]?.node);
    expect(graph.nodes).toContain(gradients.get("w"));
  });

  test("is the formulas as text and as LaTeX, in matrix and in index notation", () => {
    const { text: plain, latex } = compilation.formulas;
    expect(plain.gradients).toMatchObject([
      {
        parameter: "w",
        name: "∂L/∂w",
        matrix: "(2/N) Σ (w x − t) x",
        index: "(2/N) Σₙ (w x[n] − t[n]) x[n]",
      },
    ]);
    expect(latex.notation).toBe("latex");
    expect(latex.gradients[0]?.matrix).toContain(String.raw`\frac{2}{N}`);
  });

  test("is the program and its code", () => {
    expect(compilation.program.programs.trainStep.name).toBe("trainStep");
    expect(compilation.program.parameters.map(({ name }) => name)).toEqual(["w"]);
    expect(compilation.code).toContain("export function trainStep");
  });
});

describe("what compile is asked for", () => {
  /** The messages of what is thrown for these options. */
  async function refusal(options: unknown): Promise<OptionError> {
    const error: unknown = await compile({ name: "line.nabla", text }, options as CompileOptions).catch(
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof OptionError)) throw new Error(`no OptionError but ${String(error)}`);
    return error;
  }

  const whole = "must be a whole number of at least 1, not";

  test.each([
    [{ batchSize: -1 }, `batchSize ${whole} -1.`],
    [{ batchSize: 0 }, `batchSize ${whole} 0.`],
    [{ batchSize: 1.5 }, `batchSize ${whole} 1.5.`],
    [{ batchSize: NaN }, `batchSize ${whole} NaN.`],
    [{ batchSize: "8" }, `batchSize ${whole} "8".`],
    [{ batchSize: null }, `batchSize ${whole} null.`],
    [{ epochs: -2 }, `epochs ${whole} -2.`],
    [{ precision: "f16" }, 'precision must be one of "f64", "f32", not "f16".'],
    [{ schedule: "foo" }, 'schedule must be one of "auto", "unrolled", "rows", "tiled", not "foo".'],
    [{ schedule: "tilde" }, "did you mean tiled?"],
    [
      { target: "wsam" },
      'target must be one of "typescript", "wasm", "auto", not "wsam". (hint: did you mean wasm?)',
    ],
    [{ target: "webassembly" }, 'target must be one of "typescript", "wasm", "auto", not "webassembly".'],
    [{ optimizer: { name: "adam" } }, "optimizer must be a string in the language of the file"],
    [{ regenerate: 3 }, "regenerate must be a string"],
    [{ bogus: 1 }, 'compile has no option "bogus". (hint: the options are precision, batchSize,'],
    [{ batchsize: 1 }, "did you mean batchSize?"],
    [{ toString: 1 }, 'compile has no option "toString"'],
    [null, "The options of compile must be an object, not null."],
    [[], "The options of compile must be an object, not an array."],
    ["adam", 'The options of compile must be an object, not "adam".'],
  ])("cannot be %j", async (options, message) => {
    expect((await refusal(options)).message).toContain(message);
  });

  test("is told all mistakes at once", async () => {
    const { diagnostics } = await refusal({ batchSize: 0, epochs: 0.5, seed: 3 });
    expect(diagnostics.map(({ code }) => code)).toEqual(["wrong-option", "wrong-option", "unknown-option"]);
  });

  test("may leave options undefined", async () => {
    const { program } = await compile({ name: "line.nabla", text }, { batchSize: undefined } as object);
    expect(program.batchSize).toBe(32);
  });

  test.each([
    [undefined, "it got undefined"],
    [text, 'it got "x = input()'],
    [{ text }, "an object whose name is undefined and whose text is"],
    [{ name: "line.nabla", text: 3 }, 'an object whose name is "line.nabla" and whose text is 3'],
  ])("must be a name and a text, not %j", async (source, message) => {
    const error: unknown = await compile(source as Source).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(message);
  });
});

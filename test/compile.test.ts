import { describe, expect, test } from "vitest";
import { compile } from "../src/compile.ts";
import { loadModule } from "../src/verify/index.ts";

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
    const { code, module } = await compile({ name: "centred.nabla", text });
    const { initialParameters, predict } = await loadModule<Module>(code);
    const parameters = initialParameters(1);
    const of = (from: number, to: number): readonly number[] => [
      ...predict(parameters, x.subarray(2 * from, 2 * to)),
    ];
    return { of, module };
  }

  test("batches of batchSize samples, the last of what is left", async () => {
    const { of, module } = await predictAll(network("batchMean(h)"));
    expect(module.mixesSamples).toBe(true);
    expect(of(0, 6)).toEqual([...of(0, 4), ...of(4, 6)]);
    expect(of(0, 4)).not.toEqual([...of(0, 2), ...of(2, 4)]);
  });

  test("without it, each sample by itself", async () => {
    const { of, module } = await predictAll(network("1"));
    expect(module.mixesSamples).toBeUndefined();
    expect(of(0, 6)).toEqual([0, 1, 2, 3, 4, 5].flatMap((n) => of(n, n + 1)));
  });
});

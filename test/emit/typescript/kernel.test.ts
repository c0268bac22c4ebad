import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { emitModule } from "../../../src/emit/index.ts";
import { lineKernel } from "./line-kernel.ts";
import { loadModule } from "./load.ts";
import { line } from "./networks.ts";

interface Result {
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  readonly history: readonly unknown[];
}

interface Line {
  readonly initialParameters: () => Float64Array;
  readonly initialState: () => Float64Array;
  readonly predict: (...operands: readonly unknown[]) => Float64Array;
  readonly loss: (...operands: readonly unknown[]) => number;
  readonly gradient: (...operands: readonly unknown[]) => number;
  readonly trainStep: (...operands: readonly unknown[]) => number;
  readonly train: (data: unknown, options?: unknown) => Result;
}

interface KernelLine extends Line {
  readonly views: {
    readonly parameters: Float64Array;
    readonly state: Float64Array;
    readonly gradients: Float64Array;
    readonly data: { readonly x: Float64Array; readonly t: Float64Array };
    readonly output: Float64Array;
  };
  readonly ready: () => Promise<void>;
}

/** What compiles: of no type, as the libraries that the compiler is told of have no WebAssembly. */
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly instantiate: (bytes: Uint8Array, imports: object) => Promise<object>;
  };
};

const description = { ...line(), kernel: await lineKernel() };
const text = await emitModule(description);
let copies = 0;

/** Each test has a module of its own: what makes two texts two modules is a comment. */
async function newModule(): Promise<KernelLine> {
  return (await loadModule(`${text}\nexport const copy = ${(copies += 1)};\n`)) as unknown as KernelLine;
}

const plain = (await loadModule(await emitModule(line()))) as unknown as Line;
let module: KernelLine;

beforeEach(async () => {
  module = await newModule();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const x = Float64Array.of(1, 2, 3, -4);
const t = Float64Array.of(2.5, 4, 6, -8);
const many = Float64Array.from({ length: 25 }, (_, n) => Math.sin(n + 1));
const manyTargets = many.map((value) => 3 * value - 1);
const data = { x: many, t: manyTargets };

describe("arguments", () => {
  test("may be the kernel's own arrays or others, one by one", () => {
    for (let own = 0; own < 16; own++) {
      const { views } = module;
      const choose = (bit: number, view: Float64Array, values: Float64Array): Float64Array => {
        if ((own & bit) === 0) return values.slice();
        view.fill(NaN).set(values);
        return view;
      };
      const parameters = choose(1, views.parameters, Float64Array.of(1.5, -0.5));
      const state = choose(2, views.state, Float64Array.of(7));
      const [xs, ts] = [choose(4, views.data.x, x), choose(8, views.data.t, t)];
      const expected = Float64Array.of(1.5, -0.5);
      const gradients = new Float64Array(2);
      expect(module.loss(parameters, xs, ts, 4)).toBe(plain.loss(expected, x, t));
      expect(module.gradient(parameters, xs, ts, gradients, 4)).toBe(plain.loss(expected, x, t));
      const total = module.trainStep(parameters, state, xs, ts, 4);
      expect(total).toBe(plain.trainStep(expected, Float64Array.of(7), x, t));
      expect(parameters).toEqual(expected);
      expect(state).toEqual(Float64Array.of(8));
    }
  });

  test("may be the kernel's arrays for each other", () => {
    const { data: own } = module.views;
    own.x.set(t);
    own.t.set(x);
    const parameters = Float64Array.of(1.5, -0.5);
    expect(module.loss(parameters, own.t, own.x, 4)).toBe(plain.loss(parameters, x, t));
  });

  test("are left as they are where the function does not write them", () => {
    const parameters = Float64Array.of(1.5, -0.5);
    const [xs, ts] = [x.slice(), t.slice()];
    module.gradient(parameters, xs, ts, new Float64Array(2));
    module.predict(parameters, xs);
    expect([parameters, xs, ts]).toEqual([Float64Array.of(1.5, -0.5), x, t]);
  });

  test("leave gradients of before where they are, and come out where they are asked for", () => {
    const expected = new Float64Array(2);
    const parameters = Float64Array.of(1.5, -0.5);
    plain.gradient(parameters, x, t, expected);
    module.gradient(parameters, x, t, module.views.gradients);
    expect(module.views.gradients).toEqual(expected);
    module.trainStep(parameters, module.initialState(), x, t);
    expect(module.views.gradients).toEqual(expected);
  });

  test("that hold more than one batch are taken at their beginning", () => {
    const parameters = Float64Array.of(1.5, -0.5);
    expect(module.loss(parameters, many, manyTargets, 10)).toBe(
      plain.loss(parameters, many, manyTargets, 10),
    );
    expect(() => module.loss(parameters, many, manyTargets)).toThrow(
      "25 samples at once, but this module was generated for at most 10",
    );
  });

  test("are checked before anything is changed", () => {
    const state = module.initialState();
    const { parameters } = module.views;
    expect(() => module.trainStep(new Float64Array(3), state, x, t)).toThrow(RangeError);
    expect(() => module.trainStep(parameters, state, x, t.subarray(1))).toThrow(RangeError);
    expect([...state, ...parameters, ...module.views.data.x.subarray(0, 2)]).toEqual([0, 0, 0, 0, 0]);
  });

  test("are copied without an array being made", () => {
    const parameters = module.initialParameters();
    const state = module.initialState();
    module.trainStep(parameters, state, x, t); // compiles the kernel
    const made = ["subarray", "slice"] as const;
    const spies = made.map((name) => vi.spyOn(Float64Array.prototype, name));
    for (let step = 0; step < 10; step++) module.trainStep(parameters, state, x, t);
    for (const spy of spies) expect(spy).not.toHaveBeenCalled();
  });
});

test("predict takes any number of samples", () => {
  const parameters = Float64Array.of(1.5, -0.5);
  expect(module.predict(parameters, many)).toEqual(plain.predict(parameters, many));
  const output = new Float64Array(30).fill(7);
  expect(module.predict(parameters, many, 23, output)).toBe(output);
  expect(output.subarray(0, 23)).toEqual(plain.predict(parameters, many, 23));
  expect([...output.subarray(23)]).toEqual(Array(7).fill(7));
  module.views.data.x.set(x);
  expect(module.predict(parameters, module.views.data.x, 4, module.views.output)).toBe(module.views.output);
  expect(module.views.output.subarray(0, 4)).toEqual(plain.predict(parameters, x));
});

describe("starting", () => {
  test("waits for the first call that needs the kernel", async () => {
    const compile = vi.spyOn(WebAssembly, "Module");
    const other = await newModule();
    other.initialParameters();
    expect(compile).not.toHaveBeenCalled();
    other.loss(other.initialParameters(), x, t);
    other.loss(other.initialParameters(), x, t);
    expect(compile).toHaveBeenCalledTimes(1);
    await other.ready();
  });

  test("may be waited for, once for all", async () => {
    const compile = vi.spyOn(WebAssembly, "Module");
    const instantiate = vi.spyOn(WebAssembly, "instantiate");
    await Promise.all([module.ready(), module.ready()]);
    await module.ready();
    expect(module.loss(Float64Array.of(1, 0), x, t)).toBe(plain.loss(Float64Array.of(1, 0), x, t));
    expect(instantiate).toHaveBeenCalledTimes(1);
    expect(compile).not.toHaveBeenCalled();
  });

  test("may be overtaken by a call, whose results stay", async () => {
    const waiting = module.ready();
    const expected = plain.loss(Float64Array.of(1, 0), x, t);
    expect(module.loss(Float64Array.of(1, 0), x, t)).toBe(expected);
    module.views.parameters.set([1, 0]);
    await waiting;
    expect(module.loss(module.views.parameters, x, t)).toBe(expected);
  });

  test("changes nothing if the engine refuses the kernel", () => {
    vi.spyOn(WebAssembly, "Module").mockImplementation(function () {
      throw new RangeError("too large for the main thread");
    });
    const state = module.initialState();
    expect(() => module.trainStep(module.initialParameters(), state, x, t)).toThrow("too large");
    expect(state[0]).toBe(0);
  });

  test("needs no Buffer", () => {
    vi.stubGlobal("Buffer", undefined);
    expect(module.loss(Float64Array.of(1, 0), x, t)).toBe(plain.loss(Float64Array.of(1, 0), x, t));
  });
});

describe("training", () => {
  const options = { epochs: 5, seed: 3, validation: { x, t } };

  test("ends where the other target's does", () => {
    expect(module.train(data, options)).toEqual(plain.train(data, options));
    const small = { ...options, batchSize: 4, patience: 2 };
    expect(module.train(data, small)).toEqual(plain.train(data, small));
  });

  test("leaves the kernel's arrays as they were, and gives others", () => {
    const all = [
      module.views.parameters,
      module.views.state,
      module.views.data.x,
      module.views.data.t,
      module.views.gradients,
      module.views.output,
    ];
    all.forEach((view, k) => view.fill(k + 1));
    const first = module.train(data, options);
    const copy = first.parameters.slice();
    module.train(data, { ...options, parameters: Float64Array.of(5, 5) });
    expect(first.parameters).toEqual(copy);
    all.forEach((view, k) => {
      expect([...new Set(view)]).toEqual([k + 1]);
    });
    expect(() => module.train(data, { ...options, validationSplit: 0.5 })).toThrow("not both");
    expect([...module.views.parameters]).toEqual([1, 1]);
  });

  test("copies no batch and no parameters in or out", () => {
    module.train(data, { epochs: 1 }); // compiles the kernel
    const copy = vi.spyOn(Float64Array.prototype, "set");
    const count = (epochs: number): number => {
      copy.mockClear();
      module.train(data, { epochs, batchSize: 1 });
      return copy.mock.calls.length;
    };
    // What is kept of an epoch, parameters and state, is copied at its end.
    expect(count(6) - count(5)).toBe(2);
  });

  test("may use the kernel's arrays as data", () => {
    const { views } = module;
    views.data.x.set(many.subarray(0, 10));
    views.data.t.set(manyTargets.subarray(0, 10));
    const expected = { x: many.slice(0, 10), t: manyTargets.slice(0, 10) };
    const own = { ...views.data };
    expect(module.train(own, { epochs: 3, validation: own, parameters: views.parameters })).toEqual(
      plain.train(expected, { epochs: 3, validation: expected, parameters: new Float64Array(2) }),
    );
  });

  test("is disturbed by nothing that its callbacks call", () => {
    const inner: Result[] = [];
    const disturb = (): void => {
      inner.push(module.train({ x, t }, { epochs: 2 }));
      module.trainStep(Float64Array.of(9, 9), module.initialState(), x, t);
      module.views.parameters.fill(NaN);
    };
    const found = module.train(data, {
      ...options,
      onEpoch: disturb,
      onCheckpoint: disturb,
      onGradient: disturb,
      checkpointEvery: 2,
    });
    expect(found).toEqual(plain.train(data, options));
    expect(inner.length).toBeGreaterThan(20);
    for (const each of inner) expect(each).toEqual(plain.train({ x, t }, { epochs: 2 }));
  });

  test("goes on from a checkpoint of its own, to the bit", () => {
    const checkpoints: unknown[] = [];
    const whole = module.train(data, {
      ...options,
      onCheckpoint: (checkpoint: unknown) => checkpoints.push(checkpoint),
      checkpointEvery: 2,
    });
    expect(checkpoints.length).toBeGreaterThan(4);
    for (const resume of checkpoints) expect(module.train(data, { ...options, resume })).toEqual(whole);
  });

  test("refuses a start of the wrong length", () => {
    expect(() => module.train(data, { parameters: new Float64Array(1) })).toThrow(
      "parameters has 1 elements; this network needs 2",
    );
    expect(() => module.train(data, { state: new Float64Array(3) })).toThrow(
      "state has 3 elements; this network needs 1",
    );
  });

  test("says what diverged", () => {
    const wild = { x: many.map((value) => 1e200 * value), t: manyTargets };
    expect(module.train(wild, options)).toEqual(plain.train(wild, options));
  });
});

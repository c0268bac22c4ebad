import { problemsOf } from "../../support/strict-types.ts";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { emitModule, type ModuleDescription } from "../../../src/emit/index.ts";
import { type Memory, type MemoryArray, type Program, runProgram } from "../../../src/program/index.ts";
import { lineKernel } from "./line-kernel.ts";
import { loadModule } from "./load.ts";
import { at, buffer, define, giveBack, labels, line, load, local, number, program } from "./networks.ts";

test("the strictest configuration would find a fault", () => {
  expect(problemsOf("const unused = [1][0].toFixed();")).toHaveLength(2);
});

const withKernel: ModuleDescription = { ...line(), kernel: await lineKernel() };

const networks: readonly (readonly [string, ModuleDescription])[] = [
  ["line", line()],
  ["line-f32", line({ precision: "f32" })],
  ["labels", labels()],
  ["labels-f32", labels({ precision: "f32" })],
  ["no-predict", withoutPredict()],
  ["line-kernel", withKernel],
];

function withoutPredict(): ModuleDescription {
  const { module, ...others } = line();
  return {
    module: { ...module, output: undefined, programs: { ...module.programs, predict: undefined } },
    ...others,
  };
}

describe.each(networks)("%s", (name, description) => {
  test("is as reviewed", async () => {
    await expect(await emitModule(description)).toMatchFileSnapshot(`golden/${name}.ts.txt`);
  });

  test("is clean under the strictest configuration", async () => {
    expect(problemsOf(await emitModule(description))).toEqual([]);
  });

  test("says of every exported function what it takes and what it gives back", async () => {
    expect(undocumented(await emitModule(description))).toEqual([]);
  });

  test("does nothing when it is imported that a bundler would have to keep", async () => {
    expect(effectsOf(await emitModule(description))).toEqual([]);
  });

  test("is the same every time", async () => {
    expect(await emitModule(description)).toBe(await emitModule(description));
  });

  test("needs nothing: no import, no evaluation of text, no clock, no global random numbers", async () => {
    expect(await emitModule(description)).not.toMatch(
      /\b(import|require|eval|Function|Date|performance|process)\b(?!ed)|Math\.random/,
    );
  });
});

/** The parameters and results of exported functions that TSDoc says nothing of, as `train(options)` and `train returns`. */
function undocumented(source: string): readonly string[] {
  const file = ts.createSourceFile("module.ts", source, ts.ScriptTarget.ES2022, true);
  return file.statements.filter(ts.isFunctionDeclaration).flatMap((declaration) => {
    if (declaration.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) !== true) return [];
    const name = declaration.name?.text ?? "";
    const silent = declaration.parameters
      .filter((parameter) =>
        ts.getJSDocParameterTags(parameter).every(({ comment }) => comment === undefined),
      )
      .map((parameter) => `${name}(${parameter.name.getText()})`);
    return ts.getJSDocReturnTag(declaration) === undefined ? [...silent, `${name} returns`] : silent;
  });
}

test("what is undocumented would be found", () => {
  const source =
    "/**\n * @param a One.\n */\nexport function f(a: number, b: number): number { return a + b; }";
  expect(undocumented(source)).toEqual(["f(b)", "f returns"]);
});

/** Statements of a module that are neither declarations nor marked as of no effect. */
function effectsOf(source: string): readonly string[] {
  const file = ts.createSourceFile("module.ts", source, ts.ScriptTarget.ES2022, true);
  const isPure = (value: ts.Node): boolean => {
    if (ts.isCallExpression(value) || ts.isNewExpression(value)) {
      return value.getFullText().includes("@__PURE__") && (value.arguments ?? []).every(isPure);
    }
    if (ts.isPropertyAccessExpression(value) || ts.isElementAccessExpression(value)) return false;
    if (ts.isArrowFunction(value)) return true;
    let areParts = true;
    value.forEachChild((child) => void (areParts &&= isPure(child)));
    return areParts;
  };
  return file.statements.flatMap((statement) => {
    if (ts.isFunctionDeclaration(statement)) return [];
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) return [];
    const isFine =
      ts.isVariableStatement(statement) &&
      statement.declarationList.declarations.every(
        ({ initializer }) => initializer === undefined || isPure(initializer),
      );
    return isFine ? [] : [statement.getText().slice(0, 80)];
  });
}

test("what an import does would be found", () => {
  const effects = [
    "f();",
    "const a = f();",
    "const b = [f()];",
    "const c = /* @__PURE__ */ f(g());",
    "const d = a.b;",
  ];
  const none = [
    "const e = /* @__PURE__ */ f(1);",
    "const g = { h: [1, e] };",
    "let i;",
    "const j = () => f();",
  ];
  expect(effectsOf([...none, ...effects].join("\n"))).toEqual(effects);
});

type Function = (...args: readonly unknown[]) => number;

async function functionsOf(description: ModuleDescription): Promise<Record<string, Function>> {
  return (await loadModule(await emitModule(description))) as Record<string, Function>;
}

/** Memory for the interpreter, filled from the flat arrays of a generated module. */
function memoryOf(described: ModuleDescription, run: Program, flat: Record<string, MemoryArray>): Memory {
  const { module } = described;
  const memory: Memory = new Map();
  for (const each of run.buffers) {
    const name = each.of ?? each.name;
    const parameter = module.parameters.find((slot) => slot.name === name);
    const state = module.states.find((slot) => slot.name === name && slot.parameter === each.owner);
    const slot = each.role === "state" ? state : parameter;
    const array = flat[each.role === "input" || each.role === "target" ? name : each.role];
    if (array === undefined) continue;
    const isSlot = each.role === "parameter" || each.role === "gradient" || each.role === "state";
    const { offset, length } = isSlot && slot !== undefined ? slot : { offset: 0, length: array.length };
    memory.set(each.name, array.subarray(offset, offset + length));
  }
  return memory;
}

const labelData = { class: Int32Array.of(2, 0, 1, 1, 2), t: Int32Array.of(0, 1, 1, 0, 1) };
const lineData = { x: Float64Array.of(1, 2, 3, -4), t: Float64Array.of(2.5, 4, 6, -8) };

describe.each([
  ["line", line(), lineData],
  ["line with a kernel", withKernel, lineData],
  ["labels", labels(), labelData],
] as const)("%s does what the interpreter does, to the bit or nearly", (_, description, data) => {
  const samples = data.t.length;
  const arrays: readonly MemoryArray[] = Object.values(data);
  const start = Float64Array.from({ length: 10 }, (_, i) => Math.sin(i + 1));
  const count = description.module.parameters.reduce((sum, { length }) => sum + length, 0);
  const { programs } = description.module;

  test("loss and gradient", async () => {
    const { loss, gradient } = await functionsOf(description);
    const parameters = start.slice(0, count);
    const expected = new Float64Array(count);
    const memory = memoryOf(description, programs.gradient, {
      parameter: parameters,
      gradient: expected,
      ...data,
    });
    const value = runProgram(programs.gradient, memory, { batch: samples });
    const found = new Float64Array(count);
    expect(gradient?.(parameters, ...arrays, found)).toBeCloseTo(value ?? NaN, 13);
    expect(loss?.(parameters, ...arrays)).toBeCloseTo(value ?? NaN, 13);
    found.forEach((each, i) => {
      expect(each).toBeCloseTo(expected[i] ?? NaN, 13);
    });
  });

  test("two training steps", async () => {
    const { trainStep, initialState } = await functionsOf(description);
    const parameters = start.slice(0, count);
    const state = initialState?.() as unknown as Float64Array; // what initialState returns
    const expected = parameters.slice();
    const expectedState = state.slice();
    for (let step = 1; step <= 2; step++) {
      const memory = memoryOf(description, programs.trainStep, {
        parameter: expected,
        state: expectedState,
        ...data,
      });
      expectedState[0] = step;
      const value = runProgram(programs.trainStep, memory, { batch: samples, step });
      expect(trainStep?.(parameters, state, ...arrays)).toBeCloseTo(value ?? NaN, 13);
      parameters.forEach((each, i) => {
        expect(each).toBeCloseTo(expected[i] ?? NaN, 13);
      });
      state.forEach((each, i) => {
        expect(each).toBeCloseTo(expectedState[i] ?? NaN, 13);
      });
    }
  });
});

describe.each([
  ["line", line(), lineData],
  ["line with a kernel", withKernel, lineData],
  ["line-f32", line({ precision: "f32" }), { x: Float32Array.of(1, 2, 3), t: Float32Array.of(2, 4, 6) }],
  ["labels", labels(), labelData],
] as const)("train of %s", (_, description, data) => {
  interface Result {
    readonly parameters: Float64Array;
    readonly state: Float64Array;
    readonly epoch: number;
  }

  async function trainer(): Promise<(options: object) => Result> {
    const { train } = await functionsOf(description);
    return (options) => train?.(data, options) as unknown as Result; // what train returns
  }

  test("goes on where it ended: 2 epochs and 2 more are 4, bit for bit", async () => {
    const train = await trainer();
    const options = { epochs: 2, batchSize: 2, seed: 3 };
    const { parameters, state, epoch } = train(options);
    const second = train({ ...options, parameters, state, firstEpoch: epoch + 1 });
    expect(second).toMatchObject({ epoch: 4 });
    const whole = train({ ...options, epochs: 4 });
    expect(second.parameters).toEqual(whole.parameters);
    expect(second.state).toEqual(whole.state);
  });

  test("refuses a batch size that cannot be counted", async () => {
    const train = await trainer();
    expect(() => train({ batchSize: 1e10 })).toThrow("batchSize must be less than 2^30, not 10000000000");
  });
});

test("train takes no more memory for a batch than the data take, validation data included", async () => {
  const { train } = await functionsOf(line());
  const result = (options: object): unknown => train?.(lineData, { epochs: 3, ...options });
  expect(result({ batchSize: 2 ** 30 - 1 })).toEqual(result({ batchSize: 4 }));
  const validation = { x: Float64Array.of(1, 2, 3, 4, 5), t: Float64Array.of(1, 2, 3, 4, 5) };
  expect(result({ batchSize: 2 ** 30 - 1, validation })).toEqual(result({ batchSize: 5, validation }));
});

test("predict goes through more samples than scratch memory holds", async () => {
  const { predict } = await functionsOf(labels());
  const parameters = Float64Array.from({ length: 10 }, (_, i) => i / 10);
  const ids = Int32Array.from({ length: 20 }, (_, i) => i % 3);
  const all = predict?.(parameters, ids) as unknown as Float64Array; // what predict returns
  expect(all.length).toBe(40);
  ids.forEach((id, n) => {
    const one = predict?.(parameters, Int32Array.of(id)) as unknown as Float64Array;
    expect([...all.subarray(2 * n, 2 * n + 2)]).toEqual([...one]);
  });
});

test("predict says what a batch is to it, if samples depend on each other", async () => {
  const documentation = async ({ module, ...others }: ModuleDescription, mixesSamples?: boolean) => {
    const code = await emitModule({
      module: { ...module, ...(mixesSamples && { mixesSamples }) },
      ...others,
    });
    const [before = ""] = code.split("export function predict");
    return before.slice(before.lastIndexOf("/**")).replaceAll(/\s+\* ?/g, " ");
  };
  expect(await documentation(labels(), true)).toContain("taken over `batchSize` samples at a time");
  expect(await documentation(line(), true)).toContain("taken over all `count`");
  expect(await documentation(labels())).not.toContain("depends on");
  expect(await documentation(line())).not.toContain("depends on");
});

describe("what does not fit is refused, and nothing is overwritten", () => {
  const p = new Float64Array(10);
  const s = new Float64Array(3);
  const [ids, t] = [Int32Array.of(0, 1), Int32Array.of(1, 1)];
  test.each([
    [[new Float64Array(9), s, ids, t], "parameters has 9 elements; this network needs 10"],
    [[p, new Float64Array(1), ids, t], "state has 1 elements; this network needs 3"],
    [[p, s, ids, t.subarray(1)], "t has 1 elements; 2 samples of 1 need 2"],
    [[p, s, ids, t, 0], "the number of samples must be a positive integer, not 0"],
    [[p, s, ids, t, 1.5], "the number of samples must be a positive integer, not 1.5"],
    [[p, s, ids, t, NaN], "the number of samples must be a positive integer, not NaN"],
    [[p, s, ids, t, -1], "the number of samples must be a positive integer, not -1"],
    [[p, s, ids, t, "2"], "the number of samples must be a positive integer, not 2"],
    [[p, s, ids, t, 2 ** 30], "1073741824 samples at once: no more than 2^30 - 1 can be counted"],
    [[p, s, ids, t, 2 ** 32 + 1], "4294967297 samples at once"],
    [[p, s, ids, t, 3], "class has 2 elements; 3 samples of 1 need 3"],
    [[p, s, new ArrayBuffer(8), t, 1], "class has undefined elements"],
    [[p, s, Int32Array.of(0, 3), t], "class[1] is 3; it must be from 0 to 2"],
    [[p, s, ids, Int32Array.of(-1, 0)], "t[0] is -1; it must be from 0 to 1"],
    [[p, s, ids, Float64Array.of(1, NaN)], "t[1] is NaN; it must be from 0 to 1"],
    [[p, s, ids, Float64Array.of(1, 2 ** 32)], "t[1] is 4294967296; it must be from 0 to 1"],
    [
      [p, s, new Int32Array(7), new Int32Array(7)],
      "7 samples at once, but this module was generated for at most 6",
    ],
  ])("%#", async (args, message) => {
    const { trainStep } = await functionsOf(labels());
    expect(() => trainStep?.(...args)).toThrow(message);
    expect(() => trainStep?.(...args)).toThrow(RangeError);
    expect(s[0]).toBe(0);
    expect(p.every((value) => value === 0)).toBe(true);
  });
});

describe("the other functions refuse the same", () => {
  const [p, x] = [new Float64Array(2), new Float64Array(3)];
  test.each([
    ["loss", [x, x, x], "parameters has 3 elements; this network needs 2"],
    ["loss", [p, x, x, 4], "x has 3 elements; 4 samples of 1 need 4"],
    ["loss", [p, x, x.subarray(1)], "t has 2 elements; 3 samples of 1 need 3"],
    ["gradient", [x, x, x, p], "parameters has 3 elements; this network needs 2"],
    ["gradient", [p, x, x, x], "gradients has 3 elements; this network needs 2"],
    ["gradient", [p, x, x, p, 2.5], "the number of samples must be a positive integer, not 2.5"],
    ["predict", [x, x], "parameters has 3 elements; this network needs 2"],
    ["predict", [p, x, 4, x], "x has 3 elements; 4 samples of 1 need 4"],
    ["predict", [p, x, 3, p], "output has 2 elements; 3 samples of 1 need 3"],
    ["saveParameters", [x], "parameters has 3 elements; this network needs 2"],
  ])("%s %#", async (name, args, message) => {
    const functions = await functionsOf(line());
    expect(() => functions[name]?.(...args)).toThrow(RangeError);
    expect(() => functions[name]?.(...args)).toThrow(message);
    expect(p).toEqual(new Float64Array(2));
  });
});

/** Where a name or a text of the network file could become code. */
function hostile(name: string): ModuleDescription {
  const x = buffer(name, "input");
  const t = buffer(`${name}2`, "target");
  const w = buffer(`${name}3`, "parameter");
  const scratch = buffer(`${name}4`, "scratch");
  const body = [
    { kind: "comment", text: `${name} */ throw 0 //` } as const,
    define(name, load(name, at(0))),
    define(`${name}2`, load(`${name}2`, at(0))),
    { kind: "store", buffer: `${name}4`, offset: at(0), value: local(name), accumulate: false } as const,
    {
      kind: "piece",
      name,
      body: [{ kind: "store", buffer: `${name}3`, offset: at(0), value: number(1), accumulate: true }],
    } as const,
    giveBack({ kind: "apply", operation: "add", operands: [load(`${name}4`, at(0)), local(`${name}2`)] }),
  ];
  const { module, header } = line();
  const text = `${name}\n*/ throw 1; /*\u2028throw 2\u2029\u202e\0`;
  const programs = [w, x, t, scratch];
  return {
    module: {
      ...module,
      name: text,
      inputs: [{ name, shape: [], element: "real" }],
      targets: [{ name: `${name}2`, shape: [], element: "real" }],
      parameters: [
        { name: `${name}3`, shape: [], offset: 0, length: 1, initial: { kind: "fill", value: 1 } },
      ],
      states: [{ name: text, parameter: text, shape: [], offset: 1, length: 1, initial: 0, isShared: false }],
      output: undefined,
      optimizer: { name: text, options: { [text]: 1 } },
      programs: {
        loss: { ...program("loss", programs, body), scheduleReason: text },
        gradient: program("gradient", programs, body),
        trainStep: program("trainStep", programs, body),
        predict: undefined,
      },
    },
    networkHash: "0".repeat(64),
    header: {
      ...header,
      regenerate: text,
      sourceHash: text,
      sourceText: text,
      gradients: [{ name: text, formula: text }],
      conventions: [text],
    },
  };
}

describe("no text of a network file becomes code", () => {
  test.each([
    "class",
    "__proto__",
    "constructor",
    "Math",
    "arena",
    "count",
    "parameters",
    "checkBatch",
    "runTraining",
    "TrainData",
    "loss",
    "train",
    "samples",
    "size",
    "step",
    "a.b c",
    "1`${alert(1)}`",
    "*/ throw 3; /*",
    '"]; throw 4; ["',
    "\u2028\n",
    "𝒙́",
    "",
  ])("%j", async (name) => {
    const source = await emitModule(hostile(name));
    expect(problemsOf(source)).toEqual([]);
    expect(source).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
    const { trainStep, train } = (await loadModule(source)) as Record<string, Function>;
    const parameters = Float64Array.of(5);
    expect(trainStep?.(parameters, new Float64Array(2), Float64Array.of(2), Float64Array.of(3))).toBe(5);
    expect(parameters[0]).toBe(6);
    const data = Object.fromEntries([
      [name, Float64Array.of(2)],
      [`${name}2`, Float64Array.of(3)],
    ]);
    const result = train?.(data, { epochs: 2 }) as unknown as { readonly parameters: Float64Array };
    expect(result.parameters[0]).toBe(3);
  });
});

import { describe, expect, it } from "vitest";
import type { FunctionType } from "../../../src/emit/wasm/function-builder.ts";
import {
  type InstructionName,
  instructions,
  type Signature,
  type ValueType,
} from "../../../src/emit/wasm/instructions.ts";
import {
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  i32x4,
  i64,
  i64x2,
  lane,
  load,
  loadLane,
  op,
  select,
  shuffle,
  store,
  storeLane,
  type Value,
} from "../../../src/emit/wasm/value.ts";
import { assembled, built, encoded } from "../../support/assembler.ts";

const parametersText = (types: readonly ValueType[]): string =>
  types.map((type) => `(param ${type})`).join(" ");
const resultText = (type: ValueType | undefined): string => (type === undefined ? "" : `(result ${type})`);

/** One function that returns its code's value. */
function expectCode(
  type: FunctionType,
  code: (operands: readonly Value[]) => Value | Value<undefined>,
  text: string,
): void {
  const f = built(type, (builder) => {
    const value = code(type.parameters.map((_, k) => builder.parameter(k)));
    if (value.type === undefined) builder.run({ ...value, type: value.type });
    else builder.result({ ...value, type: value.type });
  });
  const signature = `${parametersText(type.parameters)} ${resultText(type.result)}`;
  expect(encoded([f]), text).toEqual(assembled(`(func (export "f") ${signature} ${text})`));
}

const offset = 300; // two bytes
const shuffled = [0, 17, 2, 19, 4, 21, 6, 23, 8, 25, 10, 27, 12, 29, 14, 31];

/** An instruction on its operands, and what the text format has after its name. */
function instructionOn(
  name: InstructionName,
  operands: readonly Value[],
): readonly [Value | Value<undefined>, string] {
  const { immediates, result }: Signature = instructions[name];
  const [a = i32(0), b = a] = operands;
  const place = `offset=${offset} align=4`; // of the smallest elements
  const at = name.includes("64") ? 1 : 3;
  const last = name.includes("x4") ? 3 : 1;
  const cases: Readonly<Record<Signature["immediates"], () => readonly [Value | Value<undefined>, string]>> =
    {
      none: () => [op(name, ...operands), ""],
      lane: () => [lane(name, last, ...operands), `${last}`],
      shuffle: () => [shuffle(shuffled, a, b), shuffled.join(" ")],
      memory: () => [result === undefined ? store(name, a, offset, b) : load(name, a, offset), place],
      "memory lane": () => [
        result === undefined ? storeLane(name, at, a, offset, b) : loadLane(name, at, a, offset, b),
        `${place} ${at}`,
      ],
    };
  return cases[immediates]();
}

const names = Object.keys(instructions) as readonly InstructionName[]; // the table has no others

describe("instructions", () => {
  it.each(names.filter((name) => name !== "select"))("%s", (name) => {
    const { operands: parameters, result }: Signature = instructions[name];
    const gets = parameters.map((_, k) => `local.get ${k}`).join(" ");
    const [, immediates] = instructionOn(name, parameters.map(zero));
    expectCode(
      { parameters, result },
      (operands) => instructionOn(name, operands)[0],
      `${gets} ${name} ${immediates}`,
    );
  });

  it.each(["i32", "i64", "f32", "f64", "v128"] as const)("select of %s", (type) => {
    const typed = type === "v128" ? "(result v128)" : "";
    expectCode(
      { parameters: ["i32", type, type], result: type },
      ([condition = i32(0), a = i32(0), b = i32(0)]) => select(condition, a, b),
      `local.get 1 local.get 2 local.get 0 select ${typed}`,
    );
  });

  it("refuse operands of other types", () => {
    expect(() => op("f32.add", f32(1), f64(1))).toThrow("f32.add takes f32, f32, not f32, f64");
    expect(() => op("f32.add", f32(1))).toThrow("f32.add takes f32, f32, not f32");
    expect(() => op("f32.load", i32(0))).toThrow();
    expect(() => load("f32.load", i32(0), -1)).toThrow("-1 bytes are an offset");
    expect(() => select(i32(0), f32(1), f64(1))).toThrow();
  });
});

function zero(type: ValueType): Value {
  const zeros = { i32: i32(0), i64: i64(0n), f32: f32(0), f64: f64(0), v128: i32x4(0) };
  return zeros[type];
}

describe("constants", () => {
  const result = (type: ValueType, value: Value, text: string): void => {
    expectCode({ parameters: [], result: type }, () => value, text);
  };
  const steps = [6, 7, 13, 14, 20, 21, 27, 28, 31].flatMap((k) => [
    2 ** k - 1,
    2 ** k,
    -(2 ** k),
    -(2 ** k) - 1,
  ]);

  it.each([0, 1, -1, ...steps].filter((value) => value === (value | 0)))("i32 %d", (value) => {
    result("i32", i32(value), `i32.const ${value}`);
  });

  it("i32 from 2³¹ on has the same bits as a negative number", () => {
    result("i32", i32(2 ** 32 - 1), "i32.const -1");
    result("i32", i32(2 ** 31), "i32.const -2147483648");
  });

  const longSteps = [6n, 34n, 35n, 41n, 42n, 55n, 56n, 62n].flatMap((k) => [
    2n ** k - 1n,
    2n ** k,
    -(2n ** k),
    -(2n ** k) - 1n,
  ]);

  it.each([0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), ...longSteps])("i64 %d", (value) => {
    result("i64", i64(value), `i64.const ${value}`);
  });

  it.each([0, -0, 1, -1.5, 0.1, 1e-45, 5e-324, 1.7976931348623157e308, Infinity, -Infinity, NaN])(
    "floating-point %d",
    (value) => {
      const text = (number: number): string =>
        Object.is(number, -0) ? "-0" : String(number).replace("Infinity", "inf").replace("NaN", "nan");
      const single = text(Math.fround(value));
      result("f32", f32(value), `f32.const ${single}`);
      result("f64", f64(value), `f64.const ${text(value)}`);
      result("v128", f32x4(value), `v128.const f32x4 ${Array(4).fill(single).join(" ")}`);
      result("v128", f64x2(value), `v128.const f64x2 ${text(value)} ${text(value)}`);
    },
  );

  it("integers in lanes", () => {
    result("v128", i32x4(-2), "v128.const i32x4 -2 -2 -2 -2");
    result("v128", i32x4(2 ** 32 - 2), "v128.const i32x4 -2 -2 -2 -2");
    result("v128", i64x2(-(2n ** 63n)), "v128.const i64x2 0x8000000000000000 0x8000000000000000");
  });

  it.each([0, 1, 127, 128, 2 ** 14 - 1, 2 ** 14, 2 ** 28, 2 ** 32 - 1])("offset %d of an access", (at) => {
    expectCode(
      { parameters: ["i32"], result: "f64" },
      ([address = i32(0)]) => load("f64.load", address, at),
      `local.get 0 f64.load offset=${at} align=4`,
    );
  });
});

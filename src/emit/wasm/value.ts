import { invariant } from "../../diagnostics/index.ts";
import { type InstructionName, instructions, type Signature, type ValueType } from "./instructions.ts";
import { signed, unsigned } from "./leb128.ts";

/** An instruction with its operands: what leaves one value on the stack, or none (a store). */
export interface Value<T extends ValueType | undefined = ValueType> {
  readonly type: T;
  readonly operands: readonly Value[];
  /** What follows the operands: the instruction's bytes and its immediates. */
  readonly bytes: readonly number[];
  /** Whether computing it again costs no more than a local does. */
  readonly isCheap: boolean;
  /** What is computed after the operands, one of the two. */
  readonly branches?: readonly [then: Value, otherwise: Value];
}

/** An instruction without immediates. */
export function op(name: InstructionName, ...operands: readonly Value[]): Value {
  const signature: Signature = instructions[name];
  invariant(signature.immediates === "none", `${name} has no immediates`);
  return instruction(name, [], operands) as Value; // without immediates, all instructions have results
}

/** A lane of a vector, or the vector with another value there. */
export function lane(name: InstructionName, at: number, ...operands: readonly Value[]): Value {
  invariant(instructions[name].immediates === "lane", `${name} has a lane`);
  return instruction(name, [at], operands) as Value; // extracting and replacing have results
}

/** The sixteen bytes of the result are those at `lanes` of `a` (0 … 15) and `b` (16 … 31). */
export function shuffle(lanes: readonly number[], a: Value, b: Value): Value {
  invariant(lanes.length === 16, "a shuffle has sixteen lanes");
  return instruction("i8x16.shuffle", lanes, [a, b]) as Value; // it has a result
}

/** What lies in memory at `address + offset`, both in bytes. */
export function load(name: InstructionName, address: Value, offset: number): Value {
  const { immediates, result } = instructions[name];
  invariant(immediates === "memory" && result !== undefined, `${name} loads`);
  return instruction(name, memoryBytes(name, offset), [address]) as Value; // it has a result
}

/** Stores at `address + offset`. */
export function store(name: InstructionName, address: Value, offset: number, value: Value): Value<undefined> {
  const { immediates, result } = instructions[name];
  invariant(immediates === "memory" && result === undefined, `${name} stores`);
  return instruction(name, memoryBytes(name, offset), [address, value]) as Value<undefined>;
}

/** The vector with what lies in memory in one lane. */
export function loadLane(
  name: InstructionName,
  at: number,
  address: Value,
  offset: number,
  vector: Value,
): Value {
  invariant(instructions[name].immediates === "memory lane", `${name} is for one lane`);
  return instruction(name, [...memoryBytes(name, offset), at], [address, vector]) as Value; // it has a result
}

/** Stores one lane. */
export function storeLane(
  name: InstructionName,
  at: number,
  address: Value,
  offset: number,
  vector: Value,
): Value<undefined> {
  invariant(instructions[name].immediates === "memory lane", `${name} is for one lane`);
  return instruction(name, [...memoryBytes(name, offset), at], [address, vector]) as Value<undefined>;
}

/** Copies bytes within memory. */
export function copyMemory(to: Value, from: Value, bytes: Value): Value<undefined> {
  expectTypes("memory.copy", ["i32", "i32", "i32"], [to, from, bytes]);
  return { type: undefined, operands: [to, from, bytes], bytes: [0xfc, 0x0a, 0x00, 0x00], isCheap: false };
}

/** `condition ? a : b`, both computed. */
export function select(condition: Value, a: Value, b: Value): Value {
  invariant(a.type === b.type, "both values of a select have one type");
  expectTypes("select", ["i32"], [condition]);
  const bytes = a.type === "v128" ? [0x1c, 1, typeCodes.v128] : instructions.select.code;
  return { type: a.type, operands: [a, b, condition], bytes, isCheap: false };
}

/** `condition ? a : b`, of which only one is computed. */
export function choose(condition: Value, a: Value, b: Value): Value {
  invariant(a.type === b.type, "both branches of a choice have one type");
  expectTypes("if", ["i32"], [condition]);
  const bytes = [0x04, typeCodes[a.type]];
  return { type: a.type, operands: [condition], bytes, isCheap: false, branches: [a, b] };
}

/** The number of each type in the binary format. */
export const typeCodes: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};

function constant(type: ValueType, bytes: readonly number[]): Value {
  return { type, operands: [], bytes, isCheap: true };
}

/** A 32-bit integer; from 2³¹ on, the one of the same bits. */
export function i32(value: number): Value {
  return constant("i32", [0x41, ...signed(BigInt(value | 0))]);
}

export function i64(value: bigint): Value {
  return constant("i64", [0x42, ...signed(BigInt.asIntN(64, value))]);
}

export function f32(value: number): Value {
  return constant("f32", [
    0x43,
    ...bytesOf(4, (view) => {
      view.setFloat32(0, value, true);
    }),
  ]);
}

export function f64(value: number): Value {
  return constant("f64", [
    0x44,
    ...bytesOf(8, (view) => {
      view.setFloat64(0, value, true);
    }),
  ]);
}

/** The same number in all lanes. */
export function f32x4(value: number): Value {
  return vector(
    bytesOf(4, (view) => {
      view.setFloat32(0, value, true);
    }),
  );
}

/** The same number in both lanes. */
export function f64x2(value: number): Value {
  return vector(
    bytesOf(8, (view) => {
      view.setFloat64(0, value, true);
    }),
  );
}

/** The same 32 bits in all lanes. */
export function i32x4(value: number): Value {
  return vector(
    bytesOf(4, (view) => {
      view.setInt32(0, value | 0, true);
    }),
  );
}

/** The same 64 bits in both lanes. */
export function i64x2(value: bigint): Value {
  return vector(
    bytesOf(8, (view) => {
      view.setBigInt64(0, BigInt.asIntN(64, value), true);
    }),
  );
}

/** Sixteen bytes, of which some may be repeated: their number divides sixteen. */
export function vector(bytes: readonly number[]): Value {
  invariant(16 % bytes.length === 0, "a vector has sixteen bytes");
  const all = Array.from({ length: 16 }, (_, k) => bytes[k % bytes.length] ?? 0);
  return constant("v128", [0xfd, 12, ...all]);
}

function instruction(
  name: InstructionName,
  immediates: readonly number[],
  operands: readonly Value[],
): Value<ValueType | undefined> {
  const { code, operands: expected, result }: Signature = instructions[name];
  expectTypes(name, expected, operands);
  return { type: result, operands, bytes: [...code, ...immediates], isCheap: false };
}

function expectTypes(name: string, expected: readonly ValueType[], operands: readonly Value[]): void {
  const fits = expected.length === operands.length && expected.every((type, k) => operands[k]?.type === type);
  invariant(fits, `${name} takes ${expected.join(", ")}, not ${operands.map(({ type }) => type).join(", ")}`);
}

/** Accesses need only be aligned to the elements. */
function memoryBytes(name: InstructionName, offset: number): readonly number[] {
  invariant(Number.isInteger(offset) && offset >= 0 && offset < 2 ** 32, `${offset} bytes are an offset`);
  const { width } = instructions[name];
  return [Math.log2(Math.min(width, 4)), ...unsigned(offset)];
}

function bytesOf(length: number, write: (view: DataView) => void): readonly number[] {
  const view = new DataView(new ArrayBuffer(length));
  write(view);
  return [...new Uint8Array(view.buffer)];
}

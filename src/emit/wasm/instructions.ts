import { unsigned } from "./leb128.ts";

/** Types of values on the stack of a WebAssembly function. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** What stands in the code after an instruction's own bytes. */
export type Immediates =
  | "none"
  /** Alignment and offset of an access to memory. */
  | "memory"
  /** The same, and a lane. */
  | "memory lane"
  | "lane"
  /** Sixteen byte lanes. */
  | "shuffle";

/** An instruction that takes its operands from the stack. */
export interface Signature {
  /** Bytes in the code, before the immediates. */
  readonly code: readonly number[];
  readonly operands: readonly ValueType[];
  readonly result: ValueType | undefined;
  readonly immediates: Immediates;
  /** Of accesses to memory: bytes. */
  readonly width: number;
}

const types: Readonly<Record<string, ValueType>> = {
  i: "i32",
  l: "i64",
  f: "f32",
  d: "f64",
  v: "v128",
};

/** `"v v -> v"`: one letter for each operand, and for the result. */
function typesOf(letters: string): Pick<Signature, "operands" | "result"> {
  const [operands = "", result = ""] = letters.split("->");
  const list = operands
    .trim()
    .split(" ")
    .flatMap((letter) => types[letter] ?? []);
  return { operands: list, result: types[result.trim()] };
}

function plain(code: number, letters: string, prefix?: number): Signature {
  const bytes = prefix === undefined ? [code] : [prefix, ...unsigned(code)];
  return { code: bytes, ...typesOf(letters), immediates: "none", width: 0 };
}

function saturating(code: number, letters: string): Signature {
  return plain(code, letters, 0xfc);
}

function simd(code: number, letters: string, immediates: Immediates = "none", width = 0): Signature {
  return { ...plain(code, letters, 0xfd), immediates, width };
}

function access(code: number, letters: string, width: number): Signature {
  return { ...plain(code, letters), immediates: "memory", width };
}

/**
 * The instructions that the compiler uses, by their names in the text format (WebAssembly Core Specification 2.0, section 5.4):
 * a test holds each against an assembler. Constants, locals, calls and control have methods of their own.
 */
export const instructions = {
  select: plain(0x1b, "v v i -> v"), // of any type: see `select`
  "i32.eqz": plain(0x45, "i -> i"),
  "i32.eq": plain(0x46, "i i -> i"),
  "i32.ne": plain(0x47, "i i -> i"),
  "i32.lt_s": plain(0x48, "i i -> i"),
  "i32.lt_u": plain(0x49, "i i -> i"),
  "i32.gt_s": plain(0x4a, "i i -> i"),
  "i32.ge_s": plain(0x4e, "i i -> i"),
  "i64.eq": plain(0x51, "l l -> i"),
  "i64.ne": plain(0x52, "l l -> i"),
  "i64.lt_s": plain(0x53, "l l -> i"),
  "i64.lt_u": plain(0x54, "l l -> i"),
  "f32.eq": plain(0x5b, "f f -> i"),
  "f32.ne": plain(0x5c, "f f -> i"),
  "f32.lt": plain(0x5d, "f f -> i"),
  "f32.gt": plain(0x5e, "f f -> i"),
  "f32.ge": plain(0x60, "f f -> i"),
  "f64.eq": plain(0x61, "d d -> i"),
  "f64.ne": plain(0x62, "d d -> i"),
  "f64.lt": plain(0x63, "d d -> i"),
  "f64.gt": plain(0x64, "d d -> i"),
  "f64.le": plain(0x65, "d d -> i"),
  "f64.ge": plain(0x66, "d d -> i"),
  "i32.add": plain(0x6a, "i i -> i"),
  "i32.sub": plain(0x6b, "i i -> i"),
  "i32.mul": plain(0x6c, "i i -> i"),
  "i32.rem_s": plain(0x6f, "i i -> i"),
  "i32.rem_u": plain(0x70, "i i -> i"),
  "i32.and": plain(0x71, "i i -> i"),
  "i32.or": plain(0x72, "i i -> i"),
  "i32.xor": plain(0x73, "i i -> i"),
  "i32.shl": plain(0x74, "i i -> i"),
  "i32.shr_u": plain(0x76, "i i -> i"),
  "i64.add": plain(0x7c, "l l -> l"),
  "i64.sub": plain(0x7d, "l l -> l"),
  "i64.mul": plain(0x7e, "l l -> l"),
  "i64.and": plain(0x83, "l l -> l"),
  "i64.or": plain(0x84, "l l -> l"),
  "i64.shl": plain(0x86, "l l -> l"),
  "i64.shr_s": plain(0x87, "l l -> l"),
  "i64.shr_u": plain(0x88, "l l -> l"),
  "f32.abs": plain(0x8b, "f -> f"),
  "f32.neg": plain(0x8c, "f -> f"),
  "f32.sqrt": plain(0x91, "f -> f"),
  "f32.add": plain(0x92, "f f -> f"),
  "f32.sub": plain(0x93, "f f -> f"),
  "f32.mul": plain(0x94, "f f -> f"),
  "f32.div": plain(0x95, "f f -> f"),
  "f64.abs": plain(0x99, "d -> d"),
  "f64.neg": plain(0x9a, "d -> d"),
  "f64.ceil": plain(0x9b, "d -> d"),
  "f64.floor": plain(0x9c, "d -> d"),
  "f64.trunc": plain(0x9d, "d -> d"),
  "f64.sqrt": plain(0x9f, "d -> d"),
  "f64.add": plain(0xa0, "d d -> d"),
  "f64.sub": plain(0xa1, "d d -> d"),
  "f64.mul": plain(0xa2, "d d -> d"),
  "f64.div": plain(0xa3, "d d -> d"),
  "f64.min": plain(0xa4, "d d -> d"),
  "f64.max": plain(0xa5, "d d -> d"),
  "f64.copysign": plain(0xa6, "d d -> d"),
  "i32.wrap_i64": plain(0xa7, "l -> i"),
  "i64.extend_i32_u": plain(0xad, "i -> l"),
  "f32.convert_i32_s": plain(0xb2, "i -> f"),
  "f32.demote_f64": plain(0xb6, "d -> f"),
  "f64.convert_i32_s": plain(0xb7, "i -> d"),
  "f64.convert_i32_u": plain(0xb8, "i -> d"),
  "f64.convert_i64_s": plain(0xb9, "l -> d"),
  "f64.promote_f32": plain(0xbb, "f -> d"),
  "i64.reinterpret_f64": plain(0xbd, "d -> l"),
  "f64.reinterpret_i64": plain(0xbf, "l -> d"),
  "i32.trunc_sat_f64_s": saturating(2, "d -> i"),
  "i64.trunc_sat_f64_s": saturating(6, "d -> l"),
  "i32.load": access(0x28, "i -> i", 4),
  "f32.load": access(0x2a, "i -> f", 4),
  "f64.load": access(0x2b, "i -> d", 8),
  "i32.store": access(0x36, "i i ->", 4),
  "f32.store": access(0x38, "i f ->", 4),
  "f64.store": access(0x39, "i d ->", 8),
  "v128.load": simd(0, "i -> v", "memory", 16),
  "v128.load32_splat": simd(9, "i -> v", "memory", 4),
  "v128.load64_splat": simd(10, "i -> v", "memory", 8),
  "v128.store": simd(11, "i v ->", "memory", 16),
  "i8x16.shuffle": simd(13, "v v -> v", "shuffle"),
  "i32x4.splat": simd(17, "i -> v"),
  "i64x2.splat": simd(18, "l -> v"),
  "f32x4.splat": simd(19, "f -> v"),
  "f64x2.splat": simd(20, "d -> v"),
  "i32x4.extract_lane": simd(27, "v -> i", "lane"),
  "i32x4.replace_lane": simd(28, "v i -> v", "lane"),
  "i64x2.extract_lane": simd(29, "v -> l", "lane"),
  "i64x2.replace_lane": simd(30, "v l -> v", "lane"),
  "f32x4.extract_lane": simd(31, "v -> f", "lane"),
  "f32x4.replace_lane": simd(32, "v f -> v", "lane"),
  "f64x2.extract_lane": simd(33, "v -> d", "lane"),
  "f64x2.replace_lane": simd(34, "v d -> v", "lane"),
  "i32x4.eq": simd(55, "v v -> v"),
  "i32x4.ne": simd(56, "v v -> v"),
  "i32x4.lt_s": simd(57, "v v -> v"),
  "i32x4.ge_s": simd(63, "v v -> v"),
  "f32x4.eq": simd(65, "v v -> v"),
  "f32x4.ne": simd(66, "v v -> v"),
  "f32x4.lt": simd(67, "v v -> v"),
  "f32x4.gt": simd(68, "v v -> v"),
  "f32x4.le": simd(69, "v v -> v"),
  "f32x4.ge": simd(70, "v v -> v"),
  "f64x2.eq": simd(71, "v v -> v"),
  "f64x2.ne": simd(72, "v v -> v"),
  "f64x2.lt": simd(73, "v v -> v"),
  "f64x2.gt": simd(74, "v v -> v"),
  "f64x2.le": simd(75, "v v -> v"),
  "f64x2.ge": simd(76, "v v -> v"),
  "v128.not": simd(77, "v -> v"),
  "v128.and": simd(78, "v v -> v"),
  "v128.andnot": simd(79, "v v -> v"),
  "v128.or": simd(80, "v v -> v"),
  "v128.xor": simd(81, "v v -> v"),
  "v128.bitselect": simd(82, "v v v -> v"),
  "v128.any_true": simd(83, "v -> i"),
  "v128.load32_lane": simd(86, "i v -> v", "memory lane", 4),
  "v128.load64_lane": simd(87, "i v -> v", "memory lane", 8),
  "v128.store32_lane": simd(90, "i v ->", "memory lane", 4),
  "v128.store64_lane": simd(91, "i v ->", "memory lane", 8),
  "v128.load32_zero": simd(92, "i -> v", "memory", 4),
  "v128.load64_zero": simd(93, "i -> v", "memory", 8),
  "f32x4.demote_f64x2_zero": simd(94, "v -> v"),
  "f64x2.promote_low_f32x4": simd(95, "v -> v"),
  "f32x4.ceil": simd(103, "v -> v"),
  "f32x4.floor": simd(104, "v -> v"),
  "f32x4.trunc": simd(105, "v -> v"),
  "f64x2.ceil": simd(116, "v -> v"),
  "f64x2.floor": simd(117, "v -> v"),
  "f64x2.trunc": simd(122, "v -> v"),
  "i32x4.abs": simd(160, "v -> v"),
  "i32x4.neg": simd(161, "v -> v"),
  "i32x4.shl": simd(171, "v i -> v"),
  "i32x4.shr_u": simd(173, "v i -> v"),
  "i32x4.add": simd(174, "v v -> v"),
  "i32x4.sub": simd(177, "v v -> v"),
  "i32x4.mul": simd(181, "v v -> v"),
  "i64x2.neg": simd(193, "v -> v"),
  "i64x2.extend_low_i32x4_s": simd(199, "v -> v"),
  "i64x2.shl": simd(203, "v i -> v"),
  "i64x2.shr_u": simd(205, "v i -> v"),
  "i64x2.add": simd(206, "v v -> v"),
  "i64x2.sub": simd(209, "v v -> v"),
  "i64x2.mul": simd(213, "v v -> v"),
  "i64x2.eq": simd(214, "v v -> v"),
  "i64x2.ne": simd(215, "v v -> v"),
  "f32x4.abs": simd(224, "v -> v"),
  "f32x4.neg": simd(225, "v -> v"),
  "f32x4.sqrt": simd(227, "v -> v"),
  "f32x4.add": simd(228, "v v -> v"),
  "f32x4.sub": simd(229, "v v -> v"),
  "f32x4.mul": simd(230, "v v -> v"),
  "f32x4.div": simd(231, "v v -> v"),
  "f32x4.min": simd(232, "v v -> v"),
  "f32x4.max": simd(233, "v v -> v"),
  "f32x4.pmin": simd(234, "v v -> v"),
  "f32x4.pmax": simd(235, "v v -> v"),
  "f64x2.abs": simd(236, "v -> v"),
  "f64x2.neg": simd(237, "v -> v"),
  "f64x2.sqrt": simd(239, "v -> v"),
  "f64x2.add": simd(240, "v v -> v"),
  "f64x2.sub": simd(241, "v v -> v"),
  "f64x2.mul": simd(242, "v v -> v"),
  "f64x2.div": simd(243, "v v -> v"),
  "f64x2.min": simd(244, "v v -> v"),
  "f64x2.max": simd(245, "v v -> v"),
  "f64x2.pmin": simd(246, "v v -> v"),
  "f64x2.pmax": simd(247, "v v -> v"),
  "f32x4.convert_i32x4_s": simd(250, "v -> v"),
  "f64x2.convert_low_i32x4_s": simd(254, "v -> v"),
  "f64x2.convert_low_i32x4_u": simd(255, "v -> v"),
} as const satisfies Readonly<Record<string, Signature>>;

/** `f32x4.add`, … */
export type InstructionName = keyof typeof instructions;

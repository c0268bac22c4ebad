import { invariant } from "../../diagnostics/index.ts";
import type { Affine } from "../../program/index.ts";
import { type Address, type Addresses, times } from "./addresses.ts";
import { type Compiled, real, realLanes } from "./compiled.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import { type LaneType, loadReal, narrowed, widened } from "./lane-type.ts";
import { i32, lane, load, loadLane, op, shuffle, store, storeLane, type Value, vector } from "./value.ts";

/** Whether a buffer holds reals in the module's precision, or integers of 4 bytes. */
export type ElementOf = (buffer: string) => "real" | "integer";

/** What becomes of the lanes of an accumulator. */
type Combining = "f64.add" | "f64.max" | "f64.min";

/** How an offset changes from lane to lane. */
type LaneStep =
  | "same"
  /** By so many elements. */
  | number
  /** As integers in memory say. */
  | "any";

/** Loads and stores of elements, and integers computed of loop variables. */
export class Accesses {
  /** The variable of the loop in lanes that is being compiled. */
  laneVariable: string | undefined;
  readonly #builder: FunctionBuilder;
  readonly #addresses: Addresses;
  readonly #elementOf: ElementOf;
  readonly #type: LaneType;

  constructor(builder: FunctionBuilder, addresses: Addresses, elementOf: ElementOf, type: LaneType) {
    this.#builder = builder;
    this.#addresses = addresses;
    this.#elementOf = elementOf;
    this.#type = type;
  }

  /** An element as a real; in a loop in lanes, for all of them. */
  load(buffer: string, offset: Affine): Compiled {
    const isInteger = this.#elementOf(buffer) === "integer";
    if (this.laneVariable === undefined) {
      const { pointer, offset: at } = this.#address(buffer, offset, 0);
      return real(
        isInteger
          ? op("f64.convert_i32_s", load("i32.load", pointer, at))
          : loadReal(pointer, at, this.#type),
      );
    }
    return realLanes(isInteger ? this.#loadIntegers(buffer, offset) : this.#loadReals(buffer, offset));
  }

  /** A real in all lanes, outside of loops in lanes. */
  loadSplat(buffer: string, offset: Affine): Value | undefined {
    if (this.#elementOf(buffer) === "integer") return undefined;
    const { pointer, offset: at } = this.#address(buffer, offset, 0);
    return load(this.#type.loadSplat, pointer, at);
  }

  #loadReals(buffer: string, offset: Affine): Value {
    const { width, loadSplat, loadZero } = this.#type;
    const step = this.#laneStep(offset);
    const { pointer, offset: at } = this.#address(buffer, offset, 0);
    if (step === "same") return load(loadSplat, pointer, at);
    if (step === 1) return load("v128.load", pointer, at);
    let result = load(loadZero, pointer, at);
    for (let k = 1; k < width; k++) {
      const place = this.#address(buffer, offset, k);
      result = loadLane(this.#type.loadLane, k, place.pointer, place.offset, result);
    }
    return result;
  }

  #loadIntegers(buffer: string, offset: Affine): Value {
    const integers = this.gathered(
      this.#lanes((k) => {
        const { pointer, offset: at } = this.#address(buffer, offset, k);
        return load("i32.load", pointer, at);
      }),
    );
    return this.#type.width === 4
      ? op("f32x4.convert_i32x4_s", integers)
      : op("f64x2.convert_low_i32x4_s", integers);
  }

  /** Stores a double. */
  store(buffer: string, offset: Affine, value: Value, accumulate: boolean): void {
    this.#storeAt(this.#address(buffer, offset, 0), buffer, value, accumulate);
  }

  #storeAt({ pointer, offset }: Address, buffer: string, value: Value, accumulate: boolean): void {
    if (this.#elementOf(buffer) === "integer") {
      const old = accumulate ? op("f64.convert_i32_s", load("i32.load", pointer, offset)) : undefined;
      const sum = old === undefined ? value : op("f64.add", old, value);
      this.#builder.run(store("i32.store", pointer, offset, op("i32.trunc_sat_f64_s", sum)));
      return;
    }
    const sum = accumulate ? op("f64.add", loadReal(pointer, offset, this.#type), value) : value;
    this.#builder.run(store(this.#type.store, pointer, offset, narrowed(sum, this.#type)));
  }

  /**
   * Stores what each lane has, or adds it to what is there.
   *
   * @param mask In which lanes; in all if undefined.
   */
  storeLanes(
    buffer: string,
    offset: Affine,
    vector: Value,
    accumulate: boolean,
    mask: Value | undefined,
  ): void {
    const step = this.#laneStep(offset);
    const value = this.#builder.let(vector);
    const { prefix } = this.#type;
    if (step === "same" && accumulate) {
      const own = mask === undefined ? value : op("v128.and", value, mask);
      this.store(buffer, offset, this.sumOf(own), true);
    } else if (step === 1 && this.#elementOf(buffer) === "real") {
      const { pointer, offset: at } = this.#address(buffer, offset, 0);
      const old = load("v128.load", pointer, at);
      const sum = accumulate ? op(`${prefix}.add`, old, value) : value;
      const next = mask === undefined ? sum : op("v128.bitselect", sum, old, mask);
      this.#builder.run(store("v128.store", pointer, at, next));
    } else {
      this.#storeEachLane(buffer, offset, value, accumulate, mask);
    }
  }

  /** One lane after the other: several may be for one element. */
  #storeEachLane(
    buffer: string,
    offset: Affine,
    value: Value,
    accumulate: boolean,
    mask: Value | undefined,
  ): void {
    const isPlain = !accumulate && this.#elementOf(buffer) === "real";
    for (let k = 0; k < this.#type.width; k++) {
      const write = (): void => {
        const { pointer, offset: at } = this.#address(buffer, offset, k);
        if (isPlain) this.#builder.run(storeLane(this.#type.storeLane, k, pointer, at, value));
        else {
          const address = { pointer: this.#builder.let(pointer), offset: at };
          this.#storeAt(address, buffer, this.#laneOf(value, k), accumulate);
        }
      };
      if (mask === undefined) write();
      else this.#builder.if(lane("i32x4.extract_lane", (k * 4) / this.#type.width, mask), write);
    }
  }

  /** One lane, as a double. */
  #laneOf(vector: Value, k: number): Value {
    return widened(lane(`${this.#type.prefix}.extract_lane`, k, vector), this.#type);
  }

  /** The sum of all lanes, in double precision. */
  sumOf(vector: Value): Value {
    return this.combine(vector, "f64.add");
  }

  /** All lanes of a vector, as one double. */
  combine(vector: Value, how: Combining): Value {
    const own = this.#builder.let(vector);
    const lanes = this.#lanes((k) => this.#laneOf(own, k));
    // In pairs: fewer additions wait for each other.
    const [a, b, c, d] = lanes;
    invariant(a !== undefined && b !== undefined, "a vector has two lanes at least");
    const first = op(how, a, b);
    return c === undefined || d === undefined ? first : op(how, first, op(how, c, d));
  }

  /** The same for several vectors: sums of as many as there are lanes are taken at once. */
  combineAll(vectors: readonly Value[], how: Combining): readonly Value[] {
    if (how !== "f64.add") return vectors.map((vector) => this.combine(vector, how));
    const { width, constant } = this.#type;
    const sums: Value[] = [];
    for (let k = 0; k < vectors.length; k += width) {
      const own = vectors.slice(k, k + width);
      const [first] = own;
      if (first === undefined || own.length === 1) return [...sums, ...own.map((each) => this.sumOf(each))];
      const all = Array.from({ length: width }, (_, lane) => own[lane] ?? constant(0));
      const together = this.#builder.let(this.#sumsAcross(all));
      sums.push(...own.map((_, lane) => this.#laneOf(together, lane)));
    }
    return sums;
  }

  /** The sums of vectors, as many as there are lanes, from a place on. */
  storeSums(buffer: string, offset: Affine, vectors: readonly Value[]): void {
    const { pointer, offset: at } = this.#address(buffer, offset, 0);
    this.#builder.run(store("v128.store", pointer, at, this.#sumsAcross(vectors)));
  }

  /** In lane k, the sum of the k-th vector. */
  #sumsAcross([a, b, c, d]: readonly Value[]): Value {
    invariant(a !== undefined && b !== undefined, "there are as many vectors as lanes");
    const { prefix, bytes } = this.#type;
    const add = (x: Value, y: Value): Value => op(`${prefix}.add`, x, y);
    const pick = (lanes: readonly number[], x: Value, y: Value): Value =>
      shuffle(
        lanes.flatMap((lane) => Array.from({ length: bytes }, (_, k) => lane * bytes + k)),
        x,
        y,
      );
    if (c === undefined || d === undefined) return add(pick([0, 2], a, b), pick([1, 3], a, b));
    const inPairs = (x: Value, y: Value): Value =>
      this.#builder.let(add(pick([0, 4, 1, 5], x, y), pick([2, 6, 3, 7], x, y)));
    const [ab, cd] = [inPairs(a, b), inPairs(c, d)];
    return add(pick([0, 1, 4, 5], ab, cd), pick([2, 3, 6, 7], ab, cd));
  }

  variesInLanes(value: Affine): boolean {
    return this.#laneStep(value) !== "same";
  }

  /** An integer computed of loop variables and of integers in memory. */
  integer(value: Affine): Value {
    return this.#integerAt(value, 0);
  }

  /** The same for each lane. */
  eachLane(value: Affine): readonly Value[] {
    return this.#lanes((k) => this.#integerAt(value, k));
  }

  /** The same, in the lanes of a vector of 32-bit integers. */
  integers(value: Affine): Value {
    const step = this.#laneStep(value);
    if (step === "any") return this.gathered(this.eachLane(value));
    const first = op("i32x4.splat", this.integer(value));
    if (step === "same") return first;
    const view = new DataView(new ArrayBuffer(16));
    for (let k = 0; k < 4; k++) view.setInt32(4 * k, k * step, true);
    return op("i32x4.add", first, vector([...new Uint8Array(view.buffer)]));
  }

  /** A vector of 32-bit integers. */
  gathered(lanes: readonly Value[]): Value {
    const [first, ...others] = lanes;
    invariant(first !== undefined, "a vector has lanes");
    return others.reduce(
      (result, each, k) => lane("i32x4.replace_lane", k + 1, result, each),
      op("i32x4.splat", first),
    );
  }

  #lanes(each: (k: number) => Value): readonly Value[] {
    return Array.from({ length: this.#type.width }, (_, k) => each(k));
  }

  #integerAt({ constant, terms }: Affine, k: number): Value {
    const parts = terms.map(({ coefficient, atom }) => {
      const value =
        atom.kind === "variable" ? this.#variable(atom.name, k) : this.#element(atom.buffer, atom.offset, k);
      return times(value, coefficient);
    });
    const [first, ...others] = constant === 0 ? parts : [...parts, i32(constant)];
    return others.reduce((sum, part) => op("i32.add", sum, part), first ?? i32(0));
  }

  #variable(name: string, k: number): Value {
    const value = this.#addresses.variable(name);
    return name === this.laneVariable && k > 0 ? op("i32.add", value, i32(k)) : value;
  }

  #element(buffer: string, offset: Affine, k: number): Value {
    const { pointer, offset: at } = this.#address(buffer, offset, k);
    return load("i32.load", pointer, at);
  }

  /** Where lane k finds an element. */
  #address(buffer: string, offset: Affine, k: number): Address {
    const own = offset.terms.find(({ atom }) => atom.kind === "variable" && atom.name === this.laneVariable);
    const shift = (own?.coefficient ?? 0) * k;
    return this.#addresses.of(buffer, offset, shift, (inner, at) => this.#element(inner, at, k));
  }

  #laneStep({ terms }: Affine): LaneStep {
    if (this.laneVariable === undefined) return "same";
    let step = 0;
    for (const { coefficient, atom } of terms) {
      if (atom.kind === "variable") {
        if (atom.name === this.laneVariable) step = coefficient;
      } else if (this.#laneStep(atom.offset) !== "same") return "any";
    }
    return step === 0 ? "same" : step;
  }
}

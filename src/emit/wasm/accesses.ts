import { invariant } from "../../diagnostics/index.ts";
import type { Affine } from "../../program/index.ts";
import { type Address, type Addresses, times } from "./addresses.ts";
import { type Compiled, real, realLanes } from "./compiled.ts";
import type { FunctionBuilder } from "./function-builder.ts";
import { combineLanes, laneOf } from "./horizontal.ts";
import type { LaneScope } from "./lane-scope.ts";
import { type LaneType, loadReal, narrowed } from "./lane-type.ts";
import { i32, lane, load, loadLane, op, store, storeLane, type Value, vector } from "./value.ts";

/** Whether a buffer holds reals in the module's precision, or integers of 4 bytes. */
export type ElementOf = (buffer: string) => "real" | "integer";

/** By how many elements an offset changes from lane to lane; `any` where integers in memory say it. */
type Stride = number | "any";

/** What accesses are made with. */
export interface AccessContext {
  readonly builder: FunctionBuilder;
  readonly addresses: Addresses;
  readonly lanes: LaneScope;
  readonly elementOf: ElementOf;
  readonly type: LaneType;
}

/** Loads and stores of elements, and integers computed of loop variables. */
export class Accesses {
  readonly #builder: FunctionBuilder;
  readonly #addresses: Addresses;
  readonly #lanes: LaneScope;
  readonly #elementOf: ElementOf;
  readonly #type: LaneType;

  constructor({ builder, addresses, lanes, elementOf, type }: AccessContext) {
    this.#builder = builder;
    this.#addresses = addresses;
    this.#lanes = lanes;
    this.#elementOf = elementOf;
    this.#type = type;
  }

  get #laneVariable(): string | undefined {
    return this.#lanes.loop?.variable;
  }

  /** An element as a real; in a loop in lanes, for all of them. */
  load(buffer: string, offset: Affine): Compiled {
    const isInteger = this.#elementOf(buffer) === "integer";
    if (this.#laneVariable === undefined) {
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
    const stride = this.#stride(offset);
    const { pointer, offset: at } = this.#address(buffer, offset, 0);
    if (stride === 0) return load(loadSplat, pointer, at);
    if (stride === 1) return load("v128.load", pointer, at);
    let result = load(loadZero, pointer, at);
    for (let k = 1; k < width; k++) {
      const place = this.#address(buffer, offset, k);
      result = loadLane(this.#type.loadLane, k, place.pointer, place.offset, result);
    }
    return result;
  }

  #loadIntegers(buffer: string, offset: Affine): Value {
    const integers = this.gathered(
      this.#forLanes((k) => {
        const { pointer, offset: at } = this.#address(buffer, offset, k);
        return load("i32.load", pointer, at);
      }),
    );
    return op(this.#type.convert, integers);
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

  /** Stores what each lane has in which the statements at hand run, or adds it to what is there. */
  storeLanes(buffer: string, offset: Affine, vector: Value, accumulate: boolean): void {
    const { mask } = this.#lanes;
    const stride = this.#stride(offset);
    const value = this.#builder.let(vector);
    const { prefix } = this.#type;
    if (stride === 0 && accumulate) {
      const own = mask === undefined ? value : op("v128.and", value, mask);
      const sum = combineLanes(own, "f64.add", this.#type, this.#builder);
      this.store(buffer, offset, sum, true);
    } else if (stride === 1 && this.#elementOf(buffer) === "real") {
      const { pointer, offset: at } = this.#address(buffer, offset, 0);
      const old = load("v128.load", pointer, at);
      const sum = accumulate ? op(`${prefix}.add`, old, value) : value;
      const next = mask === undefined ? sum : op("v128.bitselect", sum, old, mask);
      this.#builder.run(store("v128.store", pointer, at, next));
    } else {
      this.#storeEachLane(buffer, offset, value, accumulate);
    }
  }

  /** One lane after the other: several may be for one element. */
  #storeEachLane(buffer: string, offset: Affine, value: Value, accumulate: boolean): void {
    const { mask } = this.#lanes;
    const isPlain = !accumulate && this.#elementOf(buffer) === "real";
    for (let k = 0; k < this.#type.width; k++) {
      const write = (): void => {
        const { pointer, offset: at } = this.#address(buffer, offset, k);
        if (isPlain) this.#builder.run(storeLane(this.#type.storeLane, k, pointer, at, value));
        else {
          const address = { pointer: this.#builder.let(pointer), offset: at };
          this.#storeAt(address, buffer, laneOf(value, k, this.#type), accumulate);
        }
      };
      if (mask === undefined) write();
      else this.#builder.if(lane("i32x4.extract_lane", (k * 4) / this.#type.width, mask), write);
    }
  }

  /** A vector at consecutive elements. */
  storeVector(buffer: string, offset: Affine, vector: Value): void {
    const { pointer, offset: at } = this.#address(buffer, offset, 0);
    this.#builder.run(store("v128.store", pointer, at, vector));
  }

  variesInLanes(value: Affine): boolean {
    return this.#stride(value) !== 0;
  }

  /** An integer computed of loop variables and of integers in memory. */
  integer(value: Affine): Value {
    return this.#integerAt(value, 0);
  }

  /** The same for each lane. */
  eachLane(value: Affine): readonly Value[] {
    return this.#forLanes((k) => this.#integerAt(value, k));
  }

  /** The same, in the lanes of a vector of 32-bit integers. */
  integers(value: Affine): Value {
    const stride = this.#stride(value);
    if (stride === "any") return this.gathered(this.eachLane(value));
    const first = op("i32x4.splat", this.integer(value));
    if (stride === 0) return first;
    const view = new DataView(new ArrayBuffer(16));
    for (let k = 0; k < 4; k++) view.setInt32(4 * k, k * stride, true);
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

  #forLanes(each: (k: number) => Value): readonly Value[] {
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
    return name === this.#laneVariable && k > 0 ? op("i32.add", value, i32(k)) : value;
  }

  #element(buffer: string, offset: Affine, k: number): Value {
    const { pointer, offset: at } = this.#address(buffer, offset, k);
    return load("i32.load", pointer, at);
  }

  /** Where lane k finds an element. */
  #address(buffer: string, offset: Affine, k: number): Address {
    const own = offset.terms.find(({ atom }) => atom.kind === "variable" && atom.name === this.#laneVariable);
    const shift = (own?.coefficient ?? 0) * k;
    return this.#addresses.of(buffer, offset, shift, (inner, at) => this.#element(inner, at, k));
  }

  #stride({ terms }: Affine): Stride {
    if (this.#laneVariable === undefined) return 0;
    let stride = 0;
    for (const { coefficient, atom } of terms) {
      if (atom.kind === "variable") {
        if (atom.name === this.#laneVariable) stride += coefficient;
      } else if (this.#stride(atom.offset) !== 0) return "any";
    }
    return stride;
  }
}

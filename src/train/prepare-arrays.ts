import type { Compilation } from "../compile.ts";
import { didYouMean, DiagnosticError, OptionError } from "../diagnostics/index.ts";
import type { DataSlot, ModuleProgram } from "../program/index.ts";
import type { NumericArray } from "./binary.ts";
import { widthOf } from "./columns.ts";
import type { EncodedSlot } from "./encode.ts";
import { countOf, dataFault, throwLimited } from "./faults.ts";
import { splitAndScale, type SplitOptions } from "./prepare.ts";
import type { ArrayReport, PreparedData } from "./prepared.ts";

/** One array an input or target, by name. */
export type NamedArrays = ReadonlyMap<string, NumericArray>;

/** How to turn arrays into training data. */
export interface ArrayOptions extends Omit<SplitOptions, "validation"> {
  /** By input or target: what its numbers are divided by, as 255 makes bytes numbers from 0 to 1. Default: nothing. */
  readonly divisors?: ReadonlyMap<string, number> | undefined;
  /** The part of the samples, from 0 to below 1, to hold out; or others. */
  readonly validation?: number | NamedArrays | undefined;
}

/**
 * Feeds arrays to the network's inputs and targets. An array has the shape of its slot, with the number of samples before
 * it; extents of 1 do not count, and a slot that is a vector takes any shape of as many elements, row by row. A target that
 * is a vector takes class numbers, too, and makes one-hot of them.
 *
 * @throws {OptionError} when an input or target has no array, or a name is unknown.
 * @throws {DiagnosticError} when an array does not fit, or holds what its slot cannot take.
 */
export function prepareArrays(
  { program }: Pick<Compilation, "program">,
  arrays: NamedArrays,
  options: ArrayOptions = {},
): PreparedData {
  const { divisors = new Map<string, number>(), validation = 0, ...others } = options;
  const slots = [...program.inputs, ...program.targets];
  checkNames(slots, divisors.keys(), "--divide");
  const encode = (given: NamedArrays, option: string): readonly EncodedSlot[] => {
    checkNames(slots, given.keys(), option);
    return encodeArrays(program, given, divisors, option);
  };
  const encoded = encode(arrays, "--data");
  const isPart = typeof validation === "number";
  const split = isPart
    ? splitAndScale(encoded, { ...others, validation })
    : splitAndScale(encoded, others, encode(validation, "--validation"));
  const reports = slots.flatMap(({ name }): ArrayReport[] => {
    const array = arrays.get(name);
    if (array === undefined) return [];
    return [
      { name, file: array.name, shape: array.shape, type: array.type.name, divisor: divisors.get(name) ?? 1 },
    ];
  });
  return { ...split, incompleteRows: 0, columns: undefined, arrays: reports };
}

function checkNames(slots: readonly DataSlot[], given: Iterable<string>, option: string): void {
  const names = slots.map(({ name }) => name);
  const unknown = [...given].filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new OptionError(
    unknown.map((name) => {
      const hint = didYouMean(name, names) ?? `the network declares ${names.join(", ")}`;
      return dataFault(
        "unknown-input",
        `${option} speaks of ${name}, which is no input or target of the network.`,
        hint,
      );
    }),
  );
}

function encodeArrays(
  program: Pick<ModuleProgram, "inputs" | "targets" | "precision">,
  arrays: NamedArrays,
  divisors: ReadonlyMap<string, number>,
  option: string,
): readonly EncodedSlot[] {
  const slots = [...program.inputs, ...program.targets];
  const fed = slots.flatMap((slot): readonly Feeding[] => {
    const array = arrays.get(slot.name);
    if (array === undefined) return [];
    const isTarget = program.targets.includes(slot);
    return [{ slot, array, isTarget, divisor: divisors.get(slot.name) }];
  });
  const missing = slots.filter(({ name }) => !arrays.has(name)).map(({ name }) => name);
  if (missing.length > 0) {
    const hint = missing.map((name) => `${option} ${name}=<file>`).join(" ");
    throw new OptionError([
      dataFault("missing-data", `${option} says nothing of ${missing.join(", ")}.`, hint),
    ]);
  }
  checkSampleCounts(fed.map(({ array }) => array));
  return fed.map((each) => encodeArray(each, program.precision));
}

function checkSampleCounts(arrays: readonly NumericArray[]): void {
  const [first, ...others] = arrays;
  throwLimited(
    others.filter(({ shape }) => shape[0] !== first?.shape[0]),
    ({ name, shape }) =>
      dataFault(
        "sample-count",
        `${name} has ${countOf(shape[0] ?? 0, "sample")}, but ${first?.name ?? ""} has ${first?.shape[0] ?? 0}.`,
        "every file holds as many samples, in the same order",
      ),
  );
}

/** What feeds what. */
interface Feeding {
  readonly slot: DataSlot;
  readonly array: NumericArray;
  readonly isTarget: boolean;
  readonly divisor: number | undefined;
}

function encodeArray(feeding: Feeding, precision: ModuleProgram["precision"]): EncodedSlot {
  const { slot, array, isTarget, divisor = 1 } = feeding;
  const width = widthOf(slot);
  const isClasses = isTarget && slot.element === "real" && width > 1 && sizeOf(array.shape.slice(1)) === 1;
  if (!isClasses) checkShape(feeding);
  if (slot.element === "integer") {
    checkClasses(feeding, slot.categories ?? 0);
    return { slot, values: Int32Array.from(array.values), labels: undefined, isOneHot: false };
  }
  const Reals = precision === "f32" ? Float32Array : Float64Array;
  if (isClasses) {
    checkClasses(feeding, width);
    const values = new Reals(array.values.length * width);
    array.values.forEach((label, n) => (values[n * width + label] = 1));
    return { slot, values, labels: undefined, isOneHot: true };
  }
  const values = Reals.from(array.values);
  if (divisor !== 1) values.forEach((value, index) => (values[index] = value / divisor));
  checkFinite(feeding, values);
  return { slot, values, labels: undefined, isOneHot: false };
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

function checkShape({ slot, array }: Feeding): void {
  const found = array.shape.slice(1);
  const [long, wanted] = [found, slot.shape].map((shape) => shape.filter((extent) => extent !== 1));
  const isFlat = slot.shape.length <= 1 || found.length <= 1;
  if (isFlat ? sizeOf(found) === widthOf(slot) : String(long) === String(wanted)) return;
  throw new DiagnosticError([
    dataFault(
      "wrong-shape",
      `${array.name} holds samples of shape [${found.join(", ")}], but ${slot.name} takes [${slot.shape.join(", ")}].`,
      "the shape in the network file and the one in the data, after the number of samples, must agree",
    ),
  ]);
}

/** Places of elements that are wrong, but no more than it takes to say so. */
function placesWhere(
  values: EncodedSlot["values"] | NumericArray["values"],
  isWrong: (value: number) => boolean,
): number[] {
  const places: number[] = [];
  for (let index = 0; index < values.length; index++) if (isWrong(values[index] ?? 0)) places.push(index);
  return places;
}

function checkClasses(feeding: Feeding, categories: number): void {
  const { slot, array, divisor } = feeding;
  if (divisor !== undefined) {
    const message = `--divide speaks of ${slot.name}, but its numbers are classes.`;
    throw new OptionError([dataFault("divided-classes", message, "classes stay the numbers that they are")]);
  }
  const isWrong = (value: number): boolean => !(Number.isInteger(value) && value >= 0 && value < categories);
  throwLimited(placesWhere(array.values, isWrong), (index) =>
    dataFault(
      "label-out-of-range",
      `${array.name} holds ${array.values[index] ?? ""} ${placeText(array, index)}: ${slot.name} takes the integers from 0 to ${categories - 1}.`,
      Number.isInteger(array.values[index])
        ? "count classes from 0"
        : `classes are whole numbers from 0; for measured numbers, declare ${slot.name} without categories`,
    ),
  );
}

function checkFinite({ array, slot }: Feeding, values: EncodedSlot["values"]): void {
  throwLimited(
    placesWhere(values, (value) => !Number.isFinite(value)),
    (index) => {
      const [found = NaN, stored = NaN] = [array.values[index], values[index]];
      const becomes = Number.isFinite(found) ? `, which becomes ${stored} as ${slot.name} stores it` : "";
      return dataFault(
        "not-finite-data",
        `${array.name} holds ${found} ${placeText(array, index)}${becomes}: data must be finite numbers.`,
        "leave such samples out, or put numbers there",
      );
    },
  );
}

/** `at byte 1044, in sample 2 of 60000` */
function placeText({ shape, byteOf }: NumericArray, index: number): string {
  const sample = Math.floor(index / sizeOf(shape.slice(1)));
  return `at byte ${byteOf(index)}, in sample ${sample + 1} of ${shape[0] ?? 0}`;
}

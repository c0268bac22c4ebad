import type { DataSlot } from "../../program/index.ts";
import type { ModuleContext } from "./context.ts";

/** An argument of a generated function, with its line of documentation. */
export interface Argument {
  /** `x: Float64Array` */
  readonly declaration: string;
  /** `x Four numbers a sample.` */
  readonly documentation: string;
}

/** Elements of one sample. */
export function widthOf(slot: DataSlot): number {
  return slot.shape.reduce((product, extent) => product * extent, 1);
}

/** `count * 4`, or `count` for a scalar. */
export function lengthFor(count: string, width: number): string {
  return width === 1 ? count : `${count} * ${width}`;
}

export function arrayType(slot: DataSlot, context: ModuleContext): string {
  return slot.element === "integer" ? "Int32Array" : context.realArray;
}

/** Shape and valid values of an input, target or output. */
export function describeData(slot: DataSlot): string {
  const kind = slot.element === "integer" ? "integer" : "number";
  const size = widthOf(slot) === 1 ? `One ${kind}` : `${slot.shape.join("×")} ${kind}s`;
  const range = slot.categories === undefined ? "" : ` from 0 to ${slot.categories - 1}`;
  return `${size}${range} a sample.`;
}

/** The inputs and targets, in the order of the file. */
export function dataArguments(slots: readonly DataSlot[], context: ModuleContext): readonly Argument[] {
  return slots.map((slot) => {
    const identifier = context.dataIdentifier(slot.name);
    return {
      declaration: `${identifier}: ${arrayType(slot, context)}`,
      documentation: `${identifier} ${describeData(slot)}`,
    };
  });
}

/** The number of samples: by default what the first array holds. */
export function countArgument(
  slots: readonly DataSlot[],
  isLimited: boolean,
  context: ModuleContext,
): Argument {
  const [first] = slots;
  const limit = isLimited ? ", at most `batchSize`" : "";
  if (first === undefined) {
    return { declaration: "count = 1", documentation: `count Number of samples${limit}; 1 by default.` };
  }
  const identifier = context.dataIdentifier(first.name);
  const width = widthOf(first);
  return {
    declaration: `count: number = ${identifier}.length${width === 1 ? "" : ` / ${width}`}`,
    documentation: `count Number of samples${limit}; by default as many as \`${identifier}\` holds.`,
  };
}

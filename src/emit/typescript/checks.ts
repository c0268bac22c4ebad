import type { DataSlot } from "../../program/index.ts";
import type { ModuleContext } from "./context.ts";
import { arrayType, lengthFor, widthOf } from "./arguments.ts";
import { Lines } from "./layout.ts";
import { stringLiteral } from "./text.ts";

/*
 * What a program must not trust its caller with. A small network's step takes a few nanoseconds, so each test only compares
 * what the step reads anyway with a number (an exported constant would be loaded from memory), and leaves the telling to
 * functions that never run. `!(a >= b)` rather than `a < b`: what has no length at all must not pass either.
 */

/** The functions that look at a batch's arrays before a program trusts them. */
export function printChecks(context: ModuleContext): readonly Lines[] {
  const { inputs } = context.module;
  const check = printCheck("checkBatch", context.data, context);
  return context.module.programs.predict === undefined
    ? [check]
    : [check, printCheck("checkInputs", inputs, context)];
}

/**
 * The function gives `count` back after masking it: of the result V8 knows that it is below 2³⁰, and counts up to it without
 * asking at each sample whether `n++` overflowed. `samples > 0` is what it asks before the first sample anyway.
 */
function printCheck(name: string, slots: readonly DataSlot[], context: ModuleContext): Lines {
  const lines = new Lines();
  const args = slots.map((slot) => `${context.dataIdentifier(slot.name)}: ${arrayType(slot, context)}`);
  context.helpers.add("wrongCount");
  lines.documentation([
    "`count`, if the arrays hold so many samples. The mask lets V8 count up to it faster.",
  ]);
  lines.function(`function ${name}`, [...args, "count: number"], "number", () => {
    lines.statement("const samples = count & 0x3fffffff;");
    lines.statement("if (!(samples > 0 && samples === count)) throw wrongCount(count);");
    for (const slot of slots) checkSlot(slot, context, lines);
    lines.statement("return samples;");
  });
  return lines;
}

function checkSlot(slot: DataSlot, context: ModuleContext, lines: Lines): void {
  const identifier = context.dataIdentifier(slot.name);
  lines.statement(samplesCheck(slot.name, identifier, "samples", widthOf(slot), context));
  if (slot.categories === undefined) return;
  context.helpers.add("checkLabels");
  const length = lengthFor("samples", widthOf(slot));
  lines.statement(`checkLabels(${stringLiteral(slot.name)}, ${identifier}, ${length}, ${slot.categories});`);
}

/** A check that an array holds `count` samples of `width` elements. */
export function samplesCheck(
  name: string,
  identifier: string,
  count: string,
  width: number,
  context: ModuleContext,
): string {
  context.helpers.add("tooShort");
  const found = `${identifier}.length`;
  const told = [stringLiteral(name), found, count, width].join(", ");
  return `if (!(${found} >= ${lengthFor(count, width)})) throw tooShort(${told});`;
}

/** A check that a flat array has exactly so many elements. */
export function lengthCheck(name: string, length: number, context: ModuleContext): string {
  context.helpers.add("wrongLength");
  const told = [stringLiteral(name), `${name}.length`, length].join(", ");
  return `if (${name}.length !== ${length}) throw wrongLength(${told});`;
}

/** A check that scratch memory is large enough for `count` samples. */
export function limitCheck(context: ModuleContext): string {
  context.helpers.add("tooMany");
  return "if (count > batchSize) throw tooMany(count, batchSize);";
}

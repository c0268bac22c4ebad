import type { DataSlot } from "../../program/index.ts";
import type { ModuleContext } from "./context.ts";
import { arrayType, lengthFor, widthOf } from "./arguments.ts";
import { Lines } from "./layout.ts";
import { stringLiteral } from "./text.ts";

/** The functions that look at a batch's arrays before a program trusts them. */
export function printChecks(context: ModuleContext): readonly Lines[] {
  const { inputs } = context.module;
  const check = printCheck("checkBatch", context.data, context);
  return context.module.programs.predict === undefined
    ? [check]
    : [check, printCheck("checkInputs", inputs, context)];
}

function printCheck(name: string, slots: readonly DataSlot[], context: ModuleContext): Lines {
  context.helpers.add("checkCount");
  const lines = new Lines();
  const args = slots.map((slot) => `${context.dataIdentifier(slot.name)}: ${arrayType(slot, context)}`);
  lines.block(`function ${name}(${[...args, "count: number"].join(", ")}): void`, () => {
    lines.statement("checkCount(count);");
    for (const slot of slots) checkSlot(slot, context, lines);
  });
  return lines;
}

function checkSlot(slot: DataSlot, context: ModuleContext, lines: Lines): void {
  const identifier = context.dataIdentifier(slot.name);
  const text = stringLiteral(slot.name);
  const length = lengthFor("count", widthOf(slot));
  context.helpers.add("checkSamples");
  lines.statement(`checkSamples(${text}, ${identifier}.length, count, ${widthOf(slot)});`);
  if (slot.categories !== undefined) {
    context.helpers.add("checkLabels");
    lines.statement(`checkLabels(${text}, ${identifier}, ${length}, ${slot.categories});`);
  }
}

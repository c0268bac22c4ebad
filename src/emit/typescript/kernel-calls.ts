import { invariant } from "../../diagnostics/index.ts";
import type { DataSlot, Program } from "../../program/index.ts";
import { lengthFor, widthOf } from "./arguments.ts";
import { numbersOf } from "./needs.ts";
import type { ModuleContext } from "./context.ts";
import {
  argumentsOf,
  countStep,
  declarations,
  documentFunction,
  type FunctionParts,
  printChecks,
} from "./function-parts.ts";
import { Lines } from "./layout.ts";
import { type MentionedArrays, mentionedBy } from "./mentioned.ts";
import { printPredictAround } from "./predict.ts";

/*
 * The functions of a module whose programs are a kernel: check the arguments, copy in what is not the kernel's own array,
 * call the kernel, copy out what it has written. The kernel of a small network takes some nanoseconds, and so does a
 * comparison of two arrays' identities; that is all that a call costs which works in the kernel's arrays.
 */

/** `predict`, `loss`, `gradient` and `trainStep`. */
export function printCalls(
  parts: Readonly<Record<"loss" | "gradient" | "trainStep", FunctionParts>>,
  context: ModuleContext,
): readonly Lines[] {
  const { loss, gradient, trainStep, update, means, predict } = context.module.programs;
  const separate = [update, means].filter((program) => program !== undefined);
  const gradientPrograms = update === undefined ? [gradient] : [trainStep, ...separate];
  return [
    ...(predict === undefined ? [] : [printPredictCall(predict, context)]),
    printCall("loss", [loss], parts.loss, context),
    printCall("gradient", gradientPrograms, parts.gradient, context),
    printCall("trainStep", [trainStep, ...separate], parts.trainStep, context),
  ];
}

/** Makes sure of the kernel before anything is changed: an engine may refuse it. */
function getCalls(calls: string): string {
  return `const ${calls} = kernel ?? startKernel();`;
}

function printCall(
  name: "loss" | "gradient" | "trainStep",
  programs: readonly Program[],
  parts: FunctionParts,
  context: ModuleContext,
): Lines {
  const numbers = programs.map(({ body }) => numbersOf(body));
  const usesSeed = numbers.some((each) => each.usesSeed);
  const countsStep = name === "trainStep" && numbers.some((each) => each.usesStep);
  invariant(name !== "loss" || !usesSeed, "the loss draws no random numbers");
  const needs = { isLimited: true, usesSeed };
  const args = argumentsOf(parts, needs, context);
  const mentioned = mentionedBy(programs);
  const flat = [
    { name: "parameters", count: context.parameterCount, isRead: mentioned.parameters },
    { name: "state", count: context.stateCount, isRead: name === "trainStep" && mentioned.state },
  ].filter(({ isRead }) => isRead);
  const written = writtenBy(name, flat, context);
  const step = countsStep || (usesSeed && name === "gradient") ? "step" : "0";
  const [calls, total] = [context.ownLocal("calls"), context.ownLocal("total")];
  const call = `${calls}.${name}(count, ${step}, ${usesSeed ? "seed" : "0"})`;

  const lines = new Lines();
  const remarks =
    name === "trainStep"
      ? ["Allocates nothing where each array holds just so many samples, or is the kernel's own."]
      : [];
  documentFunction(parts.summary, args, parts.returns, lines, remarks);
  lines.function(`export function ${name}`, declarations(args), "number", () => {
    printChecks(parts, needs, context, lines);
    lines.statement(getCalls(calls));
    if (name === "trainStep") countStep(countsStep, lines);
    for (const each of flat) copy(each.name, `${each.name}View`, each.count, "in", context, lines);
    const slots = context.data.filter(mentioned.has);
    keepApart(slots, context, lines);
    for (const slot of slots) copyData(slot, "0", "count", context, lines);
    if (written.length === 0) {
      lines.statement(`return ${call};`);
      return;
    }
    lines.statement(`const ${total} = ${call};`);
    for (const each of written) copy(each.name, `${each.name}View`, each.count, "out", context, lines);
    lines.statement(`return ${total};`);
  });
  return lines;
}

interface FlatArray {
  readonly name: string;
  readonly count: number;
}

function writtenBy(
  name: "loss" | "gradient" | "trainStep",
  flat: readonly FlatArray[],
  { parameterCount }: ModuleContext,
): readonly FlatArray[] {
  switch (name) {
    case "loss":
      return [];
    case "gradient":
      return [{ name: "gradients", count: parameterCount }];
    case "trainStep":
      return flat;
  }
}

function copy(
  array: string,
  view: string,
  count: number,
  direction: "in" | "out",
  context: ModuleContext,
  lines: Lines,
): void {
  context.helpers.add("copyReals");
  const [from, to] = direction === "in" ? [array, view] : [view, array];
  lines.statement(`if (${array} !== ${view}) copyReals(${from}, 0, ${to}, 0, ${count});`);
}

/** Of an array that is the kernel's for another slot, a copy is made before what is given for that slot overwrites it. */
function keepApart(slots: readonly DataSlot[], context: ModuleContext, lines: Lines): void {
  slots.forEach((slot, k) => {
    const array = context.dataIdentifier(slot.name);
    const overwritten = slots
      .slice(0, k)
      .filter(({ element }) => element === slot.element)
      .map(({ name }) => {
        const [other, view] = [context.dataIdentifier(name), context.viewIdentifier(name)];
        return `${array} === ${view} && ${other} !== ${view}`;
      });
    if (overwritten.length > 0)
      lines.statement(`if (${overwritten.join(" || ")}) ${array} = ${array}.slice();`);
  });
}

/** Copies `count` samples from number `start` on to the kernel's array. */
function copyData(slot: DataSlot, start: string, count: string, context: ModuleContext, lines: Lines): void {
  const [array, view, width] = [
    context.dataIdentifier(slot.name),
    context.viewIdentifier(slot.name),
    widthOf(slot),
  ];
  const helper = slot.element === "integer" ? "copyIntegers" : "copyReals";
  context.helpers.add(helper);
  const from = start === "0" ? "0" : lengthFor(start, width);
  lines.statement(
    `if (${array} !== ${view}) ${helper}(${array}, ${from}, ${view}, 0, ${lengthFor(count, width)});`,
  );
}

/** In chunks of `batchSize` samples: so many there is memory for. The kernel's own arrays hold one chunk. */
function printPredictCall(program: Program, context: ModuleContext): Lines {
  const mentioned: MentionedArrays = mentionedBy([program]);
  const calls = context.ownLocal("calls");
  return printPredictAround(true, context, (outputWidth, lines) => {
    lines.statement(getCalls(calls));
    if (mentioned.parameters)
      copy("parameters", "parametersView", context.parameterCount, "in", context, lines);
    const slots = context.module.inputs.filter(mentioned.has);
    keepApart(slots, context, lines);
    lines.block("for (let start = 0; start < count; start += batchSize)", () => {
      lines.statement("const size = Math.min(batchSize, count - start);");
      for (const slot of slots) copyData(slot, "start", "size", context, lines);
      lines.statement(`${calls}.predict(size, 0, 0);`);
      context.helpers.add("copyReals");
      const [to, length] = [lengthFor("start", outputWidth), lengthFor("size", outputWidth)];
      lines.statement(`if (output !== outputView) copyReals(outputView, 0, output, ${to}, ${length});`);
    });
  });
}

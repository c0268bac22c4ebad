import { type DataSlot, sayOptimizer } from "../../program/index.ts";
import type { ModuleContext } from "./context.ts";
import { arrayType, describeData, lengthFor, widthOf } from "./arguments.ts";
import { drawsNumbers } from "./needs.ts";
import { lengthCheck } from "./checks.ts";
import { visibleBytes } from "./kernel-memory.ts";
import { Lines } from "./layout.ts";
import { propertyAccess, propertyKey, stringLiteral } from "./text.ts";

/** Declarations of `templates/` that a module exports. */
export const exportedTemplates: readonly string[] = [
  "Checkpoint",
  "Divergence",
  "Facts",
  "GradientNorms",
  "GradientReport",
  "GradientWarning",
  "GradientWatch",
  "KeptParameters",
  "NotFinite",
  "TrainOptions",
  "TrainProgress",
  "TrainResult",
];

/** `TrainData` and `train`: the part of the training loop that knows this network's inputs and targets. */
export function printTraining(context: ModuleContext): readonly Lines[] {
  for (const name of ["chooseBatchSize", context.kernel === undefined ? "runTraining" : "trainInPlace"])
    context.helpers.add(name);
  return [printTrainData(context), printTrain(context)];
}

function printTrainData(context: ModuleContext): Lines {
  const lines = new Lines();
  lines.documentation(["What to train on: in each array as many samples, one after the other."]);
  lines.block("export interface TrainData", () => {
    for (const slot of context.data) {
      lines.documentation([describeData(slot)]);
      lines.raw([`readonly ${propertyKey(slot.name)}: ${arrayType(slot, context)};`]);
    }
  });
  return lines;
}

function printTrain(context: ModuleContext): Lines {
  const { module } = context;
  const { trainStep, loss } = module.programs;
  const limited = context.limitsCount(trainStep) || context.limitsCount(loss);
  const names = context.data.map((slot) => batchIdentifier(slot, context));
  // A network without data still trains, one step an epoch; the underscore says that nothing is read.
  const data = context.data.length === 0 ? "_data" : "data";
  const lines = new Lines();
  lines.documentation([
    `Trains the network: ${module.epochs} epochs of batches of ${module.batchSize} unless the options say otherwise.`,
    "",
    names.length === 0
      ? `@param ${data} Nothing: this network has neither inputs nor targets.`
      : `@param ${data} Each input and target: its samples one after the other, as many in each array.`,
    "@param options How to train; see `TrainOptions`.",
    "@returns The parameters, with their optimizer state, and what became of the loss.",
    "@throws {RangeError} if the options or the data make no sense.",
  ]);
  lines.block(`export function train(${data}: TrainData, options: TrainOptions = {}): TrainResult`, () => {
    lines.statement(`const samples = ${samplesText(context.data)};`);
    const most = limited ? "batchSize" : "Infinity";
    lines.statement(`const size = chooseBatchSize(options.batchSize ?? batchSize, ${most}, samples);`);
    // A kernel has arrays for a batch already.
    for (const slot of context.kernel === undefined ? context.data : []) {
      const identifier = context.dataIdentifier(slot.name);
      lines.statement(
        `const ${identifier} = new ${arrayType(slot, context)}(${lengthFor("size", widthOf(slot))});`,
      );
    }
    for (const slot of context.data) checkAllLabels(slot, context, lines);
    const args = [...names, "count"].join(", ");
    const isDrawing = drawsNumbers(trainStep);
    const seed = isDrawing ? ", options.seed" : "";
    lines.raw([
      ...(context.kernel === undefined
        ? ["return runTraining("]
        : [
            "return trainInPlace(",
            `  { memory, bytes: ${visibleBytes(context.kernel)}, parameters: parametersView, state: stateView },`,
          ]),
      "  {",
      `    network: ${networkFacts},`,
      "    layout: parameterLayout,",
    ]);
    lines.raw(["    columns: ["]);
    lines.raw(context.data.map((slot) => `      ${columnOf(slot, context)},`));
    lines.raw([
      "    ],",
      "    batchSize: size,",
      `    epochs: options.epochs ?? ${module.epochs},`,
      "    parameters: options.parameters?.slice() ?? initialParameters(options.seed),",
      "    state: options.state?.slice() ?? initialState(),",
      `    step: (parameters, state, count) => trainStep(parameters, state, ${args}${seed}),`,
      `    loss: (parameters, count) => loss(parameters, ${args}),`,
      `    gradient: (parameters, gradients, count${isDrawing ? ", step" : ""}) =>`,
      `      gradient(parameters, ${[...names, "gradients", "count"].join(", ")}${isDrawing ? ", options.seed, step" : ""}),`,
      "  },",
      "  options,",
      ");",
    ]);
  });
  return lines;
}

/** What the constant is called that tells this network from others. */
export const networkFacts = "networkFacts";

/** `saveCheckpoint`, `loadCheckpoint` and `watchGradients`. */
export function printRun(context: ModuleContext, networkHash: string): readonly Lines[] {
  const { module } = context;
  for (const name of ["checkpointToBytes", "checkpointFromBytes", "newGradientWatch"])
    context.helpers.add(name);
  const facts = new Lines();
  facts.raw([
    "// What tells this network from others, whose checkpoints are refused; of its text, comments and spaces do not count.",
    `const ${networkFacts} = {`,
    `  name: ${stringLiteral(module.name)},`,
    `  text: ${stringLiteral(networkHash.slice(0, 16))},`,
    `  optimizer: ${stringLiteral(sayOptimizer(module.optimizer))},`,
    `  precision: ${stringLiteral(module.precision)},`,
    `  schedule: ${stringLiteral(module.programs.trainStep.schedule + (context.kernel === undefined ? "" : ", in WebAssembly"))},`,
    "};",
  ]);
  const save = new Lines();
  save.documentation([
    "A checkpoint as bytes, for a file or a data base; `loadCheckpoint` gives back the same bits.",
    "",
    "@param checkpoint What `onCheckpoint` of `TrainOptions` was given.",
    "@returns The bytes, with a checksum.",
  ]);
  save.block("export function saveCheckpoint(checkpoint: Checkpoint): Uint8Array", () => {
    save.statement("return checkpointToBytes(checkpoint);");
  });
  const load = new Lines();
  load.documentation([
    "The checkpoint that `saveCheckpoint` made bytes of, for `resume` of `TrainOptions`.",
    "",
    "@param bytes All of the file.",
    "@returns The checkpoint, in arrays of its own.",
    "@throws {Error} if the bytes are no checkpoint, cut short or damaged, or of another network: what differs is said.",
  ]);
  load.block("export function loadCheckpoint(bytes: Uint8Array): Checkpoint", () => {
    load.statement(`return checkpointFromBytes(bytes, ${networkFacts});`);
  });
  const watch = new Lines();
  watch.documentation([
    "Watches the gradient of each parameter for those that vanish or explode, and for units that get none.",
    "",
    "@returns What `onGradient` of `TrainOptions` is to be, as `add`; `report()` says what was seen since the last report.",
  ]);
  watch.block("export function watchGradients(): GradientWatch", () => {
    const frozen = module.parameters.flatMap((slot) =>
      slot.isFrozen === true ? [stringLiteral(slot.name)] : [],
    );
    const names = frozen.length === 0 ? "" : `, [${frozen.join(", ")}]`;
    watch.statement(`return newGradientWatch(parameterLayout${names});`);
  });
  return [facts, save, load, watch];
}

/** How many samples there are, to train on or to validate on, whichever are more: as the first array has it. */
function samplesText([first]: readonly DataSlot[]): string {
  if (first === undefined) return "1";
  const width = widthOf(first);
  const longest = `Math.max(data${propertyAccess(first.name)}.length, ${validationOf(first)}.length ?? 0)`;
  return width === 1 ? longest : `${longest} / ${width}`;
}

/** `options.validation?.name`, `options.validation?.["na.me"]` */
function validationOf({ name }: DataSlot): string {
  return `options.validation?.${propertyAccess(name).replace(/^\./, "")}`;
}

/** The array that a step reads a batch from. */
function batchIdentifier({ name }: DataSlot, context: ModuleContext): string {
  return context.kernel === undefined ? context.dataIdentifier(name) : context.viewIdentifier(name);
}

function columnOf(slot: DataSlot, context: ModuleContext): string {
  const identifier = batchIdentifier(slot, context);
  const values = `values: data${propertyAccess(slot.name)}, validation: ${validationOf(slot)}`;
  return `{ name: ${stringLiteral(slot.name)}, width: ${widthOf(slot)}, ${values}, batch: ${identifier} }`;
}

/** Before the first step, so that the message says where in the data the bad label is. */
function checkAllLabels(slot: DataSlot, context: ModuleContext, lines: Lines): void {
  if (slot.categories === undefined) return;
  context.helpers.add("checkLabels");
  const access = propertyAccess(slot.name);
  const check = (name: string, array: string): string =>
    `checkLabels(${stringLiteral(name)}, ${array}, ${array}.length, ${slot.categories ?? 0});`;
  lines.statement(check(slot.name, `data${access}`));
  lines.block("if (options.validation !== undefined)", () => {
    lines.statement(check(`validation ${slot.name}`, `options.validation${access}`));
  });
}

/** `saveParameters` and `loadParameters`. */
export function printSaving(context: ModuleContext): readonly Lines[] {
  const { realArray, module } = context;
  context.helpers.add("parametersToJson");
  context.helpers.add("parametersFromJson");
  const network = stringLiteral(module.name);
  const save = new Lines();
  save.documentation([
    "The parameters as JSON; `loadParameters` gives back the same bits.",
    "",
    "@param parameters All parameters, laid out as `parameterLayout` says.",
    "@returns The text of a JSON file, with the network's name and the shape of each parameter.",
    "@throws {RangeError} if a parameter is not finite.",
  ]);
  save.block(`export function saveParameters(parameters: ${realArray}): string`, () => {
    save.statement(lengthCheck("parameters", context.parameterCount, context));
    save.statement(`return parametersToJson(${network}, parameterLayout, parameters);`);
  });
  const load = new Lines();
  load.documentation([
    "The parameters that `saveParameters` wrote.",
    "",
    "@param text The text of the file; what else is in it, as `nabla train --save` adds, is passed over.",
    "@returns All parameters, laid out as `parameterLayout` says.",
    "@throws {Error} if the text is cut short, or of another network.",
  ]);
  load.block(`export function loadParameters(text: string): ${realArray}`, () => {
    load.statement(`return parametersFromJson(${network}, parameterLayout, text);`);
  });
  return [save, load];
}

import { invariant } from "../../diagnostics/index.ts";
import type { DataSlot, Program } from "../../program/index.ts";
import { printProgram, type PrintedProgram } from "./body.ts";
import type { ModuleContext } from "./context.ts";
import { Lines } from "./layout.ts";
import { commentText, stringLiteral } from "./text.ts";

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

/** `x: Float64Array, t: Int32Array` */
function dataArguments(slots: readonly DataSlot[], context: ModuleContext): readonly string[] {
  return slots.map((slot) => `${context.dataIdentifier(slot.name)}: ${arrayType(slot, context)}`);
}

/** How many samples the first array holds: the default of `count`. */
function defaultCount(slots: readonly DataSlot[], context: ModuleContext): string {
  const [first] = slots;
  if (first === undefined) return "1";
  const width = widthOf(first);
  const length = `${context.dataIdentifier(first.name)}.length`;
  return width === 1 ? length : `${length} / ${width}`;
}

/** What one of the module's functions is made of. */
interface FunctionParts {
  readonly documentation: readonly string[];
  readonly program: Program;
  readonly data: readonly DataSlot[];
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly returns: string;
  /** Checks of the arrays other than the data. */
  readonly checks: readonly string[];
}

/** `predict`, `loss`, `gradient` and `trainStep`, with the functions of their pieces before each. */
export function printFunctions(context: ModuleContext): readonly Lines[] {
  const { module } = context;
  const { loss, gradient, trainStep, predict } = module.programs;
  const functions: Lines[] = [];
  if (predict !== undefined) functions.push(...printPredict(predict, context));
  const samples = context.data;
  const parameters = `parameters: ${context.realArray}`;
  const shared = {
    data: samples,
    returns: "number",
    before: [parameters],
    checks: [lengthCheck("parameters", "parameterCount", context)],
  };
  functions.push(
    ...printFunction({ ...shared, documentation: lossText, program: loss, after: [] }, context),
    ...printFunction(
      {
        ...shared,
        documentation: gradientText,
        program: gradient,
        after: [`gradients: ${context.realArray}`],
        checks: [...shared.checks, lengthCheck("gradients", "parameterCount", context)],
      },
      context,
    ),
    ...printFunction(
      {
        ...shared,
        documentation: trainStepText,
        program: trainStep,
        before: [parameters, `state: ${context.realArray}`],
        after: [],
        checks: [...shared.checks, lengthCheck("state", "stateCount", context)],
      },
      context,
    ),
  );
  return functions;
}

const lossText = ["The loss of `count` samples."];
const gradientText = [
  "The loss of `count` samples, and its gradient, which overwrites `gradients` (laid out like the parameters).",
];
const trainStepText = [
  "One step of the optimizer on `count` samples: overwrites `parameters` and `state`, allocates nothing.",
];

function lengthCheck(name: string, expected: string, context: ModuleContext): string {
  context.helpers.add("wrongLength");
  return `if (${name}.length !== ${expected}) throw wrongLength(${stringLiteral(name)}, ${name}.length, ${expected});`;
}

function printFunction(parts: FunctionParts, context: ModuleContext): readonly Lines[] {
  const { program, data } = parts;
  const printed = printProgram(program, context);
  const args = [
    ...parts.before,
    ...dataArguments(data, context),
    ...parts.after,
    `count: number = ${defaultCount(data, context)}`,
  ];
  const lines = new Lines();
  documentation(parts.documentation, lines);
  lines.block(`export function ${program.name}(${args.join(", ")}): ${parts.returns}`, () => {
    for (const check of parts.checks) lines.statement(check);
    const names = data.map((slot) => context.dataIdentifier(slot.name));
    lines.statement(`checkBatch(${[...names, "count"].join(", ")});`);
    if (context.limitsCount(program)) {
      context.helpers.add("tooManySamples");
      lines.statement(`if (count > batchSize) throw tooManySamples(count, batchSize);`);
    }
    if (program.name === "trainStep") stepCount(printed, lines);
    else invariant(!printed.usesStep, `${program.name} does not depend on the step`);
    lines.adopt(printed.body);
  });
  return [...printed.pieces, lines];
}

/** Element 0 of the state counts the steps. */
function stepCount(printed: PrintedProgram, lines: Lines): void {
  if (printed.usesStep) {
    lines.statement("const step = state[0]! + 1;");
    lines.statement("state[0] = step;");
  } else {
    lines.statement("state[0]! += 1;");
  }
}

/** In chunks of `batchSize` samples where scratch memory is for no more. */
function printPredict(program: Program, context: ModuleContext): readonly Lines[] {
  const { output, inputs } = context.module;
  invariant(output !== undefined, "what predict computes has a shape");
  const printed = printProgram(program, context);
  invariant(!printed.usesStep, "predict does not depend on the step");
  const width = widthOf(output);
  const inputArguments = dataArguments(inputs, context);
  const names = inputs.map((slot) => context.dataIdentifier(slot.name));
  const lines = new Lines();
  documentation([`\`${commentText(output.name)}\` of each of \`count\` samples.`], lines);
  const args = [
    `parameters: ${context.realArray}`,
    ...inputArguments,
    `count: number = ${defaultCount(inputs, context)}`,
    `output: ${context.realArray} = new ${context.realArray}(${lengthFor("count", width)})`,
  ];
  const chunked = context.limitsCount(program);
  lines.block(`export function predict(${args.join(", ")}): ${context.realArray}`, () => {
    lines.statement(lengthCheck("parameters", "parameterCount", context));
    lines.statement(`checkInputs(${[...names, "count"].join(", ")});`);
    context.helpers.add("tooShort");
    lines.statement(
      `if (output.length < ${lengthFor("count", width)}) throw tooShort("output", output.length, count, ${width});`,
    );
    if (chunked) {
      lines.block("for (let from = 0; from < count; from += batchSize)", () => {
        const chunk = inputs.map(
          (slot, i) => `${names[i] ?? ""}.subarray(${lengthFor("from", widthOf(slot))})`,
        );
        const rest = [`output.subarray(${lengthFor("from", width)})`, "Math.min(batchSize, count - from)"];
        lines.statement(`predictBatch(${["parameters", ...chunk, ...rest].join(", ")});`);
      });
    } else {
      lines.adopt(printed.body);
    }
    lines.statement("return output;");
  });
  if (!chunked) return [...printed.pieces, lines];
  const batch = new Lines();
  const batchArguments = [
    `parameters: ${context.realArray}`,
    ...inputArguments,
    `output: ${context.realArray}`,
    "count: number",
  ];
  documentation(["`predict` for at most `batchSize` samples."], batch);
  batch.block(`function predictBatch(${batchArguments.join(", ")}): void`, () => {
    batch.adopt(printed.body);
  });
  return [...printed.pieces, batch, lines];
}

function documentation(text: readonly string[], lines: Lines): void {
  lines.raw(["/**", ...text.map((line) => (line === "" ? " *" : ` * ${line}`)), " */"]);
}

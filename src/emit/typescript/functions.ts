import { invariant } from "../../diagnostics/index.ts";
import type { Program } from "../../program/index.ts";
import {
  type Argument,
  countArgument,
  dataArguments,
  describeData,
  lengthFor,
  widthOf,
} from "./arguments.ts";
import { printProgram } from "./body.ts";
import { lengthCheck, limitCheck, samplesCheck } from "./checks.ts";
import type { ModuleContext } from "./context.ts";
import { Lines } from "./layout.ts";
import { commentText } from "./text.ts";

/** `predict`, `loss`, `gradient` and `trainStep`, with the functions of their pieces before each. */
export function printFunctions(context: ModuleContext): readonly Lines[] {
  const { loss, gradient, trainStep, update, means, predict } = context.module.programs;
  const data = dataArguments(context.data, context);
  const { parameters, state, gradients } = flatArrays(context.realArray);
  const gradientParts: FunctionParts = {
    summary: "The loss of `count` samples, and its gradient.",
    returns: "The loss.",
    arrays: [parameters, ...data, gradients],
    checks: [
      lengthCheck("parameters", context.parameterCount, context),
      lengthCheck("gradients", context.parameterCount, context),
    ],
  };
  const stepParts: FunctionParts = {
    summary:
      "One step of the optimizer on `count` samples: overwrites `parameters` and `state`, allocates nothing.",
    returns: "The loss before the step.",
    arrays: [parameters, state, ...data],
    checks: [
      lengthCheck("parameters", context.parameterCount, context),
      lengthCheck("state", context.stateCount, context),
    ],
  };
  return [
    ...(predict === undefined ? [] : printPredict(predict, context)),
    ...printFunction("loss", loss, context, {
      summary: "The loss of `count` samples.",
      returns: "The loss.",
      arrays: [parameters, ...data],
      checks: [lengthCheck("parameters", context.parameterCount, context)],
    }),
    ...(update === undefined
      ? [
          ...printFunction("gradient", gradient, context, gradientParts),
          ...printFunction("trainStep", trainStep, context, stepParts),
        ]
      : printSeparateStep({ trainStep, update, means }, context, gradientParts, stepParts)),
  ];
}

interface SeparateStep {
  readonly trainStep: Program;
  readonly update: Program;
  readonly means: Program | undefined;
}

/**
 * `gradient` and `trainStep` as what they share, the loss and its gradients (or the sums that these are the means of),
 * and the loop that updates all parameters.
 */
function printSeparateStep(
  { trainStep, update, means }: SeparateStep,
  context: ModuleContext,
  gradientParts: FunctionParts,
  stepParts: FunctionParts,
): readonly Lines[] {
  const { parameters, state } = flatArrays(context.realArray);
  const data = dataArguments(context.data, context);
  const shared = printProgram(trainStep, context);
  const finishing = means && printProgram(means, context);
  const updating = printProgram(update, context);
  invariant(!shared.usesStep, "gradients do not depend on the step");
  const isLimited = context.limitsCount(trainStep);
  const dataNames = context.data.map((slot) => context.dataIdentifier(slot.name));
  const name = means === undefined ? "lossAndGradients" : "lossAndGradientSums";
  const call = `${name}(${["parameters", ...dataNames, "count"].join(", ")})`;
  const args = (parts: FunctionParts): readonly Argument[] => [
    ...parts.arrays,
    countArgument(context.data, isLimited, context),
  ];

  const body = new Lines();
  body.documentation([
    `The loss of \`count\` samples; leaves ${means === undefined ? "its gradients" : "the sums of its samples' gradients"} in \`ownGradients\`.`,
  ]);
  const bodyArguments = [...declarations([parameters, ...data]), "count: number"];
  body.function(`function ${name}`, bodyArguments, "number", () => {
    body.adopt(shared.body);
  });

  const gradientLines = new Lines();
  documentFunction(gradientParts.summary, args(gradientParts), gradientParts.returns, gradientLines);
  gradientLines.function("export function gradient", declarations(args(gradientParts)), "number", () => {
    printChecks(gradientParts, isLimited, context, gradientLines);
    gradientLines.statement(`const total = ${call};`);
    if (finishing === undefined) gradientLines.statement("gradients.set(ownGradients);");
    else gradientLines.adopt(finishing.body);
    gradientLines.statement("return total;");
  });

  const updateLines = new Lines();
  updateLines.documentation(["The optimizer's update of every parameter."]);
  const numbers = [...(updating.usesCount ? ["count"] : []), ...(updating.usesStep ? ["step"] : [])];
  const updateArguments = [
    ...declarations([parameters, ...(usesState(update) ? [state] : [])]),
    ...numbers.map((each) => `${each}: number`),
  ];
  updateLines.function("function updateParameters", updateArguments, "void", () => {
    updateLines.adopt(updating.body);
  });

  const stepLines = new Lines();
  documentFunction(stepParts.summary, args(stepParts), stepParts.returns, stepLines);
  stepLines.function("export function trainStep", declarations(args(stepParts)), "number", () => {
    printChecks(stepParts, isLimited, context, stepLines);
    countStep(updating.usesStep, stepLines);
    stepLines.statement(`const total = ${call};`);
    const operands = ["parameters", ...(usesState(update) ? ["state"] : []), ...numbers];
    stepLines.statement(`updateParameters(${operands.join(", ")});`);
    stepLines.statement("return total;");
  });
  return [...shared.pieces, body, gradientLines, ...updating.pieces, updateLines, stepLines];
}

function usesState({ buffers }: Program): boolean {
  return buffers.some(({ role }) => role === "state");
}

interface FlatArrays {
  readonly parameters: Argument;
  readonly state: Argument;
  readonly gradients: Argument;
}

function flatArrays(type: string): FlatArrays {
  return {
    parameters: {
      declaration: `parameters: ${type}`,
      documentation: "parameters All parameters, laid out as `parameterLayout` says.",
    },
    state: {
      declaration: `state: ${type}`,
      documentation: "state The optimizer's state, from `initialState()`. Element 0 counts the steps.",
    },
    gradients: {
      declaration: `gradients: ${type}`,
      documentation: "gradients Overwritten with ∂loss/∂parameters, laid out like the parameters.",
    },
  };
}

/** What tells the module's functions apart. */
interface FunctionParts {
  readonly summary: string;
  readonly returns: string;
  /** All arguments but the number of samples. */
  readonly arrays: readonly Argument[];
  readonly checks: readonly string[];
}

function printFunction(
  name: "loss" | "gradient" | "trainStep",
  program: Program,
  context: ModuleContext,
  parts: FunctionParts,
): readonly Lines[] {
  const printed = printProgram(program, context);
  const isLimited = context.limitsCount(program);
  const args = [...parts.arrays, countArgument(context.data, isLimited, context)];
  const lines = new Lines();
  documentFunction(parts.summary, args, parts.returns, lines);
  lines.function(`export function ${name}`, declarations(args), "number", () => {
    printChecks(parts, isLimited, context, lines);
    if (name === "trainStep") countStep(printed.usesStep, lines);
    else invariant(!printed.usesStep, `${name} does not depend on the step`);
    lines.adopt(printed.body);
  });
  return [...printed.pieces, lines];
}

function printChecks(parts: FunctionParts, isLimited: boolean, context: ModuleContext, lines: Lines): void {
  for (const check of parts.checks) lines.statement(check);
  const data = context.data.map((slot) => context.dataIdentifier(slot.name));
  lines.statement(`count = checkBatch(${[...data, "count"].join(", ")});`);
  if (isLimited) lines.statement(limitCheck(context));
}

/** Element 0 of the state counts the steps. */
function countStep(usesStep: boolean, lines: Lines): void {
  if (usesStep) {
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
  const isChunked = context.limitsCount(program);
  const length = lengthFor("count", widthOf(output));
  const data = dataArguments(inputs, context);
  const { parameters } = flatArrays(context.realArray);
  const args: readonly Argument[] = [
    parameters,
    ...data,
    countArgument(inputs, false, context),
    {
      declaration: `output: ${context.realArray} = new ${context.realArray}(${length})`,
      documentation: "output Where to put the result; by default a new array.",
    },
  ];
  const lines = new Lines();
  documentFunction(
    `\`${commentText(output.name)}\` of each of \`count\` samples. ${describeData(output)}`,
    args,
    "`output`.",
    lines,
    context.module.mixesSamples === true ? mixingRemarks(isChunked) : [],
  );
  lines.function("export function predict", declarations(args), context.realArray, () => {
    lines.statement(lengthCheck("parameters", context.parameterCount, context));
    lines.statement(
      `count = checkInputs(${[...inputs.map((slot) => context.dataIdentifier(slot.name)), "count"].join(", ")});`,
    );
    lines.statement(samplesCheck("output", "output", "count", widthOf(output), context));
    if (isChunked) printChunks(widthOf(output), context, lines);
    else lines.adopt(printed.body);
    lines.statement("return output;");
  });
  if (!isChunked) return [...printed.pieces, lines];
  const batch = new Lines();
  const batchArguments = [parameters, ...data].map(({ declaration }) => declaration);
  batch.documentation(["`predict` for at most `batchSize` samples."]);
  batch.function(
    "function predictBatch",
    [...batchArguments, `output: ${context.realArray}`, "count: number"],
    "void",
    () => {
      batch.adopt(printed.body);
    },
  );
  return [...printed.pieces, batch, lines];
}

/** What the caller of `predict` must know where `batchSum` or `batchMean` makes samples depend on each other. */
function mixingRemarks(isChunked: boolean): readonly string[] {
  return isChunked
    ? [
        "A sample's result depends on those near it, by `batchSum` or `batchMean` in the network: these are taken over",
        "`batchSize` samples at a time, and in the end over what is left; not over all `count`.",
      ]
    : [
        "A sample's result depends on the others, by `batchSum` or `batchMean` in the network: taken over all `count`.",
      ];
}

/** The loop of `predict` over batches. */
function printChunks(outputWidth: number, context: ModuleContext, lines: Lines): void {
  lines.block("for (let start = 0; start < count; start += batchSize)", () => {
    const chunk = context.module.inputs.map(
      (slot) => `${context.dataIdentifier(slot.name)}.subarray(${lengthFor("start", widthOf(slot))})`,
    );
    const output = `output.subarray(${lengthFor("start", outputWidth)})`;
    lines.statement(
      `predictBatch(${["parameters", ...chunk, output, "Math.min(batchSize, count - start)"].join(", ")});`,
    );
  });
}

function declarations(args: readonly Argument[]): readonly string[] {
  return args.map(({ declaration }) => declaration);
}

function documentFunction(
  summary: string,
  args: readonly Argument[],
  returns: string,
  lines: Lines,
  remarks: readonly string[] = [],
): void {
  lines.documentation([
    summary,
    ...remarks,
    "",
    ...args.map(({ documentation }) => `@param ${documentation}`),
    `@returns ${returns}`,
    "@throws {RangeError} if an array is of the wrong length, or a label out of range.",
  ]);
}

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
import { lengthCheck, samplesCheck } from "./checks.ts";
import type { ModuleContext } from "./context.ts";
import { declarations, documentFunction, flatArrays } from "./function-parts.ts";
import { Lines } from "./layout.ts";
import { type MentionedArrays, mentionedBy } from "./mentioned.ts";
import { commentText } from "./text.ts";

/**
 * `predict`, with its documentation and its checks.
 *
 * @param isChunked Whether it takes `batchSize` samples at a time.
 * @param body Writes what comes between the checks and the return.
 */
export function printPredictAround(
  isChunked: boolean,
  context: ModuleContext,
  body: (outputWidth: number, lines: Lines) => void,
): Lines {
  const { output, inputs } = context.module;
  invariant(output !== undefined, "what predict computes has a shape");
  const width = widthOf(output);
  const args: readonly Argument[] = [
    flatArrays(context.realArray).parameters,
    ...dataArguments(inputs, context),
    countArgument(inputs, false, context),
    {
      declaration: `output: ${context.realArray} = new ${context.realArray}(${lengthFor("count", width)})`,
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
    lines.statement(samplesCheck("output", "output", "count", width, context));
    body(width, lines);
    lines.statement("return output;");
  });
  return lines;
}

/** In chunks of `batchSize` samples where scratch memory is for no more. */
export function printPredict(program: Program, context: ModuleContext): readonly Lines[] {
  const { inputs } = context.module;
  const printed = printProgram(program, context);
  invariant(!printed.usesStep, "predict does not depend on the step");
  const isChunked = context.limitsCount(program);
  const read = mentionedBy([program]);
  const lines = printPredictAround(isChunked, context, (outputWidth, around) => {
    if (isChunked) printChunks(outputWidth, read, context, around);
    else around.adopt(printed.body);
  });
  if (!isChunked) return [...printed.pieces, lines];
  const { parameters } = flatArrays(context.realArray);
  const batch = new Lines();
  const batchArguments = [
    ...(read.parameters ? [parameters] : []),
    ...dataArguments(inputs.filter(read.has), context),
  ].map(({ declaration }) => declaration);
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
function printChunks(outputWidth: number, read: MentionedArrays, context: ModuleContext, lines: Lines): void {
  lines.block("for (let start = 0; start < count; start += batchSize)", () => {
    const chunk = context.module.inputs
      .filter(read.has)
      .map((slot) => `${context.dataIdentifier(slot.name)}.subarray(${lengthFor("start", widthOf(slot))})`);
    const output = `output.subarray(${lengthFor("start", outputWidth)})`;
    lines.statement(
      `predictBatch(${[...(read.parameters ? ["parameters"] : []), ...chunk, output, "Math.min(batchSize, count - start)"].join(", ")});`,
    );
  });
}

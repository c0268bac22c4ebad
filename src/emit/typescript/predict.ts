import { invariant } from "../../diagnostics/index.ts";
import { type DataSlot, type Program, visitBuffers } from "../../program/index.ts";
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
import { commentText } from "./text.ts";

/** In chunks of `batchSize` samples where scratch memory is for no more. */
export function printPredict(program: Program, context: ModuleContext): readonly Lines[] {
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
  const read = readBy(program);
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
    if (isChunked) printChunks(widthOf(output), read, context, lines);
    else lines.adopt(printed.body);
    lines.statement("return output;");
  });
  if (!isChunked) return [...printed.pieces, lines];
  const batch = new Lines();
  const batchArguments = [
    ...(read.parameters ? [parameters] : []),
    ...data.filter((_, k) => read.isRead(inputs[k])),
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

/** What of its arguments a program reads: a prediction may not need all of them. */
interface ReadArguments {
  readonly parameters: boolean;
  readonly isRead: (input: DataSlot | undefined) => boolean;
}

function readBy(program: Program): ReadArguments {
  const used = new Set<string>();
  visitBuffers(program.body, (name) => used.add(name));
  const read = program.buffers.filter(({ name }) => used.has(name));
  const inputs = new Set(read.flatMap(({ role, of }) => (role === "input" && of !== undefined ? [of] : [])));
  return {
    parameters: read.some(({ role }) => role === "parameter"),
    isRead: (input) => input !== undefined && inputs.has(input.name),
  };
}

/** The loop of `predict` over batches. */
function printChunks(outputWidth: number, read: ReadArguments, context: ModuleContext, lines: Lines): void {
  lines.block("for (let start = 0; start < count; start += batchSize)", () => {
    const chunk = context.module.inputs
      .filter(read.isRead)
      .map((slot) => `${context.dataIdentifier(slot.name)}.subarray(${lengthFor("start", widthOf(slot))})`);
    const output = `output.subarray(${lengthFor("start", outputWidth)})`;
    lines.statement(
      `predictBatch(${[...(read.parameters ? ["parameters"] : []), ...chunk, output, "Math.min(batchSize, count - start)"].join(", ")});`,
    );
  });
}

import { invariant } from "../../diagnostics/index.ts";
import type { Program } from "../../program/index.ts";
import { type Argument, dataArguments } from "./arguments.ts";
import { printProgram } from "./body.ts";
import type { ModuleContext } from "./context.ts";
import {
  argumentsOf,
  type FunctionParts,
  countStep,
  declarations,
  documentFunction,
  flatArrays,
  printChecks,
} from "./function-parts.ts";
import { Lines } from "./layout.ts";

export interface SeparateStep {
  readonly trainStep: Program;
  readonly update: Program;
  readonly means: Program | undefined;
}

/**
 * `gradient` and `trainStep` as what they share, the loss and its gradients (or the sums that these are the means of),
 * and the loop that updates all parameters.
 */
export function printSeparateStep(
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
  const { usesSeed } = shared;
  invariant(!shared.usesStep || usesSeed, "gradients depend on the step by their random numbers only");
  const needs = { isLimited: context.limitsCount(trainStep), usesSeed };
  const dataNames = context.data.map((slot) => context.dataIdentifier(slot.name));
  const name = means === undefined ? "lossAndGradients" : "lossAndGradientSums";
  const drawn = usesSeed ? ["seed", "step"] : [];
  const call = `${name}(${["parameters", ...dataNames, "count", ...drawn].join(", ")})`;
  const total = context.ownLocal("total");
  const args = (parts: FunctionParts): readonly Argument[] => argumentsOf(parts, needs, context);

  const body = new Lines();
  body.documentation([
    `The loss of \`count\` samples; leaves ${means === undefined ? "its gradients" : "the sums of its samples' gradients"} in \`ownGradients\`.`,
  ]);
  const counts = ["count", ...drawn].map((each) => `${each}: number`);
  const bodyArguments = [...declarations([parameters, ...data]), ...counts];
  body.function(`function ${name}`, bodyArguments, "number", () => {
    body.adopt(shared.body);
  });

  const gradientLines = new Lines();
  documentFunction(gradientParts.summary, args(gradientParts), gradientParts.returns, gradientLines);
  gradientLines.function("export function gradient", declarations(args(gradientParts)), "number", () => {
    printChecks(gradientParts, needs, context, gradientLines);
    gradientLines.statement(`const ${total} = ${call};`);
    if (finishing === undefined) gradientLines.statement("gradients.set(ownGradients);");
    else gradientLines.adopt(finishing.body);
    gradientLines.statement(`return ${total};`);
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
    printChecks(stepParts, needs, context, stepLines);
    countStep(updating.usesStep || usesSeed, stepLines);
    stepLines.statement(`const ${total} = ${call};`);
    const operands = ["parameters", ...(usesState(update) ? ["state"] : []), ...numbers];
    stepLines.statement(`updateParameters(${operands.join(", ")});`);
    stepLines.statement(`return ${total};`);
  });
  return [...shared.pieces, body, gradientLines, ...updating.pieces, updateLines, stepLines];
}

function usesState({ buffers }: Program): boolean {
  return buffers.some(({ role }) => role === "state");
}

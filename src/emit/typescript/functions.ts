import { invariant } from "../../diagnostics/index.ts";
import type { Program } from "../../program/index.ts";
import { dataArguments } from "./arguments.ts";
import { printProgram } from "./body.ts";
import { lengthCheck } from "./checks.ts";
import type { ModuleContext } from "./context.ts";
import {
  argumentsOf,
  countStep,
  declarations,
  documentFunction,
  drawArguments,
  type FunctionParts,
  flatArrays,
  printChecks,
} from "./function-parts.ts";
import { printCalls } from "./kernel-calls.ts";
import { Lines } from "./layout.ts";
import { printPredict } from "./predict.ts";
import { printSeparateStep } from "./separate-step.ts";

/** `predict`, `loss`, `gradient` and `trainStep`, with the functions of their pieces before each. */
export function printFunctions(context: ModuleContext): readonly Lines[] {
  const { loss, gradient, trainStep, update, means, predict } = context.module.programs;
  const data = dataArguments(context.data, context);
  // `loss` judges the network as it is used, and a training step the one that it trains.
  const isTwofold = context.module.trainingLoss !== undefined;
  const { parameters, state, gradients } = flatArrays(context.realArray);
  const gradientParts: FunctionParts = {
    summary: isTwofold
      ? "The loss of `count` samples while training, and its gradient."
      : "The loss of `count` samples, and its gradient.",
    returns: "The loss.",
    arrays: [parameters, ...data, gradients],
    drawing: [drawArguments.seed, drawArguments.step],
    checks: [
      lengthCheck("parameters", context.parameterCount, context),
      lengthCheck("gradients", context.parameterCount, context),
    ],
  };
  const stepParts: FunctionParts = {
    summary: `One step of the optimizer on \`count\` samples: overwrites \`parameters\` and \`state\`${
      context.kernel === undefined ? ", allocates nothing" : "" // what calls a kernel says more of that
    }.`,
    returns: "The loss before the step.",
    arrays: [parameters, state, ...data],
    drawing: [drawArguments.seed],
    checks: [
      lengthCheck("parameters", context.parameterCount, context),
      lengthCheck("state", context.stateCount, context),
    ],
  };
  const lossParts: FunctionParts = {
    summary: isTwofold
      ? "The loss of `count` samples when the network is used: what is for training alone is left out, as in `predict`."
      : "The loss of `count` samples.",
    returns: "The loss.",
    arrays: [parameters, ...data],
    drawing: [],
    checks: [lengthCheck("parameters", context.parameterCount, context)],
  };
  if (context.kernel !== undefined)
    return printCalls({ loss: lossParts, gradient: gradientParts, trainStep: stepParts }, context);
  return [
    ...(predict === undefined ? [] : printPredict(predict, context)),
    ...printFunction("loss", loss, context, lossParts),
    ...(update === undefined
      ? [
          ...printFunction("gradient", gradient, context, gradientParts),
          ...printFunction("trainStep", trainStep, context, stepParts),
        ]
      : printSeparateStep({ trainStep, update, means }, context, gradientParts, stepParts)),
  ];
}

function printFunction(
  name: "loss" | "gradient" | "trainStep",
  program: Program,
  context: ModuleContext,
  parts: FunctionParts,
): readonly Lines[] {
  const printed = printProgram(program, context);
  const { usesSeed } = printed;
  const needs = { isLimited: context.limitsCount(program), usesSeed };
  const args = argumentsOf(parts, needs, context);
  const lines = new Lines();
  documentFunction(parts.summary, args, parts.returns, lines);
  lines.function(`export function ${name}`, declarations(args), "number", () => {
    printChecks(parts, needs, context, lines);
    if (name === "trainStep") countStep(printed.usesStep, lines);
    else invariant(!printed.usesStep || (usesSeed && name === "gradient"), `${name} depends on no step`);
    lines.adopt(printed.body);
  });
  return [...printed.pieces, lines];
}

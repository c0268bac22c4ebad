import { type Argument, countArgument } from "./arguments.ts";
import { limitCheck } from "./checks.ts";
import type { ModuleContext } from "./context.ts";
import type { Lines } from "./layout.ts";

/** Of the random numbers that a step draws; the last arguments of a function that does. */
export const drawArguments = {
  seed: {
    declaration: "seed = 0",
    documentation:
      "seed A whole number, of which the low 32 bits choose the random numbers, together with the number of the step.",
  },
  step: {
    declaration: "step = 1",
    documentation: "step The number of the step that the random numbers are of: the gradient is that step's.",
  },
} as const satisfies Record<string, Argument>;

interface FlatArrays {
  readonly parameters: Argument;
  readonly state: Argument;
  readonly gradients: Argument;
}

export function flatArrays(type: string): FlatArrays {
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
export interface FunctionParts {
  readonly summary: string;
  readonly returns: string;
  /** All arguments up to the number of samples. */
  readonly arrays: readonly Argument[];
  /** The arguments after the number of samples, where the function draws random numbers. */
  readonly drawing: readonly Argument[];
  readonly checks: readonly string[];
}

/** All arguments of a function. */
export function argumentsOf(
  parts: FunctionParts,
  { isLimited, usesSeed }: { readonly isLimited: boolean; readonly usesSeed: boolean },
  context: ModuleContext,
): readonly Argument[] {
  return [
    ...parts.arrays,
    countArgument(context.data, isLimited, context),
    ...(usesSeed ? parts.drawing : []),
  ];
}

export function printChecks(
  parts: FunctionParts,
  { isLimited, usesSeed }: { readonly isLimited: boolean; readonly usesSeed: boolean },
  context: ModuleContext,
  lines: Lines,
): void {
  for (const check of parts.checks) lines.statement(check);
  if (usesSeed) {
    context.helpers.add("checkSeed");
    lines.statement("checkSeed(seed);");
  }
  const data = context.data.map((slot) => context.dataIdentifier(slot.name));
  lines.statement(`count = checkBatch(${[...data, "count"].join(", ")});`);
  if (isLimited) lines.statement(limitCheck(context));
}

/** Element 0 of the state counts the steps. */
export function countStep(usesStep: boolean, lines: Lines): void {
  if (usesStep) {
    lines.statement("const step = state[0]! + 1;");
    lines.statement("state[0] = step;");
  } else {
    lines.statement("state[0]! += 1;");
  }
}

export function declarations(args: readonly Argument[]): readonly string[] {
  return args.map(({ declaration }) => declaration);
}

export function documentFunction(
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

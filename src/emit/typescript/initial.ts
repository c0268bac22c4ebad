import type { ParameterSlot } from "../../program/index.ts";
import type { ModuleContext } from "./context.ts";
import { Lines } from "./layout.ts";
import { commentText, numberLiteral } from "./text.ts";

/** `initialParameters` and `initialState`. */
export function printInitial(context: ModuleContext): readonly Lines[] {
  return [printInitialParameters(context), printInitialState(context)];
}

function printInitialParameters(context: ModuleContext): Lines {
  const { module, realArray } = context;
  const lines = new Lines();
  const isRandom = module.parameters.some(
    ({ initial }) => initial.kind !== "fill" && initial.kind !== "values",
  );
  lines.documentation([
    "New parameters, as the network file says they start.",
    "",
    isRandom
      ? "@param seed Its low 32 bits choose the random numbers; the same seed gives the same parameters everywhere."
      : "@param _seed Not needed by this network: none of its parameters starts at random.",
    "@returns All parameters, laid out as `parameterLayout` says.",
    ...(isRandom ? ["@throws {RangeError} if the seed is no whole number."] : []),
  ]);
  if (isRandom) context.helpers.add("checkSeed");
  const seed = isRandom ? "seed = 0" : "_seed = 0";
  lines.block(`export function initialParameters(${seed}): ${realArray}`, () => {
    if (isRandom) lines.statement("checkSeed(seed);");
    lines.statement(`const parameters = new ${realArray}(parameterCount);`);
    module.parameters.forEach((slot, stream) => {
      const text = initialText(slot, stream, context);
      if (text !== undefined) lines.statement(`${text}; // ${commentText(slot.name)}`);
    });
    lines.statement("return parameters;");
  });
  return lines;
}

/** The call that fills one parameter; each has a stream of random numbers of its own. New arrays hold zeros already. */
function initialText(slot: ParameterSlot, stream: number, context: ModuleContext): string | undefined {
  const { initial, offset, length } = slot;
  switch (initial.kind) {
    case "fill":
      if (Object.is(initial.value, 0)) return undefined;
      return `parameters.fill(${numberLiteral(initial.value)}, ${offset}, ${offset + length})`;
    case "values":
      return `parameters.set([${initial.data.map(numberLiteral).join(", ")}], ${offset})`;
    case "uniform":
      return filled("fillUniform", slot, stream, [initial.low, initial.high], context);
    case "normal":
      return filled("fillNormal", slot, stream, [initial.mean, initial.standardDeviation], context);
    case "orthogonal":
      return filled("fillOrthogonal", slot, stream, [initial.rows, initial.columns, initial.gain], context);
  }
}

function filled(
  helper: string,
  { offset, length }: ParameterSlot,
  stream: number,
  numbers: readonly number[],
  context: ModuleContext,
): string {
  context.helpers.add(helper);
  const place = `parameters.subarray(${offset}, ${offset + length})`;
  return `${helper}(${[place, "seed", String(stream), ...numbers.map(numberLiteral)].join(", ")})`;
}

function printInitialState({ module, realArray }: ModuleContext): Lines {
  const lines = new Lines();
  const filledSlots = module.states.filter(({ initial }) => !Object.is(initial, 0));
  const names = module.states.map(({ name, parameter, isShared }) =>
    commentText(`${name} of ${parameter}${isShared ? " and all treated like it" : ""}`),
  );
  const contents = names.length === 0 ? "" : `, then ${names.join(", ")}`;
  lines.documentation([
    "New optimizer state, of no steps.",
    "",
    `@returns The number of steps taken${contents}.`,
  ]);
  lines.block(`export function initialState(): ${realArray}`, () => {
    if (filledSlots.length === 0) {
      lines.statement(`return new ${realArray}(stateCount);`);
      return;
    }
    lines.statement(`const state = new ${realArray}(stateCount);`);
    for (const { offset, length, initial } of filledSlots) {
      lines.statement(`state.fill(${numberLiteral(initial)}, ${offset}, ${offset + length});`);
    }
    lines.statement("return state;");
  });
  return lines;
}

import type { RelatedPlace } from "../diagnostics/index.ts";
import type { DiagnosticCode } from "./codes.ts";

/** Why a name means nothing where it stands. */
export interface NameTrouble {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly related?: readonly RelatedPlace[];
}

/** Words that no TypeScript module could use as a name, or that JavaScript objects already answer to. */
const reserved: ReadonlySet<string> = new Set(
  (
    "arguments await break case catch class const constructor continue debugger default delete do else enum eval export " +
    "extends false finally for function globalThis if implements import in instanceof interface let new null package " +
    "private protected prototype public return static super switch this throw true try typeof undefined var void while " +
    "with yield __proto__ __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__ hasOwnProperty " +
    "isPrototypeOf propertyIsEnumerable toLocaleString toString valueOf " +
    "Array Float32Array Float64Array Infinity Int32Array JSON Math NaN Number Object RangeError Error String " +
    "and or xor not mod to end i"
  ).split(" "),
);

/** What a generated module exports. A statement named so would be hard to tell from it. */
const exported: ReadonlySet<string> = new Set([
  "parameterCount",
  "parameterLayout",
  "stateCount",
  "batchSize",
  "initialParameters",
  "initialState",
  "predict",
  "gradient",
  "trainStep",
  "train",
  "saveParameters",
  "loadParameters",
  "saveCheckpoint",
  "loadCheckpoint",
  "watchGradients",
]);

/** What the generated functions call their own arguments; data cannot be called so too. */
const argumentNames: ReadonlySet<string> = new Set([
  "parameters",
  "state",
  "count",
  "output",
  "gradients",
  "loss",
]);

/** Why `name` cannot be defined, if it cannot. */
export function reservedNameTrouble(name: string, isData: boolean): NameTrouble | undefined {
  if (name === "i") {
    return {
      code: "reserved-name",
      message: "i is the imaginary unit in mathjs and never a name here.",
      hint: "choose another name",
    };
  }
  if (exported.has(name)) {
    return {
      code: "reserved-name",
      message: `The generated module exports a ${name} of its own.`,
      hint: "choose another name",
    };
  }
  if (isData && argumentNames.has(name)) {
    return {
      code: "reserved-name",
      message: `The generated functions have an argument called ${name} already.`,
      hint: "choose another name for this input or target",
    };
  }
  if (reserved.has(name)) {
    return {
      code: "reserved-name",
      message: `${name} is a reserved word and cannot be a name.`,
      hint: "choose another name",
    };
  }
  return undefined;
}

import { type Value, numberValue } from "../value.ts";
import type { Builtin } from "./builtin.ts";
import { check } from "./check.ts";
import { einsum } from "./contraction.ts";
import { declarationBuiltins } from "./declarations.ts";
import { definitionBuiltins } from "./definitions.ts";
import { elementwiseBuiltins } from "./elementwise.ts";
import { reductionBuiltins } from "./reductions.ts";
import { repeat } from "./repetition.ts";
import { scanBuiltins } from "./scan.ts";
import { structureBuiltins } from "./structure.ts";
import { windowBuiltins } from "./windows.ts";

/** Every function that the language itself cannot say; all others are in the prelude. */
export const builtins: ReadonlyMap<string, Builtin> = new Map(
  [
    ...declarationBuiltins,
    ...definitionBuiltins,
    ...elementwiseBuiltins,
    ...reductionBuiltins,
    ...structureBuiltins,
    ...windowBuiltins,
    check,
    einsum,
    repeat,
    ...scanBuiltins,
  ].map((builtin) => [builtin.name, builtin]),
);

/** Names with mathjs's meaning. They are never variables. */
export const constants: ReadonlyMap<string, Value> = new Map<string, Value>([
  ["e", numberValue(Math.E)],
  ["pi", numberValue(Math.PI)],
  ["tau", numberValue(2 * Math.PI)],
  ["Infinity", numberValue(Infinity)],
  ["NaN", numberValue(NaN)],
  ["true", { kind: "boolean", value: true }],
  ["false", { kind: "boolean", value: false }],
]);

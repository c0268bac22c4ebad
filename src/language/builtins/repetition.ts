import { knownNumber } from "../arrays.ts";
import { type Value, numberValue, sayKind } from "../value.ts";
import { type Builtin, builtin } from "./builtin.ts";

/**
 * `repeat(12, block(x) = …, x)`: block(…block(block(x))). What the k-th block owns is named after its number: `h.3.weight`. A
 * block of two parameters is given the number, too.
 */
export const repeat: Builtin = builtin(
  "repeat",
  "repeat(3, block(x) = …, x)",
  (call, count, block, start) => {
    const times = knownNumber(call, count);
    if (!Number.isInteger(times) || times < 1)
      throw call.problem(
        "wrong-argument",
        `There cannot be ${String(times)} blocks.`,
        "write a whole number from 1",
        count.expression.span,
      );
    const callee = block.value;
    if (callee.kind !== "function" && callee.kind !== "builtin")
      throw call.problem(
        "wrong-argument",
        `${block.label} is ${sayKind(callee)}, where a function should stand.`,
        "write the name of a function, or block(x) = …",
        block.expression.span,
      );
    const takesNumber =
      callee.kind === "function" &&
      callee.definition.parameters.length === 2 &&
      callee.definition.parameters[1]?.name !== "options";
    let value: Value = start.value;
    for (let number = 1; number <= times; number += 1)
      value = call.invoke(callee, takesNumber ? [value, numberValue(number)] : [value], String(number));
    return value;
  },
);

import type { OperationName } from "../../graph/index.ts";
import { choose, elementwise } from "../arithmetic.ts";
import { numeric, realNode, unify } from "../tensors.ts";
import { arrayLike, numberValue, tensor } from "../value.ts";
import { type Builtin, builtin, flexible } from "./builtin.ts";

/** The operations of one operand, each with its meaning for numbers known now where JavaScript has it. */
const meanings = {
  exp: Math.exp,
  log: Math.log,
  expm1: Math.expm1,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: undefined,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  erf: undefined,
  sigmoid: undefined,
  softplus: undefined,
} as const satisfies Partial<Record<OperationName, ((x: number) => number) | undefined>>;

function unary(name: keyof typeof meanings): Builtin {
  const meaning: ((x: number) => number) | undefined = meanings[name];
  return builtin(name, `${name}(x)`, (call, x) => {
    const value = numeric(call, x);
    if (meaning !== undefined && value.kind === "number") return numberValue(meaning(value.value));
    if (meaning !== undefined && value.kind === "array") return arrayLike(value, meaning);
    return tensor(call.build.apply(name, [realNode(call, x)], {}));
  });
}

const logarithm = unary("log");

const log: Builtin = flexible("log", "log(x, base)", (call, x, base) => {
  const natural = logarithm.apply({ ...call, arguments: [x] });
  if (base === undefined) return natural;
  const scale = log.apply({ ...call, arguments: [base] });
  return elementwise(call, "divide", { ...x, value: natural }, { ...base, value: scale });
});

const pow = builtin("pow", "pow(x, exponent)", (call, x, exponent) =>
  elementwise(call, "power", x, exponent),
);

const where = builtin("where", "where(condition, a, b)", (call, condition, a, b) => {
  if (condition.value.kind === "boolean") return condition.value.value ? a.value : b.value;
  return choose(call, condition, a, b);
});

const stopGradient = builtin("stopGradient", "stopGradient(x)", (call, x) =>
  tensor(call.build.apply("stopGradient", [realNode(call, x)], {})),
);

const whenTraining = builtin("whenTraining", "whenTraining(a, b)", (call, a, b) =>
  tensor(call.build.apply("whenTraining", unify(call, [a, b]), {})),
);

export const elementwiseBuiltins: readonly Builtin[] = [
  ...(Object.keys(meanings) as (keyof typeof meanings)[]).filter((name) => name !== "log").map(unary), // the keys of a literal
  log,
  pow,
  where,
  stopGradient,
  whenTraining,
];

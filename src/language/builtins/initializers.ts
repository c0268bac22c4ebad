import type { Initializer } from "../../graph/index.ts";
import { sameShape } from "../../graph/index.ts";
import { numberOption } from "../options.ts";
import { type Problem, Spoilt } from "../problem.ts";
import { didYouMean, type SourceSpan } from "../../diagnostics/index.ts";
import { isOrHas, sayShape } from "../tensors.ts";
import { type Field, type Value, isNotFinite, sayFound, sayKind } from "../value.ts";
import type { Call } from "./builtin.ts";

type Options = ReadonlyMap<string, Field>;

const number = (options: Options, name: string, fallback: number) =>
  numberOption(name, options.get(name), fallback);

function scaled(
  kind: "xavierUniform" | "xavierNormal" | "heUniform" | "heNormal" | "lecunNormal" | "orthogonal",
) {
  return (options: Options): Initializer => ({ kind, gain: number(options, "gain", 1) });
}

const xavierUniform = scaled("xavierUniform");
const xavierNormal = scaled("xavierNormal");
const heUniform = scaled("heUniform");
const heNormal = scaled("heNormal");
const lecunNormal = scaled("lecunNormal");

/** Every name that `init` may have. Uniform and normal have Keras's default widths. */
export const initializers: Readonly<Record<string, (options: Options) => Initializer>> = {
  zeros: () => ({ kind: "zeros" }),
  ones: () => ({ kind: "ones" }),
  constant: (options) => ({ kind: "constant", value: number(options, "value", 0) }),
  uniform: (options) => ({
    kind: "uniform",
    low: number(options, "low", -0.05),
    high: number(options, "high", 0.05),
  }),
  normal: (options) => ({
    kind: "normal",
    mean: number(options, "mean", 0),
    standardDeviation: number(options, "standardDeviation", 0.05),
  }),
  // Glorot and Bengio 2010.
  xavier: xavierUniform,
  glorot: xavierUniform,
  xavierUniform,
  glorotUniform: xavierUniform,
  xavierNormal,
  glorotNormal: xavierNormal,
  // He et al. 2015.
  he: heNormal,
  kaiming: heNormal,
  heUniform,
  heNormal,
  // LeCun et al. 1998.
  lecun: lecunNormal,
  lecunNormal,
  // Saxe et al. 2014.
  orthogonal: scaled("orthogonal"),
};

export const initializerOptions: readonly string[] = [
  "init",
  "gain",
  "low",
  "high",
  "mean",
  "standardDeviation",
  "value",
];

/** Which further options each kind reads; the others would be ignored, so they are refused. */
const readBy: Readonly<Record<Initializer["kind"], readonly string[]>> = {
  zeros: [],
  ones: [],
  constant: ["value"],
  values: [],
  uniform: ["low", "high"],
  normal: ["mean", "standardDeviation"],
  xavierUniform: ["gain"],
  xavierNormal: ["gain"],
  heUniform: ["gain"],
  heNormal: ["gain"],
  lecunNormal: ["gain"],
  orthogonal: ["gain"],
};

/** From `init` and what goes with it. By default matrices start Xavier uniform; vectors and scalars, mostly biases, at zero. */
export function initializerFrom(call: Call, options: Options, shape: readonly number[]): Initializer {
  const initializer = chosen(call, options, shape);
  for (const [name, field] of options) {
    if (name === "init" || readBy[initializer.kind].includes(name)) continue;
    const used = readBy[initializer.kind];
    call.report(
      call.problem(
        "wrong-option",
        `The initialiser ${initializer.kind} has no use for ${name}.`,
        used.length === 0
          ? `remove ${name}`
          : `remove ${name}; ${initializer.kind} takes ${used.join(" and ")}`,
        field.span,
      ),
    );
  }
  if (initializer.kind === "uniform" && !(initializer.low < initializer.high)) {
    throw call.problem(
      "wrong-option",
      `low must be less than high, but ${String(initializer.low)} is not less than ${String(initializer.high)}.`,
      "write, for example, low: -0.05, high: 0.05",
      (options.get("low") ?? options.get("high"))?.span,
    );
  }
  if (initializer.kind === "normal" && initializer.standardDeviation < 0) {
    throw call.problem(
      "wrong-option",
      `A standard deviation cannot be negative, as ${String(initializer.standardDeviation)} is.`,
      `write standardDeviation: ${String(-initializer.standardDeviation)}`,
      options.get("standardDeviation")?.span,
    );
  }
  if (initializer.kind === "orthogonal" && shape.length < 2) {
    throw call.problem(
      "wrong-option",
      `Only a matrix can start orthogonal; this parameter ${isOrHas(shape)}.`,
      'give it two dimensions, or choose another initialiser, such as "normal"',
      options.get("init")?.span,
    );
  }
  return initializer;
}

function chosen(call: Call, options: Options, shape: readonly number[]): Initializer {
  const init = options.get("init");
  if (init === undefined) return shape.length >= 2 ? xavierUniform(options) : { kind: "zeros" };
  const { value, valueSpan: span = init.span } = init;
  if (value.kind === "poison") throw new Spoilt();
  if (isNotFinite(value)) throw notFinite(call, value, span);
  if (value.kind === "number") return { kind: "constant", value: value.value };
  if (value.kind === "array") {
    if (sameShape(value.shape, shape)) return { kind: "values", data: value.data };
    throw call.problem(
      "shape-mismatch",
      `init has ${sayShape(value.shape)} but the parameter ${isOrHas(shape)}.`,
      "give as many numbers, in the same shape",
      span,
    );
  }
  const name = value.kind === "string" ? value.value : undefined;
  // `Object.hasOwn`, because the name is the user's.
  const make = name !== undefined && Object.hasOwn(initializers, name) ? initializers[name] : undefined;
  if (name === "constant" && !options.has("value")) throw missingValue(call, span);
  if (make !== undefined) return make(options);
  throw call.problem(
    "unknown-initializer",
    name === undefined
      ? `init is ${sayKind(value)}, where the name of an initialiser, a number or an array should stand.`
      : `There is no initialiser called ${name.slice(0, 40)}.`,
    (name === undefined ? undefined : meantInitializer(name)) ??
      `there are ${Object.keys(initializers).join(", ")}`,
    span,
  );
}

function notFinite(call: Call, value: Value, span: SourceSpan): Problem {
  const found = value.kind === "array" ? "holds a number that is not finite" : `is ${sayFound(value)}`;
  return call.problem(
    "wrong-option",
    `init ${found}: no parameter can be trained from there.`,
    "write finite numbers, such as init: 0.1",
    span,
  );
}

function missingValue(call: Call, span: SourceSpan): Problem {
  return call.problem(
    "wrong-option",
    'The initialiser "constant" lacks its value.',
    'write init: 0.5, or init: "constant", value: 0.5',
    span,
  );
}

/** `lecunUniform` is nearer to lecun than to heUniform: a name that goes on after one of ours means that one. */
function meantInitializer(name: string): string | undefined {
  const names = Object.keys(initializers);
  const beginnings = names.filter((each) => name.toLowerCase().startsWith(each.toLowerCase()));
  const [longest] = beginnings.sort((a, b) => b.length - a.length);
  return longest === undefined ? didYouMean(name, names) : `did you mean ${longest}?`;
}

import { type Initializer, type Node, reachableFrom, sameShape } from "../../graph/index.ts";
import { optionsOf } from "../options.ts";
import { attempt, Spoilt } from "../problem.ts";
import { isNumeric, isOrHas, requireReal, sayShape, spread, toNode } from "../tensors.ts";
import { type FunctionValue, type Value, sayKind, tensor } from "../value.ts";
import type { Argument, Builtin, Call } from "./builtin.ts";
import { declaring } from "./declaring.ts";
import { initializerFrom } from "./initializers.ts";
import { shapeArgument } from "./shapes.ts";

const stateOptions = ["init"] as const;

/** What training steps change by a rule of its own: `mean = state([n], next(m) = 0.9 * m + 0.1 * batchMean(x))`. */
export const state: Builtin = {
  name: "state",
  usage: "state([n], next(s) = …), or state([n], next, {init: 1}); [] for a scalar",
  minimum: 2,
  maximum: 3,
  options: stateOptions,
  apply: (call) => {
    const { name, span } = declaring(call, "state");
    const [size, step, options] = call.arguments as readonly [Argument, Argument, Argument?]; // counted by the evaluator
    const shape = shapeArgument(call, size);
    const rule = requireRule(call, step);
    const given = optionsOf(call, options, stateOptions);
    const zeros: Initializer = { kind: "zeros" };
    const initializer = given.has("init")
      ? (attempt(call.report, () => initializerFrom(call, given, shape)) ?? zeros)
      : zeros;
    const unique = call.declare.uniqueName(name);
    const node = call.build.leaf("parameter", { name: unique }, { shape, batched: false, element: "real" });
    const next = nextState(call, { name: unique, node, step }, call.invoke(rule, [tensor(node)]));
    const { origin } = call.build;
    const place = origin.kind === "source" ? (origin.call ?? span) : span;
    call.declare.parameter({ name: unique, node, initializer, span: place, isFrozen: true, next });
    return tensor(node);
  },
};

function requireRule(call: Call, { value, label, expression }: Argument): FunctionValue {
  if (value.kind === "function" && value.definition.parameters.length === 1) return value;
  const found =
    value.kind === "function"
      ? `${value.definition.name} has ${String(value.definition.parameters.length)} parameters`
      : `${label} is ${sayKind(value)}`;
  throw call.problem(
    "wrong-argument",
    `${found}, where a function of the state should stand.`,
    "write next(s) = …, the state after a training step",
    expression.span,
  );
}

/** What a step makes of the state: one value for all samples, of the state's shape. */
function nextState(
  call: Call,
  { name, node, step }: { readonly name: string; readonly node: Node; readonly step: Argument },
  value: Value,
): Node {
  if (value.kind === "poison") throw new Spoilt();
  const { span } = step.expression;
  if (!isNumeric(value))
    throw call.problem(
      "wrong-argument",
      `The next ${name} is ${sayKind(value)}, not a number.`,
      "write next(s) = …, a number or an array of the state's shape",
      span,
    );
  const next = toNode(call.build, value);
  requireReal(call, { value, expression: step.expression, label: `The next ${name}` }, next);
  if (reachableFrom([next]).some(({ operation }) => operation === "placeholder"))
    throw call.problem(
      "misplaced-declaration",
      `The next ${name} is another at each step of a scan, but a training step makes one of it.`,
      "declare it outside of the scan",
      span,
    );
  const { shape, batched } = next.type;
  if (batched)
    throw call.problem(
      "wrong-argument",
      `The next ${name} is another for each sample, but a state is one for all of them.`,
      "write batchMean(…) or batchSum(…)",
      span,
    );
  if (sameShape(shape, node.type.shape) || shape.length === 0)
    return spread(call.build, next, node.type.shape);
  throw call.problem(
    "shape-mismatch",
    `${name} ${isOrHas(node.type.shape)}, but the next one ${isOrHas(shape)}: a state keeps its shape.`,
    `declare ${name} = state([${shape.join(", ")}], …), or make the next one ${sayShape(node.type.shape)}`,
    span,
  );
}

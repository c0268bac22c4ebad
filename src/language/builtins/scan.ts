import { invariant, type SourceSpan } from "../../diagnostics/index.ts";
import { closeRecurrence, type Node, reachableFrom, sameShape } from "../../graph/index.ts";
import { type Builder, overSteps, substitute } from "../../operations/index.ts";
import { optionsOf, wrongOption } from "../options.ts";
import { Spoilt } from "../problem.ts";
import { isNumeric, isOrHas, sayShape, toNode } from "../tensors.ts";
import { type Field, type FunctionValue, type Value, sayKind, tensor } from "../value.ts";
import type { Argument, Builtin, Call } from "./builtin.ts";

/** A value, or one of those in an object. */
interface Leaf {
  /** Its fields: `h`; empty for a value by itself. */
  readonly path: string;
  /** What messages call it: by its field, if it has one. */
  readonly label: string;
  readonly node: Node;
}

/** What a state starts as, and what stands for it in the step. */
interface Start extends Leaf {
  readonly before: Node;
}

/** The nodes of a value that is a number, an array or an object of such. */
function leavesOf(call: Call, value: Value, label: string, path = ""): readonly Leaf[] {
  if (value.kind === "poison") throw new Spoilt();
  if (value.kind === "object")
    return [...value.fields].flatMap(([name, field]) =>
      leavesOf(call, field.value, label, path === "" ? name : `${path}.${name}`),
    );
  const called = path === "" ? label : path;
  if (isNumeric(value)) return [{ path, label: called, node: toNode(call.build, value) }];
  throw call.problem(
    "not-a-number",
    `${called} is ${sayKind(value)}, where a number, an array of numbers or an object of them should stand.`,
  );
}

/** A value like `value` whose numbers are `nodes`, in the order of `leavesOf`. */
function rebuilt(value: Value, nodes: Iterator<Node>): Value {
  if (value.kind !== "object") {
    const { value: node } = nodes.next() as IteratorYieldResult<Node>; // as many as leaves
    return tensor(node);
  }
  const fields = [...value.fields].map(([name, field]): [string, Field] => [
    name,
    { ...field, value: rebuilt(field.value, nodes) },
  ]);
  return { ...value, fields: new Map(fields) };
}

const scanOptions = ["reverse", "unroll"] as const;

/**
 * `scan(step(s, x) = …, s0, xs)`: the states sₜ = step(sₜ₋₁, xₜ) for each xₜ along the first dimension of xs, s₁ … s_T along the
 * first dimension of the result.
 */
const scan: Builtin = {
  name: "scan",
  usage: "scan(step(s, x) = …, s0, xs), or scan(…, {reverse: true})",
  minimum: 3,
  maximum: 4,
  options: scanOptions,
  apply: (call) => {
    const [step, start, series, options] = call.arguments as readonly [
      Argument,
      Argument,
      Argument,
      Argument?,
    ]; // counted by the evaluator
    const given = optionsOf(call, options, scanOptions);
    const initial = leavesOf(call, start.value, start.label);
    const all = leavesOf(call, series.value, series.label);
    const steps = stepsAlong(call, series, all);
    for (const leaf of initial) requireRealState(call, start, leaf);
    const cell = requireStep(call, step);
    const placeholders = {
      states: initial.map(({ node }) => placeholder(call.build, node, node.type.shape, [...initial, ...all])),
      elements: all.map(({ node }) => placeholder(call.build, node, node.type.shape.slice(1), [])),
    };
    const known = call.build.graph.nodes.length;
    const next = call.invoke(cell, [
      rebuilt(start.value, placeholders.states.values()),
      rebuilt(series.value, placeholders.elements.values()),
    ]);
    const before = initial.map((leaf, k) => ({ ...leaf, before: placeholders.states[k] ?? leaf.node }));
    const results = nextStates(call, { value: cell, span: step.expression.span }, start, before, next);
    const draws = reachableFrom(results).filter(({ operation, id }) => operation === "random" && id >= known);
    const reading: Reading = {
      states: placeholders.states,
      elements: [...placeholders.elements, ...draws],
      initial: initial.map(({ node }) => node),
      next: results,
      series: [...all.map(({ node }) => node), ...draws.map((draw) => ofEachStep(call.build, draw, steps))],
      steps,
      reverse: flag("reverse", given.get("reverse")),
    };
    const unroll = flag("unroll", given.get("unroll")) || steps === 1;
    const states = unroll ? unrolled(call.build, reading) : looped(call.build, reading);
    return rebuilt(start.value, states.values());
  },
};

/** The step as it was read, and what it goes along. */
interface Reading {
  /** Stand for the state before a step. */
  readonly states: readonly Node[];
  /** Stand for what a step is given: what it goes along, and the random numbers that it draws. */
  readonly elements: readonly Node[];
  readonly initial: readonly Node[];
  /** The state after a step. */
  readonly next: readonly Node[];
  readonly series: readonly Node[];
  readonly steps: number;
  readonly reverse: boolean;
}

/** As a recurrence. A state varies over the batch if it starts so, or if a step makes it so. */
function looped(build: Builder, reading: Reading): readonly Node[] {
  const { states, elements, initial, next, series, steps, reverse } = reading;
  let batched = initial.map(({ type }) => type.batched);
  for (;;) {
    const delays = initial.map(({ type }, k) =>
      build.delay(
        { axis: 0, level: 0, reverse },
        { shape: [steps, ...type.shape], batched: batched[k] ?? false, element: "real" },
      ),
    );
    const given = new Map<Node, Node>([
      ...states.map((state, k): [Node, Node] => [state, delays[k] ?? state]),
      ...elements.map((element, k): [Node, Node] => [element, series[k] ?? element]),
    ]);
    const results = overSteps(build.graph, next, given, steps);
    const now = results.map(({ type }, k) => type.batched || (batched[k] ?? false));
    if (now.every((each, k) => each === batched[k])) {
      delays.forEach((delay, k) => {
        const [start, result] = [initial[k], results[k]];
        if (start !== undefined && result !== undefined)
          closeRecurrence(delay, { initial: start, next: result });
      });
      return results;
    }
    batched = now;
  }
}

/** As one copy of the step for each step. */
function unrolled(build: Builder, reading: Reading): readonly Node[] {
  const { states, elements, initial, next, series, steps, reverse } = reading;
  let current = initial;
  const after: (readonly Node[])[] = [];
  for (let count = 0; count < steps; count += 1) {
    const t = reverse ? steps - 1 - count : count;
    const given = new Map<Node, Node>([
      ...states.map((state, k): [Node, Node] => [state, current[k] ?? state]),
      ...elements.map((element, k): [Node, Node] => [element, elementAt(build, series[k] ?? element, t)]),
    ]);
    current = substitute(build.graph, next, given);
    after[t] = current;
  }
  return initial.map((start, k) => {
    const rows = after
      .map((each) => each[k] ?? start)
      .map((row) => build.reshape(row, [1, ...row.type.shape]));
    return steps === 1 ? (rows[0] ?? start) : build.apply("concatenate", rows, { axis: 0 });
  });
}

/** What a step draws at random, for all steps: each has numbers of its own. */
function ofEachStep(build: Builder, { attributes, operation, type }: Node, steps: number): Node {
  invariant(operation === "random", "only random numbers are drawn");
  return build.leaf("random", attributes, { ...type, shape: [steps, ...type.shape] });
}

/** series[t] */
function elementAt(build: Builder, series: Node, t: number): Node {
  const { shape } = series.type;
  const starts = shape.map((_, axis) => (axis === 0 ? t : 0));
  const sizes = shape.map((extent, axis) => (axis === 0 ? 1 : extent));
  const row = build.apply("slice", [series], { starts, sizes, steps: shape.map(() => 1) });
  return build.reshape(row, shape.slice(1));
}

/** Stands for something of a step; taken to vary over the batch if one of `others` does. */
function placeholder(build: Builder, of: Node, shape: readonly number[], others: readonly Leaf[]): Node {
  const batched = of.type.batched || others.some(({ node }) => node.type.batched);
  return build.placeholder({ shape, batched, element: of.type.element });
}

function requireStep(call: Call, { value, label, expression }: Argument): FunctionValue {
  if (value.kind === "function" && value.definition.parameters.length === 2) return value;
  const found =
    value.kind === "function"
      ? `${value.definition.name} has ${String(value.definition.parameters.length)} parameter${value.definition.parameters.length === 1 ? "" : "s"}`
      : `${label} is ${value.kind === "builtin" ? "a function of another kind" : sayKind(value)}`;
  throw call.problem(
    "wrong-argument",
    `${found}, where a function of the state and of one element should stand.`,
    "write step(s, x) = …, the state after the step",
    expression.span,
  );
}

/** How many steps there are: the extent of the first dimension, of all that a step is given. */
function stepsAlong(call: Call, series: Argument, all: readonly Leaf[]): number {
  let [steps, of] = [undefined as number | undefined, ""];
  for (const { label, node } of all) {
    const [extent] = node.type.shape;
    if (extent === undefined)
      throw call.problem(
        "wrong-argument",
        `${label} is a scalar: a scan goes along the first dimension of what it is given.`,
        "give a vector, or a matrix with one row for each step",
        series.expression.span,
      );
    if (steps !== undefined && steps !== extent)
      throw call.problem(
        "shape-mismatch",
        `${of} has ${String(steps)} steps but ${label} has ${String(extent)}.`,
        "give each the same first dimension",
        series.expression.span,
      );
    [steps, of] = [extent, label];
  }
  if (steps !== undefined) return steps;
  throw call.problem(
    "wrong-argument",
    `${series.label} holds nothing to go along.`,
    undefined,
    series.expression.span,
  );
}

function requireRealState(call: Call, { expression }: Argument, { label, node: { type } }: Leaf): void {
  if (type.element === "real") return;
  throw call.problem(
    "wrong-argument",
    `${label} starts as ${type.element === "integer" ? "a class label or id" : "a truth value"}, but a state is computed with.`,
    type.element === "integer" ? "write oneHot(label, n) or toReal(label)" : "write where(condition, 1, 0)",
    expression.span,
  );
}

/** What the step gives, of the shapes that the state starts with. */
function nextStates(
  call: Call,
  { value: { definition }, span }: { readonly value: FunctionValue; readonly span: SourceSpan },
  start: Argument,
  initial: readonly Start[],
  value: Value,
): readonly Node[] {
  const given = new Map(leavesOf(call, value, definition.name).map((leaf) => [leaf.path, leaf]));
  const fields = initial.map(({ path }) => `${path}: …`).join(", ");
  const next = initial.map((from): Node => {
    const leaf = given.get(from.path);
    given.delete(from.path);
    if (leaf !== undefined) return likeStart(call, span, leaf, from);
    if (from.path !== "" && value.kind === "object")
      throw call.problem(
        "missing-field",
        `The step does not say what becomes of ${from.path}.`,
        `write {${fields}}`,
        span,
      );
    throw call.problem(
      "wrong-argument",
      `The step gives ${sayKind(value)}, but the state starts as ${sayKind(start.value)}.`,
      from.path === "" ? "let the step give a number, too" : `let the step give {${fields}}`,
      span,
    );
  });
  const [extra] = given.values();
  if (extra === undefined) return next;
  throw call.problem(
    "unknown-field",
    `The step gives ${extra.path}, which the state does not start with.`,
    `write {${fields}}, or let the state start with ${extra.path}, too`,
    span,
  );
}

function likeStart(call: Call, span: SourceSpan, { label, node }: Leaf, from: Start): Node {
  const [now, before] = [node.type.shape, from.node.type.shape];
  if (node.type.element !== "real")
    throw call.problem(
      "wrong-argument",
      `${label} gives ${node.type.element === "integer" ? "a class label or id" : "a truth value"}, but a state is a real number.`,
      "write where(condition, 1, 0), or toReal(label)",
      span,
    );
  if (sameShape(now, before)) return node;
  throw call.problem(
    "shape-mismatch",
    `The state changes its shape: ${from.label} ${isOrHas(before)} at the start, but after a step it ${isOrHas(now)}.`,
    changedShapeHint(node, from),
    span,
  );
}

/** Another start helps only where what the step gives is not made of the state, whose shape it may have or need. */
function changedShapeHint(node: Node, { before }: Start): string {
  const [now, { shape }] = [node.type.shape, before.type];
  if (now.length === 0) return `multiply what the step gives by ones([${shape.join(", ")}])`;
  if (reachableFrom([node]).includes(before)) return `let the step give ${sayShape(shape)}, as at the start`;
  return `start it as zeros([${now.join(", ")}]), or let the step give what it starts as`;
}

function flag(name: string, field: Field | undefined): boolean {
  if (field === undefined) return false;
  if (field.value.kind === "poison") throw new Spoilt();
  if (field.value.kind === "boolean") return field.value.value;
  throw wrongOption(name, field, "true or false");
}

export const scanBuiltins: readonly Builtin[] = [scan];

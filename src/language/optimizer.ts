import { invariant, type SourceSpan } from "../diagnostics/index.ts";
import {
  Graph,
  type Network,
  type Node,
  type Optimizer,
  type ParameterDeclaration,
  type ParameterUpdate,
  reachableFrom,
  sameShape,
  type TensorType,
  trainable,
  type Update,
} from "../graph/index.ts";
import { Builder } from "../operations/index.ts";
import { evaluatorBeside } from "./beside.ts";
import { knownFields } from "./options.ts";
import { type Exception, optimizerFor } from "./parameter-options.ts";
import { Problem, Report } from "./problem.ts";
import { probeSchedule, scheduledValue, stepNode } from "./schedule.ts";
import { isNumeric, isOrHas, spread, toNode } from "./tensors.ts";
import {
  type Field,
  type ObjectValue,
  type OptimizerValue,
  type Schedule,
  type Value,
  sayKind,
  numberValue,
  tensor,
} from "./value.ts";

/** The optimizer of a network, whose updates are built in the network's own graph. */
export function makeOptimizer(
  value: OptimizerValue,
  exceptions: readonly Exception[],
  { graph, parameters }: Pick<Network, "graph" | "parameters">,
): Optimizer {
  const groups = groupsOf(value, exceptions, parameters);
  const nodes = (options: OptimizerValue["options"]) =>
    Object.fromEntries(
      [...options].map(([name, option]) => [
        name,
        typeof option === "number" ? option : scheduleNode(option, graph),
      ]),
    );
  return {
    name: value.definition.name,
    options: nodes(value.options),
    ...(exceptions.length === 0
      ? {}
      : {
          exceptions: exceptions.map(({ pattern, options, isFrozen: frozen }) => ({
            pattern,
            options: nodes(options),
            ...(frozen === undefined ? {} : { isFrozen: frozen }),
          })),
        }),
    update: (parameter, gradient, like = parameter) => {
      const report = new Report();
      const group = groups.get(like.name) ?? { value, owner: like.name };
      const update = buildUpdate({ ...group, graph, report }, parameter, gradient);
      invariant(
        update !== undefined && !report.hasErrors,
        `the optimizer ${value.definition.name} was tried on every parameter`,
      );
      return update;
    },
  };
}

interface Group {
  readonly value: OptimizerValue;
  /** The first of the parameters with these options: states that they share bear its name. */
  readonly owner: string;
}

/** The options for each parameter that is not frozen. */
function groupsOf(
  value: OptimizerValue,
  exceptions: readonly Exception[],
  parameters: readonly ParameterDeclaration[],
): ReadonlyMap<string, Group> {
  const groups: Group[] = [];
  const groupOf = (name: string): Group => {
    const own = optimizerFor(value, exceptions, name);
    const known = groups.find((group) =>
      [...group.value.options].every(([key, each]) => own.options.get(key) === each),
    );
    if (known !== undefined) return known;
    const group = { value: own, owner: name };
    groups.push(group);
    return group;
  };
  return new Map(trainable(parameters).map(({ name }) => [name, groupOf(name)]));
}

/** An option that follows the step, in the network's graph. */
function scheduleNode(schedule: Schedule, graph: Graph): number | Node {
  const report = new Report();
  const value = scheduledValue(schedule, graph, report);
  invariant(
    value !== undefined && isNumeric(value) && !report.hasErrors,
    `the schedule of ${schedule.name} was tried`,
  );
  return value.kind === "number"
    ? value.value
    : toNode(new Builder(graph, { kind: "source", span: schedule.span }), value);
}

/** Runs the optimizer's step once for each parameter's shape, in a graph of its own, so that its mistakes are found while reading. */
export function tryOptimizer(
  value: OptimizerValue,
  exceptions: readonly Exception[],
  parameters: readonly ParameterDeclaration[],
  report: Report,
): void {
  const given = [value, ...exceptions].flatMap(({ options }) => [...options.values()]);
  const schedules = given.filter((option) => typeof option !== "number");
  const areSound = schedules.map((schedule) => probeSchedule(schedule, report));
  if (areSound.includes(false)) return;
  for (const parameter of parameters) {
    const own = optimizerFor(value, exceptions, parameter.name);
    const graph = new Graph();
    const build = new Builder(graph, { kind: "compiler", reason: "trying the optimizer" });
    const { type } = parameter.node;
    const node = build.leaf("parameter", { name: parameter.name }, type);
    const gradient = build.leaf("state", { name: "gradient", parameter: parameter.name }, type);
    const found = new Report();
    const building = { value: own, graph, owner: parameter.name, report: found };
    buildUpdate(building, { ...parameter, node }, gradient);
    found.diagnostics.forEach((each) => {
      report.adopt(each);
    });
    if (found.hasErrors) return;
  }
}

interface Building extends Group {
  readonly graph: Graph;
  readonly report: Report;
}

function buildUpdate(
  { value, graph, owner, report }: Building,
  parameter: ParameterDeclaration,
  gradient: Node,
): ParameterUpdate | undefined {
  const { definition, options, span } = value;
  const build = new Builder(graph, { kind: "source", span: definition.step.definition.span, call: span });
  const { type } = parameter.node;
  const scalar: TensorType = { shape: [], batched: false, element: "real" };
  const states = [...definition.states].map(([name, { start, isShared }]) => ({
    name,
    initial: start,
    isShared,
    node: isShared
      ? build.leaf("state", { name, parameter: owner }, scalar)
      : build.leaf("state", { name, parameter: parameter.name }, type),
  }));
  const optionsNow = new Map<string, Value>();
  for (const [name, option] of options) {
    const now = typeof option === "number" ? numberValue(option) : scheduledValue(option, graph, report);
    if (now === undefined) return undefined;
    optionsNow.set(name, now);
  }
  const object = (entries: readonly (readonly [string, Value])[]): ObjectValue => ({
    kind: "object",
    fields: new Map(entries.map(([name, each]): [string, Field] => [name, { value: each, span }])),
    span,
  });
  const result = evaluatorBeside(graph, report).invoke(
    definition.step,
    [
      [parameter.name, tensor(parameter.node)],
      [`the gradient of ${parameter.name}`, tensor(gradient)],
      ["the state", object(states.map(({ name, node }) => [name, tensor(node)]))],
      ["the step's number", tensor(stepNode(graph))],
      ["the options", object([...optionsNow])],
    ],
    span,
  );
  if (isSpoilt(result)) return undefined;
  try {
    const fields = resultFields(value, result);
    const next = (name: string, target: Node) => nextValue(value, build, { parameter, target }, name, fields);
    const updates = [
      { target: parameter.node, value: next("w", parameter.node) },
      ...states.map(({ name, node }) => ({ target: node, value: next(name, node) })),
    ];
    const shared: readonly Node[] = states.flatMap(({ isShared, node }) => (isShared ? [node] : []));
    for (const update of updates) {
      const span = fields.get(update.target.attributes.name)?.span ?? definition.step.definition.span;
      if (shared.includes(update.target)) checkShared(update, shared, value, span);
    }
    return {
      updates,
      states: states.map(({ node, initial, isShared }) => ({ node, initial, isShared })),
    };
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    report.add(problem);
    return undefined;
  }
}

/** A mistake in what the step gives is told already. */
function isSpoilt(result: Value): boolean {
  if (result.kind === "poison") return true;
  return result.kind === "object" && [...result.fields.values()].some(({ value }) => value.kind === "poison");
}

function resultFields({ definition, span }: OptimizerValue, result: Value): ReadonlyMap<string, Field> {
  const expected = ["w", ...definition.states.keys()];
  const place = definition.step.definition.body.span;
  const related = [{ span, message: "the optimizer is used here" }];
  if (result.kind !== "object") {
    throw new Problem(
      "wrong-optimizer",
      place,
      `The step of ${definition.name} gives ${sayKind(result)}, not an object.`,
      `write {${expected.map((name) => `${name}: …`).join(", ")}}`,
      related,
    );
  }
  const missing = expected.find((name) => !result.fields.has(name));
  if (missing !== undefined) {
    throw new Problem(
      "missing-field",
      place,
      `The step of ${definition.name} does not say what becomes of ${missing}.`,
      `write {${expected.map((name) => `${name}: …`).join(", ")}}`,
      related,
    );
  }
  return knownFields(result, expected, (problem) => {
    throw problem;
  });
}

function nextValue(
  { definition }: OptimizerValue,
  build: Builder,
  { parameter, target }: { readonly parameter: ParameterDeclaration; readonly target: Node },
  name: string,
  fields: ReadonlyMap<string, Field>,
): Node {
  const field = fields.get(name);
  const { shape } = target.type;
  const value = field?.value;
  if (field !== undefined && value !== undefined && isNumeric(value)) {
    const node = toNode(build, value);
    if (node.type.element === "real" && (sameShape(node.type.shape, shape) || node.type.shape.length === 0))
      return spread(build, node, shape);
    throw new Problem(
      "shape-mismatch",
      field.span,
      shape.length === 0 && parameter.node.type.shape.length > 0
        ? `The step of ${definition.name} gives ${name}, which is one number, a new value that ${isOrHas(node.type.shape)}.`
        : `The step of ${definition.name} gives ${parameter.name}, which ${isOrHas(shape)}, a new ${name} that ${isOrHas(node.type.shape)}.`,
      shape.length === 0
        ? `make ${name} one number`
        : `give ${name} the shape of the parameter, or make it one number`,
      [],
      true,
    );
  }
  throw new Problem(
    "wrong-optimizer",
    field?.span ?? definition.step.definition.span,
    `The new ${name} is ${value === undefined ? "missing" : sayKind(value)}, not a number.`,
    `write ${name}: …, a number of the parameter's shape`,
    [],
    true,
  );
}

/** What all parameters share cannot follow one of them. */
function checkShared(
  update: Update,
  states: readonly Node[],
  { definition }: OptimizerValue,
  span: SourceSpan,
): void {
  const { name } = update.target.attributes;
  const isOwn = (node: Node) =>
    node.operation === "parameter" || (node.operation === "state" && !states.includes(node));
  if (!reachableFrom([update.value]).some(isOwn)) return;
  throw new Problem(
    "wrong-optimizer",
    span,
    `The state ${name} of ${definition.name} is one number for all parameters, but its new value depends on the parameter or its gradient.`,
    `give ${name} the parameter's shape: ${name}: 0`,
    [],
    true,
  );
}

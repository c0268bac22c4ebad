import { type Clip, Graph, type Node, type ParameterDeclaration, sameShape } from "../graph/index.ts";
import { invariant } from "../diagnostics/index.ts";
import { Builder } from "../operations/index.ts";
import { evaluatorBeside } from "./beside.ts";
import { capturedData } from "./captured.ts";
import { wrongOption } from "./options.ts";
import { Problem, Report, Spoilt } from "./problem.ts";
import { isNumeric, isOrHas, shapeOf } from "./tensors.ts";
import { type Field, type FunctionValue, sayKind, tensor } from "./value.ts";

/** `clip: clipByGlobalNorm({limit: 1})`: a function of a gradient, or of it and the norm of all gradients together. */
export function clipOption(field: Field): FunctionValue {
  const { value } = field;
  if (value.kind === "poison") throw new Spoilt();
  const example = "write clip: clipByGlobalNorm({limit: 1})";
  if (value.kind !== "function") throw wrongOption("clip", field, "a function of a gradient", example);
  const { name, parameters } = value.definition;
  if (parameters.length > 2 || parameters.length === 0 || parameters.at(-1)?.name === "options") {
    const found = `${name}(${parameters.map((each) => each.name).join(", ")})`;
    const message = `clip must be a function of a gradient, or of it and the norm of all gradients, not ${found}.`;
    const hint = parameters.at(-1)?.name === "options" ? `${name}({…}) gives such a function` : example;
    throw new Problem("wrong-option", field.span, message, hint, [], true);
  }
  const captured = capturedData(value);
  if (captured === undefined) return value;
  const message = `clip can follow gradients alone, but ${name} reads ${captured}, a value of the network.`;
  throw new Problem(
    "wrong-option",
    field.span,
    message,
    "compute it from its arguments and numbers",
    [],
    true,
  );
}

/** Clips a gradient of each parameter's shape, in a graph of its own, so that mistakes are found while reading. */
export function tryClip(
  callee: FunctionValue,
  field: Field,
  parameters: readonly ParameterDeclaration[],
  report: Report,
): void {
  for (const { name, node } of parameters) {
    const build = new Builder(new Graph(), { kind: "compiler", reason: "trying to clip" });
    const gradient = build.leaf("state", { name: "gradient", parameter: name }, node.type);
    const norm = build.leaf("state", { name: "norm", parameter: name }, { ...node.type, shape: [] });
    const found = new Report();
    clipped(callee, field, { build, gradient, norm, name }, found);
    found.diagnostics.forEach((each) => {
      report.adopt(each);
    });
    if (found.hasErrors) return;
  }
}

/** The clip of a network, which builds in the network's own graph. */
export function makeClip(callee: FunctionValue, field: Field, graph: Graph): Clip {
  return {
    text: textOf(callee, field),
    readsNorm: callee.definition.parameters.length === 2,
    apply: (gradient, norm) => {
      const report = new Report();
      const build = new Builder(graph, { kind: "source", span: callee.definition.span, call: field.span });
      const node = clipped(callee, field, { build, gradient, norm, name: "the parameter" }, report);
      invariant(node !== undefined && !report.hasErrors, "the clip was tried on every parameter");
      return node;
    },
  };
}

interface Clipping {
  readonly build: Builder;
  readonly gradient: Node;
  readonly norm: Node;
  /** The parameter's. */
  readonly name: string;
}

function clipped(
  callee: FunctionValue,
  { span, valueSpan = span }: Field,
  { build, gradient, norm, name }: Clipping,
  report: Report,
): Node | undefined {
  const value = evaluatorBeside(build.graph, report).invoke(
    callee,
    [
      [`the gradient of ${name}`, tensor(gradient)],
      ["the norm of all gradients", tensor(norm)],
    ],
    valueSpan,
  );
  if (value.kind === "poison") return undefined;
  const { shape } = gradient.type;
  const isGradient = value.kind === "tensor" && value.node.type.element === "real";
  if (isGradient && sameShape(value.node.type.shape, shape)) return value.node;
  const found = isNumeric(value) ? isOrHas(shapeOf(value)) : `is ${sayKind(value)}`;
  const message = isGradient
    ? `${callee.definition.name} makes of the gradient of ${name}, which ${isOrHas(shape)}, one that ${found}.`
    : `${callee.definition.name} gives ${sayKind(value)} for the gradient of ${name}, not a gradient.`;
  report.add(new Problem("wrong-option", valueSpan, message, "give it the shape of the gradient", [], true));
  return undefined;
}

/** As it was written; of a function of the file's that is passed by name, the function. */
function textOf({ definition }: FunctionValue, { span, valueSpan = span }: Field): string {
  const written = valueSpan.source.text.slice(valueSpan.start, valueSpan.end);
  const { source, start, end } = definition.span;
  const text = written === definition.name ? source.text.slice(start, end) : written;
  return text.replaceAll(/\s+/g, " ");
}

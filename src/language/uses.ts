import type { SourceSpan } from "../diagnostics/index.ts";
import {
  type Node,
  type ParameterDeclaration,
  type Statement,
  reachableFrom,
  sourcesOf,
  trainable,
} from "../graph/index.ts";
import type { Definition, File } from "./file.ts";
import { Problem } from "./problem.ts";

interface Uses {
  readonly file: File;
  /** The file's, frozen or not. */
  readonly parameters: readonly ParameterDeclaration[];
  readonly loss: Node | undefined;
  readonly prediction: Statement | undefined;
}

/**
 * Warns of what nothing needs: parameters, inputs and values. What is unused because of a mistake elsewhere is no mistake
 * of its own; that the loss is no single number changes no use.
 */
export function checkUses({ file, parameters, loss, prediction }: Uses): void {
  const isRead = file.report.diagnostics.every(
    ({ severity, code }) => severity !== "error" || code === "non-scalar-loss",
  );
  const root = loss ?? file.nodeOf("loss");
  if (!isRead || root === undefined) return;
  const unused = unusedValues(file, prediction);
  for (const { name, nameSpan } of unused) {
    file.report.warn(new Problem("unused-value", nameSpan, `${name} is never used.`));
  }
  // The parameters that a layer owns go with its statement.
  const goesAnyway = (span: SourceSpan) =>
    unused.some(({ span: whole }) => whole.start <= span.start && span.end <= whole.end);
  // What a step makes of a state depends on the state itself, as a rule: that is no use.
  const nexts = parameters.flatMap(({ next }) => next ?? []);
  const used = new Set(reachableFrom([root, ...file.statements.map(({ node }) => node)]));
  const read = new Set([...used, ...reachableFrom(nexts)]);
  const reached = differentiablyReached(root);
  for (const { name, node, span, next } of file.parameters) {
    if (next !== undefined) {
      if (!used.has(node) && !goesAnyway(span)) file.report.warn(unusedState(name, span));
      continue;
    }
    if (reached.has(node) || goesAnyway(span)) continue;
    file.report.warn(used.has(node) ? withoutInfluence(name, span) : unusedParameter(name, span));
  }
  for (const { name, node, span } of [...file.inputs, ...file.targets]) {
    if (read.has(node)) continue;
    file.report.warn(new Problem("unused-input", span, `${name} is never used.`, "remove it"));
  }
  const useful = parameters.filter(({ node, next }) => next === undefined && reached.has(node));
  if (useful.length > 0 && trainable(useful).length === 0) {
    file.fail(
      "nothing-to-train",
      file.spanOf("training"),
      "Every parameter that the loss depends on is frozen, so there is nothing to train.",
      "leave one of them out of what is frozen",
    );
  }
  if (useful.length === 0) {
    file.fail(
      "nothing-to-train",
      file.spanOf("loss"),
      "The loss depends on no parameter, so there is nothing to train.",
      "declare one: W = parameter([1, 2])",
    );
  }
}

/** Values that no other statement reads and that neither training nor predict needs; functions and optimizers may be kept. */
function unusedValues(file: File, prediction: Statement | undefined): readonly Definition[] {
  const read = file.namesRead();
  return file.definitions.filter(
    ({ name, value }) =>
      value.kind !== "function" &&
      value.kind !== "builtin" &&
      value.kind !== "optimizer" &&
      value.kind !== "optimizerDefinition" &&
      name !== "loss" &&
      name !== prediction?.name &&
      !read.has(name),
  );
}

function unusedParameter(name: string, span: SourceSpan): Problem {
  return new Problem("unused-parameter", span, `The parameter ${name} is never used.`, "remove it");
}

function unusedState(name: string, span: SourceSpan): Problem {
  const message = `The state ${name} is never used: nothing depends on what it becomes.`;
  return new Problem("unused-parameter", span, message, "remove it, or read it where the network is used");
}

function withoutInfluence(name: string, span: SourceSpan): Problem {
  return new Problem(
    "parameter-not-in-loss",
    span,
    `The parameter ${name} has no influence on the loss, so its gradient is zero.`,
    "let the loss depend on it, or declare it a constant",
  );
}

/** Operations through which no derivative flows. */
const barriers: ReadonlySet<string> = new Set([
  "stopGradient",
  "less",
  "lessEqual",
  "greater",
  "greaterEqual",
  "equal",
  "notEqual",
  "sign",
  "floor",
  "ceil",
  "round",
]);

/** What a change of can change the loss, to first order. */
function differentiablyReached(loss: Node): ReadonlySet<Node> {
  const seen = new Set([loss]);
  const pending = [loss];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (barriers.has(node.operation)) continue;
    for (const input of sourcesOf(node)) {
      if (seen.has(input)) continue;
      seen.add(input);
      pending.push(input);
    }
  }
  return seen;
}

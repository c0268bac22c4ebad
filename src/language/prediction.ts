import { didYouMean, OptionError } from "../diagnostics/index.ts";
import { dependentsOf, type Node, reachableFrom, type Statement } from "../graph/index.ts";
import type { File } from "./file.ts";
import { type ObjectValue, sayKind, type Value } from "./value.ts";

/**
 * The statement called `prediction`, else of those that need an input and no target the last one that depends on what is
 * learned: a number computed from the inputs alone, after the network's result, is not what was learned for. Where none
 * does, the last one.
 */
export function findPrediction(file: File, statements: readonly Statement[]): Statement | undefined {
  if (file.mentions("prediction")) return namedPrediction(file, statements);
  const ofRole = (role: "input" | "target") => (node: Node) =>
    node.operation === "input" && node.attributes.role === role;
  const [onInputs, onTargets] = [
    dependingOn(statements, ofRole("input")),
    dependingOn(statements, ofRole("target")),
  ];
  const possible = statements.filter(
    ({ name, node }) =>
      name !== "loss" &&
      !name.includes(".") &&
      node.type.batched &&
      node.type.element === "real" &&
      onInputs.has(node) &&
      !onTargets.has(node),
  );
  const learned = new Set(file.parameters.flatMap(({ name, next }) => (next === undefined ? [name] : [])));
  const onLearned = dependingOn(
    possible,
    (node) => node.operation === "parameter" && learned.has(node.attributes.name),
  );
  return possible.findLast(({ node }) => onLearned.has(node)) ?? possible.at(-1);
}

/** Everything that depends on some of the leaves, for all statements at once. */
function dependingOn(statements: readonly Statement[], isSource: (node: Node) => boolean): ReadonlySet<Node> {
  const nodes = reachableFrom(statements.map(({ node }) => node));
  return dependentsOf(nodes.filter(isSource), nodes);
}

function namedPrediction(file: File, statements: readonly Statement[]): Statement | undefined {
  const value = file.scope.lookup("prediction");
  const named = statements.find(({ name }) => name === "prediction");
  if (named === undefined) {
    if (value !== undefined && value.kind !== "poison")
      file.fail(
        "wrong-prediction",
        file.spanOf("prediction"),
        `The prediction is ${sayKind(value)}, where one array computed from an input should stand.`,
        value.kind === "object" ? `write prediction = ${joined(value)}` : undefined,
      );
    return undefined;
  }
  const target = targetOf(named);
  if (target !== undefined) {
    file.fail(
      "misplaced-target",
      named.span,
      `The prediction depends on the target ${target}, which is not known when predicting.`,
      "compute it from the inputs alone",
    );
  }
  return named;
}

/** The name of a target that a statement depends on. */
function targetOf({ node }: Statement): string | undefined {
  for (const each of reachableFrom([node]))
    if (each.operation === "input" && each.attributes.role === "target") return each.attributes.name;
  return undefined;
}

/**
 * The statement that a caller wants for the prediction, in place of the file's.
 *
 * @throws {OptionError} when there is none of that name, or it is not known when predicting.
 */
export function chosenPrediction(name: string, statements: readonly Statement[]): Statement {
  const chosen = statements.find((each) => each.name === name);
  const target = chosen && targetOf(chosen);
  if (chosen !== undefined && target === undefined) return chosen;
  const possible = statements
    .filter((each) => !each.name.includes(".") && each.node.type.batched && targetOf(each) === undefined)
    .map((each) => each.name);
  const message =
    target === undefined
      ? `The prediction cannot be ${JSON.stringify(name)}: the file has no such statement.`
      : `The prediction cannot be ${name}, which depends on the target ${target}.`;
  const hint =
    didYouMean(name, possible) ??
    (possible.length === 0 ? "leave it out for the file's own" : `it can be ${possible.join(", ")}`);
  throw new OptionError([{ code: "wrong-option", severity: "error", message, hint }]);
}

/** What puts the fields of an object into one array. */
function joined({ fields }: ObjectValue): string {
  const parts = [...fields.values()];
  const rankOf = (value: Value): number => (value.kind === "tensor" ? value.node.type.shape.length : -1);
  const ranks = new Set(parts.map(({ value }) => rankOf(value)));
  const [rank] = ranks;
  const labels = parts.map(({ label = "…" }) => label);
  if (ranks.size === 1 && rank === 0) return `[${labels.join(", ")}]`;
  if (ranks.size === 1 && rank === 1) return `concat(${labels.join(", ")})`;
  return `concat(${labels.map((label) => `flatten(${label})`).join(", ")})`;
}

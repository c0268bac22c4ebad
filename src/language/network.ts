import {
  DiagnosticError,
  OptionError,
  type Source,
  type SourceSpan,
  invariant,
} from "../diagnostics/index.ts";
import {
  Graph,
  type Network,
  type Node,
  type Optimizer,
  formatShape,
  reachableFrom,
  trainable,
} from "../graph/index.ts";
import { Builder } from "../operations/index.ts";
import { Evaluator } from "./evaluate.ts";
import { File } from "./file.ts";
import { inMode } from "./mode.ts";
import { noDeclarations } from "./beside.ts";
import { makeOptimizer, tryOptimizer } from "./optimizer.ts";
import { asOptimizer, exceptionsFor, notAnOptimizer, readTraining } from "./training.ts";
import { parseExpression } from "./parse.ts";
import { chosenPrediction, findPrediction } from "./prediction.ts";
import { preludeSource } from "./prelude/index.ts";
import { type Problem, Report } from "./problem.ts";
import type { Scope } from "./scope.ts";
import { checkSquashed } from "./squashed.ts";
import { NameTable } from "./statics.ts";
import { checkUnsquashed } from "./unsquashed.ts";
import { checkUses } from "./uses.ts";
import { type ObjectValue, sayKind } from "./value.ts";

let prelude: Scope | undefined;

/** The scope of the prelude, read once: it holds only functions and optimizers, which belong to no graph. */
function preludeScope(): Scope {
  if (prelude === undefined) {
    const file = new File(preludeSource, undefined);
    invariant(
      !file.report.hasErrors,
      `the prelude is sound: ${JSON.stringify(file.report.diagnostics.map(({ message }) => message))}`,
    );
    prelude = file.scope;
  }
  return prelude;
}

/** What a caller may choose in place of the file. */
export interface ReadOptions {
  /** The statement that `predict` is to give. */
  readonly prediction?: string | undefined;
}

/**
 * Reads a network file.
 *
 * @param source The file's name, which messages call it by, and its text.
 * @param options What to choose in place of the file.
 * @returns The network as a typed graph, not yet differentiated or rewritten.
 * @throws {DiagnosticError} with every mistake found, in source order. Warnings are in `warnings` of the result.
 * @throws {OptionError} when the prediction that is chosen is none.
 */
export function readNetwork(source: Source, options: ReadOptions = {}): Network {
  const file = new File(source, preludeScope());
  const written = findLoss(file);
  const { training, parameters, optimizer, clip } = readTraining(file);
  const roots = [
    ...file.statements.map(({ node }) => node),
    ...parameters.flatMap(({ next }) => next ?? []),
    ...(written === undefined ? [] : [written]),
  ];
  const trained = inMode(file.graph, roots, "training");
  const used = inMode(file.graph, roots, "prediction");
  const evaluated = file.statements.map((statement) => ({ ...statement, node: used(statement.node) }));
  const loss = written && trained(written);
  const usual = findPrediction(file, evaluated);
  checkUses({ file, parameters, loss, prediction: usual });
  const prediction =
    options.prediction === undefined || file.report.hasErrors
      ? usual
      : chosenPrediction(options.prediction, evaluated);
  checkSquashed(file, written);
  checkUnsquashed(file, written);
  checkDraws(file, prediction?.node, written && used(written));
  const { diagnostics } = file.report;
  if (file.report.hasErrors) throw new DiagnosticError(diagnostics);
  invariant(
    written !== undefined && loss !== undefined && optimizer !== undefined,
    "a file without mistakes has a loss and an optimizer",
  );
  return {
    source,
    graph: file.graph,
    inputs: file.inputs,
    targets: file.targets,
    parameters: parameters.map((each) =>
      each.next === undefined ? each : { ...each, next: trained(each.next) },
    ),
    statements: file.statements.map((statement) => ({ ...statement, node: trained(statement.node) })),
    loss,
    evaluation: { loss: used(written), statements: evaluated },
    prediction,
    training,
    optimizer,
    clip,
    warnings: diagnostics,
  };
}

/** Several losses are made small together by their sum. */
function sumHint({ fields }: ObjectValue): string {
  const terms = [...fields.values()].map(({ label = "…" }) => label);
  return `write their sum, with weights if need be: loss = ${terms.join(" + ")}`;
}

/** What the network is used for follows from its inputs alone, so that it can be done again. */
function checkDraws(file: File, prediction: Node | undefined, loss: Node | undefined): void {
  const told = new Map<Node, string>();
  const tell = (root: Node | undefined, what: string): void => {
    if (root === undefined) return;
    for (const node of reachableFrom([root]))
      if (node.operation === "random" && !told.has(node)) told.set(node, what);
  };
  tell(prediction, "The prediction");
  tell(loss, "The loss on data held out");
  for (const [{ origin }, what] of told) {
    invariant(origin.kind === "source", "only a file draws random numbers");
    const message = `${what} depends on these random numbers, so it would be another each time.`;
    file.fail("random-prediction", origin.call ?? origin.span, message);
  }
}

/** The loss as an unbatched scalar: averaged over the batch unless the file says otherwise. */
function findLoss(file: File): Node | undefined {
  const { source } = file;
  const value = file.scope.lookup("loss");
  if (value === undefined) {
    const end: SourceSpan = {
      source,
      start: source.text.trimEnd().length,
      end: source.text.trimEnd().length,
    };
    if (file.isEmpty) {
      if (!file.report.hasErrors)
        file.fail(
          "empty-file",
          { source, start: 0, end: 0 },
          "This file is empty: it describes no network.",
          "write at least x = input([2]), a parameter and loss = …",
        );
    } else if (!file.mentions("loss")) {
      const meant = file.definitions.find(({ name }) => name.toLowerCase() === "loss");
      file.fail(
        "missing-loss",
        meant?.nameSpan ?? end,
        "This network has no loss, so there is nothing to learn from.",
        meant === undefined
          ? "end it with loss = …, for example loss = meanSquaredError(y, t)"
          : `write loss in place of ${meant.name}: small and capital letters differ`,
      );
    }
    return undefined;
  }
  if (value.kind === "poison") return undefined;
  const node = file.nodeOf("loss");
  if (node === undefined || node.type.element !== "real") {
    file.fail(
      "non-scalar-loss",
      file.spanOf("loss"),
      `The loss is ${sayKind(value)}, not a real number.`,
      value.kind === "object" ? sumHint(value) : "write loss = …, a number to make small",
    );
    return undefined;
  }
  if (node.type.shape.length > 0) {
    file.fail(
      "non-scalar-loss",
      file.spanOf("loss"),
      `The loss is ${node.type.shape.length === 1 ? `a vector of ${formatShape(node.type.shape)}` : formatShape(node.type.shape)}, but only one number can be made small.`,
      "write loss = mean(…) or loss = sum(…)",
    );
    return undefined;
  }
  return new Builder(file.graph, { kind: "compiler", reason: "the mean over the batch" }).batchMean(node);
}

/**
 * The optimizer that a text names, in the language of the network's file: `adam`, `adam({learningRate: 0.01})`, or one
 * that the file defines.
 *
 * @param text As `optimizer` in `CompileOptions`.
 * @param network What it is to train.
 * @returns The optimizer, which builds updates in the network's graph.
 * @throws {OptionError} with the mistakes of the text.
 */
export function createOptimizer(text: string, network: Network): Optimizer {
  const source: Source = { name: "optimizer", text };
  const report = new Report();
  // The file is read once more, for the optimizers that it defines and what it says of single parameters.
  const file = new File(network.source, preludeScope());
  const { scope } = file;
  const names = new NameTable([], undefined);
  const evaluator = new Evaluator({
    graph: new Graph(),
    report,
    declare: noDeclarations,
    explainName: names.explain,
  });
  const expression = parseExpression(source, report);
  const value = expression && evaluator.evaluate(expression, { scope, calls: [], path: [] });
  const whole: SourceSpan = { source, start: 0, end: text.length };
  const chosen = asOptimizer(value, whole);
  const tell = (problem: Problem) => {
    report.add(problem);
  };
  const exceptions = chosen === undefined ? [] : exceptionsFor(file, chosen, tell);
  if (chosen !== undefined) tryOptimizer(chosen, exceptions, trainable(network.parameters), report);
  else if (value !== undefined && value.kind !== "poison") report.add(notAnOptimizer(value, whole));
  if (report.hasErrors || chosen === undefined) throw new OptionError(report.diagnostics);
  return makeOptimizer(chosen, exceptions, network);
}

import type { SourceSpan } from "../diagnostics/index.ts";
import type { Optimizer, TrainingDefaults } from "../graph/index.ts";
import type { File } from "./file.ts";
import { makeOptimizer, tryOptimizer } from "./optimizer.ts";
import { checkNames, positiveInteger } from "./options.ts";
import { Problem } from "./problem.ts";
import { type OptimizerValue, type Value, sayKind } from "./value.ts";

const defaultTraining: TrainingDefaults = { epochs: 100, batchSize: 32 };

/** What `training = {…}` sets, the rest by default. */
export function readTraining(file: File): {
  readonly training: TrainingDefaults;
  readonly optimizer: Optimizer | undefined;
} {
  const standard = asOptimizer(file.scope.lookup("sgd"), { source: file.source, start: 0, end: 0 });
  const given = file.training;
  const withStandard = {
    training: defaultTraining,
    optimizer: standard && makeOptimizer(standard, file.graph),
  };
  if (given === undefined || given.value.kind === "poison") return withStandard;
  try {
    if (given.value.kind !== "object") {
      throw new Problem(
        "wrong-training",
        given.span,
        `training is ${sayKind(given.value)}, where options should stand.`,
        "write training = {optimizer: adam({learningRate: 0.01}), epochs: 100, batchSize: 16}",
      );
    }
    checkNames(given.value, ["optimizer", "epochs", "batchSize"]);
    const { fields } = given.value;
    const [epochs, batchSize, optimizer] = [
      fields.get("epochs"),
      fields.get("batchSize"),
      fields.get("optimizer"),
    ];
    const chosen = optimizer === undefined ? standard : asOptimizer(optimizer.value, optimizer.span);
    if (chosen === undefined && optimizer !== undefined)
      throw notAnOptimizer(optimizer.value, optimizer.span);
    if (chosen !== undefined) tryOptimizer(chosen, file.parameters, file.report);
    return {
      training: {
        epochs: epochs === undefined ? defaultTraining.epochs : positiveInteger("epochs", epochs),
        batchSize:
          batchSize === undefined ? defaultTraining.batchSize : positiveInteger("batchSize", batchSize),
      },
      optimizer: chosen && makeOptimizer(chosen, file.graph),
    };
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    file.report.add(problem);
    return withStandard;
  }
}

/** A configured optimizer, or one with the options it has by default. */
export function asOptimizer(value: Value | undefined, span: SourceSpan): OptimizerValue | undefined {
  if (value?.kind === "optimizer") return value;
  return value?.kind === "optimizerDefinition"
    ? { kind: "optimizer", definition: value, options: value.options, span }
    : undefined;
}

export function notAnOptimizer(value: Value, span: SourceSpan): Problem {
  return new Problem(
    "wrong-optimizer",
    span,
    `optimizer is ${sayKind(value)}, not an optimizer.`,
    "write optimizer: adam({learningRate: 0.01})",
    [],
    true,
  );
}

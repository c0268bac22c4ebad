import type { SourceSpan } from "../diagnostics/index.ts";
import {
  type Clip,
  type Optimizer,
  type ParameterDeclaration,
  trainable,
  type TrainingDefaults,
} from "../graph/index.ts";
import { clipOption, makeClip, tryClip } from "./clip.ts";
import type { File } from "./file.ts";
import { makeOptimizer, tryOptimizer } from "./optimizer.ts";
import { knownFields, positiveInteger } from "./options.ts";
import { type Exception, isFrozen, readExceptions } from "./parameter-options.ts";
import { attempt, Problem, Spoilt } from "./problem.ts";
import { type Field, type OptimizerValue, type Value, poison, sayKind } from "./value.ts";

const defaultTraining: TrainingDefaults = { epochs: 100, batchSize: 32 };

/** What `training = {…}` sets. */
export interface Training {
  readonly training: TrainingDefaults;
  /** The file's parameters, frozen or not. */
  readonly parameters: readonly ParameterDeclaration[];
  /** Nothing where there is a mistake. */
  readonly optimizer: Optimizer | undefined;
  readonly clip: Clip | undefined;
}

/** What `training = {…}` sets, the rest by default. A mistake in one of its options hides none in another. */
export function readTraining(file: File): Training {
  const tell = (problem: Problem) => {
    file.report.add(problem);
  };
  const fields = attempt(tell, () => trainingFields(file, tell)) ?? new Map<string, Field>();
  const count = (name: keyof TrainingDefaults): number => {
    const [field, usual] = [fields.get(name), defaultTraining[name]];
    return (field && attempt(tell, () => positiveInteger(name, field, usual))) ?? usual;
  };
  const chosen = attempt(tell, () => chosenOptimizer(file, fields.get("optimizer")));
  const exceptions = exceptionsFor(file, chosen, tell);
  const parameters = file.parameters.map((each) =>
    isFrozen(exceptions, each.name) ? { ...each, isFrozen: true } : each,
  );
  if (chosen !== undefined) tryOptimizer(chosen, exceptions, trainable(parameters), file.report);
  const clipField = fields.get("clip");
  const clip = clipField && attempt(tell, () => clipOption(clipField));
  if (clipField !== undefined && clip !== undefined)
    tryClip(clip, clipField, trainable(parameters), file.report);
  return {
    training: { epochs: count("epochs"), batchSize: count("batchSize") },
    parameters,
    optimizer:
      file.report.hasErrors || chosen === undefined
        ? undefined
        : makeOptimizer(chosen, exceptions, { graph: file.graph, parameters }),
    clip: clipField && clip && makeClip(clip, clipField, file.graph),
  };
}

/** What the file says of single parameters, in the options of the optimizer that is chosen. */
export function exceptionsFor(
  file: File,
  chosen: OptimizerValue | undefined,
  tell: (problem: Problem) => void,
): readonly Exception[] {
  const given = file.training?.value;
  const field = given?.kind === "object" ? given.fields.get("parameters") : undefined;
  const names = file.parameters.map(({ name }) => name);
  return readExceptions(field, { definition: chosen?.definition, names, tell });
}

function trainingFields(file: File, tell: (problem: Problem) => void): ReadonlyMap<string, Field> {
  const given = file.training;
  if (given === undefined || given.value.kind === "poison") return new Map();
  if (given.value.kind === "object")
    return knownFields(given.value, ["optimizer", "epochs", "batchSize", "parameters", "clip"], tell);
  throw new Problem(
    "wrong-training",
    given.span,
    `training is ${sayKind(given.value)}, where options should stand.`,
    "write training = {optimizer: adam({learningRate: 0.01}), epochs: 100, batchSize: 16}",
  );
}

function chosenOptimizer(file: File, field: Field | undefined): OptimizerValue | undefined {
  const { value, span } = field ?? {
    value: file.scope.lookup("sgd") ?? poison,
    span: { source: file.source, start: 0, end: 0 },
  };
  if (value.kind === "poison") throw new Spoilt();
  const chosen = asOptimizer(value, span);
  if (chosen === undefined) throw notAnOptimizer(value, span);
  return chosen;
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

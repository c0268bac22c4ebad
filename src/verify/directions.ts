import { type Node, sizeOf } from "../graph/index.ts";
import type { Comparison } from "./compare.ts";
import type { Random } from "./data.ts";
import { differenceAlong } from "./differences.ts";
import { pushDual } from "./dual.ts";
import { at } from "./indexing.ts";
import { evaluate, valueOf, type Values } from "./interpreter.ts";
import type { Trial, Verdict } from "./judge.ts";

/** Parameters with up to this many elements are judged along every coordinate. */
const fullyJudged = 40;
const sampledCoordinates = 8;
const randomDirections = 3;

/**
 * Compares ⟨∇loss, v⟩ of the generated code with the derivative along v by dual numbers or by differences: v is every
 * coordinate of a small parameter; of a large one, some coordinates and some random directions, which no element escapes.
 */
export function judgeDirections(judge: "dual" | "finite-difference", trial: Trial): Verdict {
  const { network, generated, point, random } = trial;
  const { gradients } = generated.gradient(point);
  const values = evaluate([network.loss], point);
  const comparisons = network.parameters.map(({ name, node }): Comparison => {
    const gradient = gradients.get(node) ?? [];
    const own: number[] = [];
    const judged: number[] = [];
    let skipped = 0;
    const directions = directionsOf(node, random);
    for (const direction of directions) {
      const derivative = derivativeAlong(judge, trial, node, direction, values);
      if (derivative === undefined) {
        skipped += 1;
        continue;
      }
      own.push(direction.reduce((sum, each, k) => (each === 0 ? sum : sum + each * at(gradient, k)), 0));
      judged.push(derivative);
    }
    const note = noteOf(sizeOf(node.type.shape), directions.length, skipped);
    return { quantity: name, generated: own, judged, ...(note === undefined ? {} : { note }) };
  });
  return { kind: "compared", comparisons, size: at(valueOf(network.loss, values), 0) };
}

function derivativeAlong(
  judge: "dual" | "finite-difference",
  { network, point }: Trial,
  node: Node,
  direction: Float64Array,
  values: Values,
): number | undefined {
  const along = new Map([[node, direction]]);
  if (judge === "dual") return at(pushDual(network.loss, along, point, values).tangent, 0);
  const difference = differenceAlong(network.loss, along, point);
  return difference.kind === "estimate" ? difference.derivative : undefined;
}

function directionsOf(node: Node, random: Random): readonly Float64Array[] {
  const length = sizeOf(node.type.shape);
  const unit = (k: number): Float64Array => {
    const direction = new Float64Array(length);
    direction[k] = 1;
    return direction;
  };
  if (length <= fullyJudged) return Array.from({ length }, (_, k) => unit(k));
  return [
    ...Array.from({ length: sampledCoordinates }, () => unit(random.below(length))),
    ...Array.from({ length: randomDirections }, () => random.direction(length)),
  ];
}

function noteOf(length: number, directions: number, skipped: number): string | undefined {
  const notes: string[] = [];
  if (length > fullyJudged) notes.push(`along ${directions} directions of ${length}`);
  if (skipped > 0) notes.push(`${skipped} of ${directions} directions skipped: a kink lies within the step`);
  return notes.length === 0 ? undefined : notes.join("; ");
}

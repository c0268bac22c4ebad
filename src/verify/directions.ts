import { type Node, sizeOf, trainable } from "../graph/index.ts";
import type { Comparison } from "./compare.ts";
import type { Random } from "./data.ts";
import { type Difference, differenceAlong } from "./differences.ts";
import { pushDual } from "./dual.ts";
import { at, maximum } from "./indexing.ts";
import { evaluate, type Values } from "./interpreter.ts";
import type { Trial } from "./judge.ts";

/** Parameters with up to this many elements are judged along every coordinate. */
const fullyJudged = 40;
const sampledCoordinates = 8;
const randomDirections = 3;

/**
 * Compares ⟨∇loss, v⟩ of the generated code with the derivative along v by dual numbers or by differences: v is every
 * coordinate of a small parameter; of a large one, some coordinates and some random directions, which no element escapes.
 */
export function judgeDirections(judge: "dual" | "finite-difference", trial: Trial): readonly Comparison[] {
  const { network, generated, point, random } = trial;
  const { gradients } = generated.gradient(point);
  const values = evaluate([network.loss], point);
  return trainable(network.parameters).map(({ name, node }) => {
    const gradient = gradients.get(node) ?? [];
    const directions = directionsOf(node, random);
    const slopes = directions.flatMap((direction): readonly Slope[] => {
      const judged = derivativeAlong(judge, trial, node, direction, values);
      const own = direction.reduce((sum, each, k) => (each === 0 ? sum : sum + each * at(gradient, k)), 0);
      if (judged.kind === "skipped") return [];
      return [{ own, judged: judged.derivative, error: judged.error, noise: judged.noise }];
    });
    const size = sizeOf(node.type.shape);
    const kinked = directions.length - slopes.length;
    return compareSlopes(
      name,
      { slopes, size, kinked, floor: trial.floorOf(node, judge) },
      trial.toleranceOf(judge),
    );
  });
}

/** ⟨∇loss, v⟩ by the generated code and by the judge, who may be off by `error`, and by `noise` in any case. */
interface Slope {
  readonly own: number;
  readonly judged: number;
  readonly error: number;
  readonly noise: number;
}

interface Slopes {
  readonly slopes: readonly Slope[];
  /** Elements of the parameter. */
  readonly size: number;
  /** Directions in which a kink came too close. */
  readonly kinked: number;
  readonly floor: number;
}

/**
 * Leaves out what the judge cannot tell. Noise above the tolerance hides a mistake as well as it feigns one: two losses that
 * rounding makes equal have the slope zero, which a gradient that is forgotten has too. A doubtful estimate speaks for a
 * slope that it is close to, and against none. What is further off than all doubt is wrong in any case.
 */
function compareSlopes(quantity: string, given: Slopes, tolerance: number): Comparison {
  const { slopes, size, kinked } = given;
  const certain = slopes.map(({ judged, noise }) => Math.max(0, Math.abs(judged) - noise));
  const floor = Math.max(given.floor, maximum(certain));
  const allowed = tolerance * (floor || 1);
  const told = slopes.filter(({ own, judged, error, noise }) => {
    const gap = Math.abs(own - judged);
    // Negated, so that a gradient of NaN is told.
    return gap <= allowed ? noise <= allowed : !(gap <= timesOwnError * error);
  });
  const directions = slopes.length + kinked;
  const blurred = slopes.length - told.length;
  const notes = [
    ...(size > fullyJudged ? [`along ${directions} directions of ${size}`] : []),
    ...(kinked > 0 ? [`${kinked} of ${directions} directions skipped: a kink lies within the step`] : []),
    ...(blurred > 0 ? [`${blurred} of ${directions} directions skipped: ${tooCoarse}`] : []),
  ];
  if (told.length === 0)
    return { quantity, skipped: blurred > 0 ? tooCoarse : "a kink lies within the step" };
  return {
    quantity,
    generated: told.map(({ own }) => own),
    judged: told.map(({ judged }) => judged),
    floor,
    ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
  };
}

/** The error of an estimate is an estimate itself. */
const timesOwnError = 10;
const tooCoarse = "the loss is so large beside its slope that rounding hides it";

function derivativeAlong(
  judge: "dual" | "finite-difference",
  { network, point }: Trial,
  node: Node,
  direction: Float64Array,
  values: Values,
): Difference {
  const along = new Map([[node, direction]]);
  if (judge === "finite-difference") return differenceAlong(network.loss, along, point);
  const { tangent } = pushDual(network.loss, along, point, values);
  return { kind: "estimate", derivative: at(tangent, 0), error: 0, noise: 0 };
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

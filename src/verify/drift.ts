import { type Node, reachableFrom } from "../graph/index.ts";
import { Random } from "./data.ts";
import { at } from "./indexing.ts";
import { type Bindings, evaluate } from "./interpreter.ts";
import { type LossAndGradients, tapeGradients } from "./tape.ts";

/** Small enough for errors to grow in proportion, and far above the roundings of doubles. */
const relativeChange = 2 ** -26;

/** Changes of one draw may nearly cancel where those of another do not. */
const draws = 2;

/**
 * For each leaf how far its gradient moves, in its worst element, where every number of both passes errs by a unit roundoff:
 * as a multiple of that, so that it adds to `termSizes`, which take the values of the forward pass for exact. Code that
 * stores h in single precision after it summed h has h − mean(h) ≠ 0 even for one sample. Where a normalisation follows that,
 * what comes back is as near to zero; their product has no error but by those of both passes at once.
 *
 * Stochastic arithmetic (Vignes 1993): each value that the network computes and each adjoint is changed at random, in
 * proportion to itself, and the gradients are compared.
 */
export function driftSizes(
  loss: Node,
  { gradients }: LossAndGradients,
  bindings: Bindings,
): ReadonlyMap<Node, number> {
  const wrt = [...gradients.keys()];
  const sizes = new Map(wrt.map((node) => [node, 0]));
  const [ofValues, ofAdjoints] = [new Random(draws), new Random(draws + 1)];
  const constant = constantsAmong(reachableFrom([loss]), bindings);
  for (let draw = 0; draw < draws; draw += 1) {
    const values = evaluate([loss], bindings, (node, value) =>
      constant.has(node) && value.every(Number.isInteger) ? value : disturbed(node, value, ofValues),
    );
    const adjoint = (value: number): number => nearby(value, ofAdjoints);
    const moved = tapeGradients(loss, wrt, bindings, { values, adjoint }).gradients;
    for (const [node, gradient] of gradients) {
      let size = sizes.get(node) ?? 0;
      moved.get(node)?.forEach((each, k) => {
        const gap = Math.abs(each - at(gradient, k)) / relativeChange;
        size = Math.max(size, Number.isFinite(gap) ? gap : Infinity);
      });
      sizes.set(node, size);
    }
  }
  return sizes;
}

/**
 * What follows from the formulas alone. Whole numbers among it are exact, as the exponent 2 is that a scan spreads over its
 * steps: with another one, a square would have no value.
 */
function constantsAmong(nodes: readonly Node[], { leaves }: Bindings): ReadonlySet<Node> {
  const given: readonly Node["operation"][] = ["input", "parameter", "state", "random"];
  const constant = new Set<Node>();
  for (const node of nodes)
    if (
      !leaves.has(node) &&
      !given.includes(node.operation) &&
      node.inputs.every((each) => constant.has(each))
    )
      constant.add(node);
  return constant;
}

function disturbed(node: Node, value: Float64Array, random: Random): Float64Array {
  const isComputed = node.inputs.length > 0 && node.type.element === "real";
  // An extreme is one of its operands, by which the tape finds who attains it.
  const isChosen =
    node.operation === "reduce" && (node.attributes.kind === "max" || node.attributes.kind === "min");
  if (!isComputed || isChosen) return value;
  return value.map((each) => nearby(each, random));
}

function nearby(value: number, random: Random): number {
  return value * (1 + relativeChange * (2 * random.uniform() - 1));
}

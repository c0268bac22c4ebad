import type { Graph, Node } from "../graph/index.ts";
import { rewrite, type RewriteOptions, type Rewritten } from "./engine.ts";
import { allStabiliseRules, lowerRules, simplifyRules } from "./rules/index.ts";

/**
 * Brings what would overflow or cancel into a form that does not: `log(softmax(x))` becomes `x − logSumExp(x)`. Before
 * differentiating, so that derivatives are of the stable form.
 */
export function stabilise(graph: Graph, roots: readonly Node[]): Rewritten {
  return rewrite(graph, roots, allStabiliseRules, "stabilise", { forward: roots });
}

/**
 * Takes away what need not be computed, and moves constant factors out of the work done per sample. `forward` names the
 * roots that the user's own expressions compute; by default they are found by their origin.
 */
export function simplify(graph: Graph, roots: readonly Node[], options: RewriteOptions = {}): Rewritten {
  return rewrite(graph, roots, simplifyRules, "simplify", options);
}

/** Spells out the operations that have no scalar code of their own, each exponential once. The last pass before lowering. */
export function expandForLowering(graph: Graph, roots: readonly Node[]): Rewritten {
  return rewrite(graph, roots, lowerRules, "expand");
}

import type { RewriteRule } from "../rule.ts";
import { batchRules } from "./batch.ts";
import { constantRules } from "./constants.ts";
import { einsumRules } from "./einsum.ts";
import { expandRules } from "./expand.ts";
import { factorRules } from "./factors.ts";
import { functionRules } from "./functions.ts";
import { linearRules } from "./linear.ts";
import { reductionRules } from "./reductions.ts";
import { selectRules } from "./select.ts";
import { signRules } from "./signs.ts";
import { stabiliseRules } from "./stabilise.ts";
import { sumRules } from "./sums.ts";
import { viewRules } from "./views.ts";

const arithmeticRules = [...factorRules, ...sumRules, ...functionRules];

/** Every rule, by theme. The order within a pass is the order in which rules are tried. */
export const ruleThemes: Readonly<Record<string, readonly RewriteRule[]>> = {
  constants: constantRules,
  signs: signRules,
  arithmetic: arithmeticRules,
  choices: selectRules,
  views: viewRules,
  reductions: reductionRules,
  contractions: einsumRules,
  "linear operations": linearRules,
  "the batch": batchRules,
  stability: stabiliseRules,
  lowering: expandRules,
};

/** Fewer operations, the same value: for the forward pass and for derivatives. */
export const simplifyRules: readonly RewriteRule[] = [
  ...constantRules,
  ...signRules,
  ...selectRules,
  ...viewRules,
  ...reductionRules,
  ...einsumRules,
  ...batchRules,
  ...arithmeticRules,
  ...linearRules,
];

/** Stable forms first, then the simplifications that bring formulas into the form they match. */
export const allStabiliseRules: readonly RewriteRule[] = [...stabiliseRules, ...simplifyRules];

export const lowerRules: readonly RewriteRule[] = expandRules;

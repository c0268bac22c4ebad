import type { Soundness } from "./rule.ts";
import { ruleThemes } from "./rules/index.ts";

const meanings: Readonly<Record<Soundness, string>> = {
  ieee: "bit for bit, for every double: NaN, ±0, ±∞ and subnormals included (one NaN is as good as another)",
  real: "as real functions, wherever the left side is defined; rounding, overflow and the sign of zero may differ",
  finite: "where every value of the left side is finite; tried on derivatives only",
};

/** The text of docs/rules.md, from the rules themselves. */
export function documentRules(): string {
  const themes = Object.entries(ruleThemes).map(([theme, rules]) => {
    const rows = rules.map(
      (rule) =>
        `| ${rule.name} | ${cell(rule.statement)} | ${rule.holds}${rule.derivativeOnly === true ? ", derivatives only" : ""} |`,
    );
    return [
      `## ${theme[0]?.toUpperCase() ?? ""}${theme.slice(1)}`,
      "",
      "| rule | statement | holds |",
      "| --- | --- | --- |",
      ...rows,
      "",
    ];
  });
  return [...introduction, ...themes.flat()].join("\n");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

const introduction: readonly string[] = [
  "# Rewrite rules",
  "",
  "Generated from `src/rewrite/rules/`; `test/rewrite/document.test.ts` checks that it is up to date and, with",
  "`UPDATE_DOCS=1`, writes it.",
  "",
  "Three passes rewrite the tensor graph. `stabilise` runs before differentiating: the rules of stability, and the",
  "simplifications that bring formulas into the form these match. `simplify` runs on the loss and its gradients, and",
  "again on the optimizer's updates: every theme but stability and lowering. `expand` runs last, before lowering.",
  "",
  "Every rule says when it holds, and a property test draws the numbers that this speaks of:",
  "",
  ...Object.entries(meanings).map(([soundness, meaning]) => `- **${soundness}**: ${meaning}.`),
  "",
  "## What is never done",
  "",
  "- No rule makes a number of a NaN that the user's forward pass computes, unless the NaN came of an overflow on the",
  "  way. The four `finite` rules are for the bookkeeping of derivatives: `0·x` and `0/x` appear where a factor of a",
  "  derivative folds to zero and nothing flows, `x − x` where contributions cancel, `(a/b)·b` where a quotient's own",
  "  derivative meets it. They are tried only on nodes that neither the loss nor the prediction depends on, so what a",
  "  person sees computed stays as they wrote it.",
  "- No rule changes the domain by dropping a restriction that a value can meet in the forward pass: `e^log x` is not",
  "  `x`, `(√x)²` is not `x`, and `(x²)^½` is `|x|`.",
  "- No factor that may be infinite moves past a place where a zero is put: `where(w > 0, x/w, 0)` keeps `x/w` inside.",
  "- No rule adds an ε, expands a product, or distributes over a sum.",
  "",
  "## Why it ends",
  "",
  "Each rule either takes an operation away, or moves a sign, a factor or a view one node towards the roots, or is a",
  "definition that nothing folds back. The engine visits each node once a sweep, inputs first, and sweeps at most four",
  "times; a set of rules that undo each other is detected and is our fault, not the user's. Moving the factors of a",
  "derivative outwards may apply one to a larger value than before (`(s·a)·Bᵀ` for `a` smaller than the product); it",
  "pays because they end at the sum over the batch, where they cost one operation a batch instead of one a sample.",
  "",
];

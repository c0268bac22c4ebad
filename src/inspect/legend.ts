import type { Equation, FormulaSheet } from "./formulas.ts";

/** What a sign in a formula's text means. */
interface Sign {
  readonly sign: RegExp;
  readonly meaning: string;
}

const signs: readonly Sign[] = [
  {
    sign: /Σ/,
    meaning: "Σ without an index sums over the samples of the batch, N of them; n is a sample.",
  },
  {
    sign: /⊙/,
    meaning: "⊙ multiplies element by element; functions, powers and fractions apply to each element.",
  },
  // A comparison, or the name of one; [a, b] and [a; b] are other things.
  { sign: /\[[^\],;]* [<>=≤≥≠] |(?<=^|[\s(])\[[\p{L}\d.]+\]/mu, meaning: "[c] is 1 where c holds, else 0." },
  {
    sign: /\b(?:sum|max|min|logSumExp|softmax)[₁-₉]/,
    meaning: "sum₁, max₁, … go along axis 1, sum₂ along axis 2.",
  },
  { sign: /\bbroadcast\(/, meaning: "broadcast(x, […]) repeats x along new axes." },
  {
    sign: /\bwindows\(/,
    meaning: "windows(x, […]) has what windows of that size show, in new axes at the end.",
  },
  {
    sign: /\boverlapAdd\(/,
    meaning: "overlapAdd(x, […]) adds what windows show at the places that they show.",
  },
  {
    sign: /\bpad\(/,
    meaning: "pad(x, …) has x at the places told along each axis, and elsewhere 0 or the number told last.",
  },
  { sign: /\bindex[₁-₉]\(\)/, meaning: "index₁(), index₂(), … are 0, 1, 2, … along that axis." },
  { sign: /𝟏/, meaning: "𝟏 is a vector or matrix of ones." },
];

/** What the signs of a sheet in text mean, for those that occur in it. */
export function legend(sheet: FormulaSheet): readonly string[] {
  const equations = [sheet.loss, ...sheet.gradients, ...sheet.definitions];
  const text = equations.flatMap(({ matrix, index }) => [matrix, index]).join("\n");
  return [
    ...signs.flatMap(({ sign, meaning }) => (sign.test(text) ? [meaning] : [])),
    ...steps(sheet, text),
    ...draws(text),
    ...derivatives(sheet),
  ];
}

function steps({ step = "t" }: FormulaSheet, text: string): readonly string[] {
  const [before, after] = [`x[${step} − 1]`, `x[${step} + 1]`];
  if (!new RegExp(`\\[${step} ?[−+] ?1\\]`).test(text)) return [];
  return [
    `${before} and ${after} are x one step before and after, for each step ${step}; where there is none, 0 if nothing else is told.`,
  ];
}

function draws(text: string): readonly string[] {
  const drawn = [...new Set(text.match(/\b(?:random|draw)\d+\b/g))].sort();
  if (drawn.length === 0) return [];
  return [`${drawn.join(", ")}: numbers spread evenly from 0 to 1, others in each step.`];
}

function derivatives({ definitions }: FormulaSheet): readonly string[] {
  const shared = "up to a factor that all samples share";
  const adjoints = definitions.filter(({ kind }) => kind === "adjoint");
  return [
    ...told(
      definitions.filter(({ errorOf }) => errorOf === "preactivation"),
      ` before activation, ${shared}`,
    ),
    ...told(
      definitions.filter(({ errorOf }) => errorOf === "value"),
      `, ${shared}`,
    ),
    ...told(
      adjoints.filter(({ batched }) => batched),
      ", for each sample",
    ),
    ...told(
      adjoints.filter(({ batched }) => !batched),
      "",
    ),
  ];
}

/** Of many alike, some show how they are called. */
const mostTold = 4;

/** `δh, δy: the derivative of the loss by h, y` */
function told(equations: readonly Equation[], how: string): readonly string[] {
  if (equations.length === 0) return [];
  const names = equations.map(({ name }) => name);
  const list = (each: readonly string[]): string =>
    each.length > mostTold ? `${each.slice(0, mostTold).join(", ")}, …` : each.join(", ");
  return [`${list(names)}: the derivative of the loss by ${list(names.map((name) => name.slice(1)))}${how}.`];
}

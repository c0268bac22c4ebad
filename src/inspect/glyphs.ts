import type { Glyph } from "./formula.ts";

const greek = new Set(
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split(" "),
); // prettier-ignore

/** A user's name as mathematicians set it: `W1` is W₁, `h.weight` is h with the index weight, `δh` is δ with the index h. */
export function glyphOfName(name: string): Glyph {
  if (name.startsWith("δ")) return { text: name, tex: `\\delta_{${texOfName(name.slice(1))}}` };
  return { text: name, tex: texOfName(name) };
}

function texOfName(name: string): string {
  const [head = "", ...owned] = name.split(".");
  const [base = "", ...below] = head.split("_").filter((part) => part !== "");
  const [, stem = base, digits = ""] = /^(.*?)(\d*)$/.exec(base) ?? [];
  const subscripts = [
    ...(stem === "" || digits === "" ? [] : [digits]),
    ...below.map(word),
    ...owned.map(texWord),
  ];
  const letter = word(stem === "" ? digits : stem);
  return subscripts.length === 0 ? letter : `${letter}_{${subscripts.join(",")}}`;
}

function texWord(part: string): string {
  return part.includes("_") || /\d/.test(part) ? texOfName(part) : word(part);
}

/** One letter in italics, a Greek letter by its command, a word upright. */
function word(text: string): string {
  const adjoint = /^d(.+)$/.exec(text)?.[1];
  if (adjoint !== undefined && (adjoint.length === 1 || greek.has(adjoint))) return `d${word(adjoint)}`;
  if (greek.has(text)) return `\\${text}`;
  return /^([A-Za-z]|\d+)$/.test(text) ? text : `\\mathrm{${escapeTex(text)}}`;
}

function escapeTex(text: string): string {
  return text.replace(/[^A-Za-z0-9\u0370-\u03ff]/gu, "\\_");
}

/** `∂L/∂W1` */
export function gradientGlyph(loss: Glyph, parameter: string): Glyph {
  return {
    text: `∂${loss.text}/∂${parameter}`,
    tex: `\\frac{\\partial ${loss.tex}}{\\partial ${texOfName(parameter)}}`,
  };
}

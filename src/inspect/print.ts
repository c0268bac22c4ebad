import { precedence } from "../operations/index.ts";
import type { Coefficient, Formula } from "./formula.ts";

/** How formulas are written: in Unicode, or for LaTeX. */
export type Notation = "text" | "latex";

/** A printed formula, with what its surroundings must know to place it. */
interface Printed {
  readonly text: string;
  readonly precedence: number;
  /** It ends in a big sum, which would swallow a factor that follows. */
  readonly open: boolean;
}

type Kind = Formula["kind"];
type Print = (formula: Formula) => Printed;
type Table = { readonly [K in Kind]: (formula: Extract<Formula, { kind: K }>, print: Print) => Printed };

export function printFormula(formula: Formula, notation: Notation): string {
  return printWith(tables[notation], formula).text;
}

function printWith(table: Table, formula: Formula): Printed {
  const print: Print = (child) => printWith(table, child);
  // The entry under a formula's own kind takes that formula; TypeScript cannot relate the two for a union.
  return (table[formula.kind] as (formula: Formula, print: Print) => Printed)(formula, print);
}

function atom(text: string): Printed {
  return { text, precedence: precedence.atom, open: false };
}

/** In parentheses where it binds more loosely than `least`, or would swallow what follows. */
function enclosed(style: Style, printed: Printed, least: number, last = false): string {
  return printed.precedence < least || (printed.open && !last)
    ? style.parentheses(printed.text)
    : printed.text;
}

/** What the notations do differently. */
interface Style {
  readonly parentheses: (text: string) => string;
  readonly minus: string;
  readonly join: { readonly space: string; readonly hadamard: string; readonly dot: string };
  readonly fraction: (top: Printed, bottom: Printed) => Printed;
  readonly coefficient: (coefficient: Coefficient, print: Print, alone: boolean) => Printed;
  readonly exponent: (exponent: Printed) => string;
  readonly subscript: (indices: string) => string;
  readonly transpose: string;
  readonly root: (body: Printed) => Printed;
  /** A glyph or an operator from a formula. */
  readonly glyph: "text" | "tex";
  /** The arguments of a function. */
  readonly operands: (operands: readonly string[]) => string;
}

function tableOf(style: Style): Table {
  return {
    symbol: ({ glyph }) => atom(glyph[style.glyph]),
    indexed: ({ base, indices }, print) => {
      const inside = indices.map((index) => print(index).text).join(",");
      return atom(`${enclosed(style, print(base), precedence.atom)}[${inside}]`);
    },
    scaled: ({ coefficient, body }, print) => {
      const sign = coefficient.negative ? style.minus : "";
      if (body === undefined) {
        const value = style.coefficient(coefficient, print, true);
        return {
          ...value,
          text: `${sign}${value.text}`,
          precedence: sign === "" ? value.precedence : precedence.negation,
        };
      }
      const printed = print(body);
      const front = style.coefficient(coefficient, print, false);
      // A product of another join needs no parentheses behind a number: 2 a ⊙ b.
      const text = `${front.text}${front.text === "" ? "" : style.join.space}${enclosed(style, printed, precedence.product, true)}`;
      const tight = sign === "" ? precedence.product : precedence.negation;
      return { text: `${sign}${text}`, precedence: tight, open: printed.open };
    },
    sum: ({ terms }, print) => {
      const [first, ...rest] = terms.map((term) => enclosed(style, print(term), precedence.sum, true));
      // A term that begins with its minus sign is subtracted.
      const signed = rest.map((text) =>
        text.startsWith(style.minus) ? ` ${style.minus} ${text.slice(style.minus.length)}` : ` + ${text}`,
      );
      return { text: [first, ...signed].join(""), precedence: precedence.sum, open: false };
    },
    product: ({ join, factors }, print) => {
      const texts = factors.map((factor, position) => {
        const printed = print(factor);
        // Products of different joins do not associate for a reader: (a ⊙ b) xᵀ.
        const mixed = factor.kind === "product" || factor.kind === "fraction";
        const last = position === factors.length - 1;
        return enclosed(
          style,
          printed,
          mixed ? precedence.power : precedence.product + 0.5 - (last ? 0.5 : 0),
          last,
        );
      });
      const last = factors.at(-1);
      const open = last !== undefined && last.kind === "big";
      return { text: texts.join(style.join[join]), precedence: precedence.product, open };
    },
    fraction: ({ top, bottom }, print) => style.fraction(print(top), print(bottom)),
    power: ({ base, exponent }, print) => ({
      text: `${enclosed(style, print(base), precedence.power + 0.5)}${style.exponent(print(exponent))}`,
      precedence: precedence.power,
      open: false,
    }),
    transpose: ({ body }, print) => ({
      text: `${enclosed(style, print(body), precedence.power + 0.5)}${style.transpose}`,
      precedence: precedence.power,
      open: false,
    }),
    root: ({ body }, print) => style.root(print(body)),
    call: ({ name, subscript, operands }, print) =>
      atom(
        `${name[style.glyph]}${style.subscript(subscript)}${style.operands(operands.map((operand) => print(operand).text))}`,
      ),
    fence: ({ open, close, separator, items }, print) =>
      atom(
        `${open[style.glyph]}${items.map((item) => print(item).text).join(separator)}${close[style.glyph]}`,
      ),
    infix: ({ operator, precedence: binding, left, right }, print) => ({
      text: `${enclosed(style, print(left), binding)} ${operator[style.glyph]} ${enclosed(style, print(right), binding + 0.5, true)}`,
      precedence: binding,
      open: false,
    }),
    prefix: ({ operator, body }, print) => ({
      text: `${operator[style.glyph]}${enclosed(style, print(body), precedence.power, true)}`,
      precedence: precedence.negation,
      open: false,
    }),
    big: ({ operator, indices, body }, print) => {
      const printed = print(body);
      const inner = printed.precedence < precedence.product ? style.parentheses(printed.text) : printed.text;
      const text = `${operator[style.glyph]}${style.subscript(indices.join(indices.some((each) => each.length > 1) ? "," : ""))} ${inner}`;
      return { text, precedence: precedence.product, open: true };
    },
  };
}

const superscripts: Readonly<Record<string, string>> = { "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹", "−": "⁻" }; // prettier-ignore

const subscripts: Readonly<Record<string, string>> = { "0": "₀", "1": "₁", "2": "₂", "3": "₃", "4": "₄", "5": "₅", "6": "₆", "7": "₇", "8": "₈", "9": "₉", ",": ",", i: "ᵢ", j: "ⱼ", k: "ₖ", l: "ₗ", m: "ₘ", n: "ₙ", p: "ₚ", r: "ᵣ", s: "ₛ", u: "ᵤ", v: "ᵥ" }; // prettier-ignore

/** The characters one by one, or `undefined` where one of them has no such form. */
function translated(text: string, alphabet: Readonly<Record<string, string>>): string | undefined {
  const characters = Array.from(text, (character) => alphabet[character]);
  return characters.every((character) => character !== undefined) ? characters.join("") : undefined;
}

const textStyle: Style = {
  glyph: "text",
  minus: "−",
  transpose: "ᵀ",
  join: { space: " ", hadamard: " ⊙ ", dot: " · " },
  parentheses: (text) => `(${text})`,
  operands: (operands) => `(${operands.join(", ")})`,
  subscript: (indices) => translated(indices, subscripts) ?? `_{${indices}}`,
  exponent: ({ text, precedence: binding }) =>
    translated(text, superscripts) ?? `^${binding < precedence.atom ? `(${text})` : text}`,
  root: ({ text }) => atom(`sqrt(${text})`),
  fraction: (top, bottom) => ({
    text: `${enclosed(textStyle, top, precedence.product)} / ${enclosed(textStyle, bottom, precedence.power)}`,
    precedence: precedence.product,
    open: false,
  }),
  coefficient: ({ number, above, below }, print, alone) => {
    const [top, bottom] = ratio(number);
    const tops = [
      ...(top === "1" && above.length > 0 ? [] : [top]),
      ...above.map((each) => print(each).text),
    ];
    const bottoms = [...(bottom === "1" ? [] : [bottom]), ...below.map((each) => print(each).text)];
    const over = tops.join(" ");
    if (over === "1" && bottoms.length === 0 && !alone) return atom("");
    if (over === "1" && below.length === 0 && bottom in glyphFractions)
      return atom(glyphFractions[bottom] ?? "");
    if (bottoms.length === 0)
      return tops.length > 1 ? { text: over, precedence: precedence.product, open: false } : atom(over);
    const text = `${over}/${bottoms.length > 1 ? `(${bottoms.join(" ")})` : bottoms.join("")}`;
    return alone ? { text, precedence: precedence.product, open: false } : atom(`(${text})`);
  },
};

const glyphFractions: Readonly<Record<string, string>> = { "2": "½", "4": "¼" };

const texStyle: Style = {
  glyph: "tex",
  minus: "-",
  transpose: "^{\\top}",
  join: { space: " \\, ", hadamard: " \\odot ", dot: " \\cdot " },
  parentheses: (text) => `\\left(${text}\\right)`,
  operands: (operands) => `\\left(${operands.join(", ")}\\right)`,
  subscript: (indices) => (indices === "" ? "" : `_{${indices}}`),
  exponent: ({ text }) => `^{${text}}`,
  root: ({ text }) => atom(`\\sqrt{${text}}`),
  fraction: (top, bottom) => ({
    text: `\\frac{${top.text}}{${bottom.text}}`,
    precedence: precedence.product,
    open: false,
  }),
  coefficient: ({ number, above, below }, print, alone) => {
    const [top, bottom] = ratio(number);
    const tops = [
      ...(top === "1" && above.length > 0 ? [] : [top]),
      ...above.map((each) => print(each).text),
    ];
    const bottoms = [...(bottom === "1" ? [] : [bottom]), ...below.map((each) => print(each).text)];
    if (bottoms.length > 0) return atom(`\\frac{${tops.join(" \\, ")}}{${bottoms.join(" \\, ")}}`);
    const text = tops.join(" \\, ");
    return text === "1" && !alone ? atom("") : atom(texNumber(text));
  },
};

/** A number as a ratio where that reads better than its decimals: 1/2, 1/3, 2/3, but 0.1. */
function ratio(value: number): readonly [string, string] {
  const isLong = String(value).length > 6;
  for (const top of isLong ? [1, 2, 3, 4] : [1]) {
    const bottom = Math.round(top / value);
    const reads = isLong || [2, 4, 8, 16].includes(bottom);
    if (reads && bottom > 1 && bottom <= 1000 && top / bottom === value) return [String(top), String(bottom)];
  }
  return [formatNumber(value), "1"];
}

/** With the shortest digits that give back the number. */
function formatNumber(value: number): string {
  return String(value).replace("e-", "e−").replace("e+", "e");
}

function texNumber(text: string): string {
  return text.replace(/^([\d.]+)e−?(\d+)$/, (_, digits: string, exponent: string) => {
    const sign = text.includes("e−") ? "-" : "";
    return `${digits} \\cdot 10^{${sign}${exponent}}`;
  });
}

const tables: { readonly [N in Notation]: Table } = { text: tableOf(textStyle), latex: tableOf(texStyle) };

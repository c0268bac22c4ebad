import type { MathNode } from "mathjs";
import { type Source, type SourceSpan, invariant } from "../diagnostics/index.ts";
import { decode } from "./mathjs.ts";
import { Problem } from "./problem.ts";
import { type StatementTokens, spanOf } from "./statements.ts";
import type { Token } from "./tokens.ts";
import type { Expression } from "./syntax.ts";

/** A converted node and the tokens it covers. */
export interface Covered {
  readonly expression: Expression;
  readonly first: number;
  readonly last: number;
}

export class Converter {
  readonly #source: Source;
  readonly #tokens: readonly Token[];
  readonly #partner: ReadonlyMap<number, number>;
  readonly #conversions: Readonly<Record<string, Conversion | undefined>>;

  constructor(
    source: Source,
    statement: StatementTokens,
    conversions: Readonly<Record<string, Conversion | undefined>>,
  ) {
    this.#conversions = conversions;
    this.#source = source;
    this.#tokens = statement.tokens;
    this.#partner = statement.partner;
  }

  convert(node: MathNode): Covered {
    const convert = this.#conversions[node.type];
    if (convert === undefined)
      throw this.problem("syntax", 0, this.#tokens.length - 1, `This has no meaning in Nabla.`);
    return convert(this, node);
  }

  span(first: number, last: number): SourceSpan {
    return spanOf(this.#source, this.token(first), this.token(last));
  }

  token(index: number): Token {
    const token = this.#tokens[index];
    invariant(token !== undefined, "a span lies within its statement");
    return token;
  }

  /** The token that a leaf of mathjs's tree stands for. */
  leaf(leaf: unknown): { readonly index: number; readonly token: Token } {
    const decoded = decode(leaf);
    if (decoded.kind === "added") throw this.#withoutToken(leaf);
    return { index: decoded.index, token: this.token(decoded.index) };
  }

  /** mathjs takes a word operator for a name where an operator cannot stand, and completes a range. */
  #withoutToken(leaf: unknown): Problem {
    const word = this.#tokens.findIndex(({ kind, text }) => kind === "name" && text === leaf);
    if (word >= 0) {
      return this.problem(
        "reserved-name",
        word,
        word,
        `${this.token(word).text} is an operator and cannot be a name.`,
        this.token(word).text === "mod"
          ? "for a remainder, write x - n * floor(x / n)"
          : "choose another name",
      );
    }
    const colon = Math.max(
      0,
      this.#tokens.findIndex(({ text }) => text === ":"),
    );
    return this.problem(
      "syntax",
      colon,
      colon,
      "A range needs both its ends, except inside an index.",
      "write 1:n",
    );
  }

  /** Index of the bracket that belongs to the one at `index`. */
  partner(index: number): number {
    const partner = this.#partner.get(index);
    invariant(partner !== undefined, "brackets are matched before parsing");
    return partner;
  }

  /** The closest brackets around the tokens from `first` to `last`. */
  enclosing(first: number, last: number): readonly [number, number] {
    for (let index = first - 1; index >= 0; index -= 1) {
      const close = this.#partner.get(index);
      if (close !== undefined && close > last) return [index, close];
    }
    return [first, last];
  }

  /** The stretches between the commas of the brackets that open at `open`. */
  between(open: number): readonly (readonly [number, number])[] {
    const close = this.partner(open);
    const parts: [number, number][] = [];
    let first = open + 1;
    for (let index = first; index < close; index += 1) {
      const inner = this.#partner.get(index);
      if (inner !== undefined && inner > index) index = inner;
      else if (this.token(index).text === ",") {
        parts.push([first, index - 1]);
        first = index + 1;
      }
    }
    parts.push([first, close - 1]);
    return parts;
  }

  problem(
    code: ConstructorParameters<typeof Problem>[0],
    first: number,
    last: number,
    message: string,
    hint?: string,
  ): Problem {
    return new Problem(code, this.span(first, last), message, hint);
  }
}
/** How one kind of mathjs node becomes syntax. */
export type Conversion = (converter: Converter, node: MathNode) => Covered;

/** `Omit` would merge the union's members. */
type Unplaced<T> = T extends unknown ? Omit<T, "span"> : never;

export function cover(
  converter: Converter,
  first: number,
  last: number,
  bare: Unplaced<Expression>,
): Covered {
  const expression = { ...bare, span: converter.span(first, last) } as Expression; // the span is put back
  return { expression, first, last };
}

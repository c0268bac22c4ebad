/** The width that `.prettierrc.json` of this repository gives its own sources. */
export const lineWidth = 110;

/** One statement and its indentation; the widest nesting that formatting must cope with is counted here. */
export class Lines {
  readonly #lines: string[] = [];
  #indent: string;
  /** Characters of the longest statement, however many lines it takes. */
  longestStatement = 0;
  /** Most parentheses open at once within a statement. */
  deepestNesting = 0;

  constructor(indent = "") {
    this.#indent = indent;
  }

  get count(): number {
    return this.#lines.length;
  }

  /** A statement without line breaks; sums that do not fit are broken before an operator. */
  statement(text: string): void {
    this.longestStatement = Math.max(this.longestStatement, text.length);
    this.deepestNesting = Math.max(this.deepestNesting, nesting(text));
    for (const line of fill(text, this.#indent)) this.#lines.push(line);
  }

  /** Lines that are already laid out, indented by this much more. */
  raw(lines: readonly string[]): void {
    for (const line of lines) this.#lines.push(line === "" ? "" : this.#indent + line);
  }

  /** A TSDoc comment. */
  documentation(text: readonly string[]): void {
    const [only] = text;
    if (text.length === 1 && only !== undefined && only.length < 100) this.raw([`/** ${only} */`]);
    else this.raw(["/**", ...text.map((line) => (line === "" ? " *" : ` * ${line}`)), " */"]);
  }

  /** The lines of `other`, as they are. */
  adopt(other: Lines): void {
    this.longestStatement = Math.max(this.longestStatement, other.longestStatement);
    this.deepestNesting = Math.max(this.deepestNesting, other.deepestNesting);
    for (const line of other.#lines) this.#lines.push(line);
  }

  /** `head(args): returns {`, what `body` writes, `}`; the arguments on lines of their own if they do not fit on one. */
  function(head: string, args: readonly string[], returns: string, body: () => void): void {
    const line = `${head}(${args.join(", ")}): ${returns}`;
    if (this.#indent.length + line.length + 2 <= lineWidth) {
      this.block(line, body);
    } else {
      this.raw([`${head}(`, ...args.map((argument) => `  ${argument},`)]);
      this.block(`): ${returns}`, body);
    }
  }

  /** `head {`, what `body` writes, `}`. */
  block(head: string, body: () => void): void {
    this.#lines.push(`${this.#indent}${head} {`);
    const outer = this.#indent;
    this.#indent += "  ";
    body();
    this.#indent = outer;
    this.#lines.push(`${this.#indent}}`);
  }

  toString(): string {
    return this.#lines.join("\n");
  }
}

// Before a binary operator, or after a comma: a line break there never ends the statement.
const breakable = / (?=(?:[-+*/?:<>]|[<>]=|[!=]==|&&|\|\|) )|(?<=,) /;

/** A part that a line would rather not begin with: it splits a product. */
const tight = /^[*/]/;

/** Breaks a long statement into lines as full as they can be, between the terms of a sum rather than inside a product. */
function fill(text: string, indent: string): readonly string[] {
  if (indent.length + text.length <= lineWidth) return [indent + text];
  const lines: string[] = [];
  let parts: string[] = [];
  let start = indent;
  for (const part of text.split(breakable)) {
    parts.push(part);
    if (widthOf(start, parts) <= lineWidth || parts.length === 1) continue;
    const loose = parts.findLastIndex((each, k) => k > 0 && !tight.test(each));
    const end = loose > 0 ? loose : parts.length - 1;
    lines.push(start + parts.slice(0, end).join(" "));
    parts = parts.slice(end);
    start = `${indent}  `;
  }
  return [...lines, start + parts.join(" ")];
}

function widthOf(start: string, parts: readonly string[]): number {
  return parts.reduce((sum, part) => sum + part.length, start.length + parts.length - 1);
}

function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if (character === "(") depth++;
    else if (character === ")") depth--;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

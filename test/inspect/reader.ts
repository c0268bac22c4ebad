/**
 * Reads formulas in index notation back and evaluates them, so that tests can hold them against the interpreter. It knows
 * nothing of how they were printed but the notation: Σₙ, juxtaposition, fractions, powers, `[condition]`, `name[n,i]`.
 */

/** A named value with its axes, the batch first where there is one; integers are labels counted from 1. */
export interface Value {
  readonly extents: readonly number[];
  readonly data: ArrayLike<number>;
}

type Letters = Map<string, number>;
type Evaluate = (letters: Letters) => number;

const subscripts = "ᵢⱼₖₗₘₙₚᵣₛᵤᵥ";
const plain = "ijklmnprsuv";
const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const functions: Readonly<Record<string, (...operands: number[]) => number>> = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  sin: Math.sin,
  cos: Math.cos,
  sign: Math.sign,
  sqrt: Math.sqrt,
  softplus: (x) => Math.log1p(Math.exp(x)),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  max: Math.max,
  min: Math.min,
  where: (condition, a, b) => (condition ? a : b),
};

/**
 * The value of which `left = right` tells the elements. Each is computed when it is asked for: what a recurrence gives
 * depends on itself, one step before. All that the formula mentions has to be in `values` by then.
 */
export function readEquation(
  left: string,
  right: string,
  extents: readonly number[],
  values: ReadonlyMap<string, Value>,
): Value {
  const letters = /\[(.*)\]$/.exec(left)?.[1]?.split(",") ?? [];
  const length = extents.reduce((product, extent) => product * extent, 1);
  const known = new Map<number, number>();
  let evaluate: Evaluate | undefined;
  const elementAt = (offset: number): number => {
    const bound: Letters = new Map();
    let rest = offset;
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      const extent = extents[axis] ?? 1;
      bound.set(letters[axis] ?? "", (rest % extent) + 1);
      rest = Math.floor(rest / extent);
    }
    evaluate ??= new Reader(right, values).whole();
    const found = known.get(offset) ?? evaluate(bound);
    known.set(offset, found);
    return found;
  };
  const data = new Proxy<{ readonly length: number; readonly [offset: number]: number }>(
    { length },
    {
      get: (target, key) => {
        const offset = typeof key === "string" ? Number(key) : NaN;
        return offset >= 0 && offset < length ? elementAt(offset) : (Reflect.get(target, key) as unknown);
      },
    },
  );
  return { extents, data };
}

class Reader {
  readonly #text: string;
  readonly #values: ReadonlyMap<string, Value>;
  /** The letters of the sums around the place that is read, and the extents of what they index. */
  readonly #sums: Map<string, number>[] = [];
  #at = 0;

  constructor(text: string, values: ReadonlyMap<string, Value>) {
    this.#text = text;
    this.#values = values;
  }

  whole(): Evaluate {
    const result = this.#condition();
    if (this.#at !== this.#text.length) throw new Error(`cannot read "${this.#text}" from ${this.#at}`);
    return result;
  }

  #peek(token: string): boolean {
    return this.#text.startsWith(token, this.#at);
  }

  #take(token: string): boolean {
    if (!this.#peek(token)) return false;
    this.#at += token.length;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw new Error(`expected "${token}" at ${this.#at} of "${this.#text}"`);
  }

  /** Comparisons may chain: 1 ≤ i ≤ 3. */
  #condition(): Evaluate {
    const operands = [this.#sum()];
    const tests: ((a: number, b: number) => boolean)[] = [];
    for (;;) {
      if (this.#take(" < ")) tests.push((a, b) => a < b);
      else if (this.#take(" > ")) tests.push((a, b) => a > b);
      else if (this.#take(" ≤ ")) tests.push((a, b) => a <= b);
      else if (this.#take(" ≥ ")) tests.push((a, b) => a >= b);
      else if (this.#take(" = ")) tests.push((a, b) => a === b);
      else if (this.#take(" ≠ ")) tests.push((a, b) => a !== b);
      else break;
      operands.push(this.#sum());
    }
    const [first] = operands;
    if (tests.length === 0 && first !== undefined) return first;
    return (letters) => {
      const found = operands.map((operand) => operand(letters));
      return tests.every((test, k) => test(found[k] ?? NaN, found[k + 1] ?? NaN)) ? 1 : 0;
    };
  }

  #sum(): Evaluate {
    const terms = [this.#signed()];
    for (;;) {
      if (this.#take(" + ")) terms.push(this.#term());
      else if (this.#take(" − ")) {
        const term = this.#term();
        terms.push((letters) => -term(letters));
      } else break;
    }
    return (letters) => terms.reduce((total, term) => total + term(letters), 0);
  }

  #signed(): Evaluate {
    if (!this.#take("−")) return this.#term();
    const term = this.#term();
    return (letters) => -term(letters);
  }

  /** Factors side by side, and what they are divided by. */
  #term(): Evaluate {
    const factors = [this.#factor()];
    while (/^ (?![+−/<>=≤≥≠])/.test(this.#text.slice(this.#at))) {
      this.#at += 1;
      factors.push(this.#factor());
    }
    const top: Evaluate = (letters) => factors.reduce((total, factor) => total * factor(letters), 1);
    if (!this.#take(" / ") && !this.#take("/")) return top;
    const bottom = this.#factor();
    return (letters) => top(letters) / bottom(letters);
  }

  #factor(): Evaluate {
    const base = this.#atom();
    let exponent = "";
    while (superscripts.includes(this.#text[this.#at] ?? "?")) {
      exponent += String(superscripts.indexOf(this.#text[this.#at] ?? ""));
      this.#at += 1;
    }
    if (exponent !== "") return (letters) => base(letters) ** Number(exponent);
    if (!this.#take("^")) return base;
    const power = this.#atom();
    return (letters) => base(letters) ** power(letters);
  }

  #atom(): Evaluate {
    const big = /^(Σ|max|min)([ᵢⱼₖₗₘₙₚᵣₛᵤᵥ]+) /.exec(this.#text.slice(this.#at));
    if (big !== null) return this.#big(big[0], big[1] ?? "", big[2] ?? "");
    if (this.#take("¬")) {
      const negated = this.#atom();
      return (letters) => (negated(letters) === 0 ? 1 : 0);
    }
    if (this.#take("½")) return () => 0.5;
    if (this.#take("¼")) return () => 0.25;
    if (this.#take("∞")) return () => Infinity;
    if (this.#take("(")) return this.#enclosed(")");
    if (this.#take("[")) return this.#bracket();
    if (this.#take("|")) {
      const inside = this.#enclosed("|");
      return (letters) => Math.abs(inside(letters));
    }
    const word = /^(\d[\d.]*(e−?\d+)?|[\p{L}∂][\p{L}\d_.∂/]*)/u.exec(this.#text.slice(this.#at))?.[0];
    if (word === undefined) throw new Error(`cannot read "${this.#text}" at ${this.#at}`);
    this.#at += word.length;
    if (/^\d/.test(word)) return () => Number(word.replace("−", "-"));
    if (word === "reshape") return this.#reshaped();
    if (this.#take("(")) return this.#call(word);
    return this.#element(word);
  }

  #enclosed(close: string): Evaluate {
    const inside = this.#condition();
    this.#expect(close);
    return inside;
  }

  /** `[1 ≤ i ≤ 3]` tells how far i goes. */
  #bracket(): Evaluate {
    const start = this.#at;
    const inside = this.#enclosed("]");
    const text = this.#text.slice(start, this.#at - 1);
    const [, letter = "", last = ""] =
      /^\d+ ≤ (\w+) ≤ (\d+)$/.exec(text) ?? /^(\w+) = (\d+)$/.exec(text) ?? [];
    if (last !== "") this.#learn(letter, Number(last));
    return inside;
  }

  #list(close: string): readonly Evaluate[] {
    const items = [this.#condition()];
    while (this.#take(", ") || this.#take(",")) items.push(this.#condition());
    this.#expect(close);
    return items;
  }

  #call(name: string): Evaluate {
    const operands = this.#list(")");
    const f = functions[name];
    if (f === undefined) throw new Error(`unknown function ${name}`);
    return (letters) => f(...operands.map((operand) => operand(letters)));
  }

  /** `reshape(x, [2, 3])[n,i,j]` */
  #reshaped(): Evaluate {
    const [, name = "", shape = ""] = /^\((.*?), \[(.*?)\]\)/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += `(${name}, [${shape}])`.length;
    const value = this.#values.get(name);
    if (value === undefined) throw new Error(`unknown name ${name}`);
    const own = shape.split(", ").map(Number);
    const size = own.reduce((product, extent) => product * extent, 1);
    const batch = value.data.length / size;
    return this.#element(name, { data: value.data, extents: batch > 1 ? [batch, ...own] : own });
  }

  #element(name: string, value = this.#values.get(name)): Evaluate {
    // A letter is a value too: i in [i = 2] and in x[i + 1].
    if (value === undefined) return (letters) => this.#letter(name, letters);
    if (!this.#take("[")) return () => value.data[0] ?? NaN;
    const start = this.#at;
    const indices = this.#list("]");
    const texts = this.#text.slice(start, this.#at - 1).split(",");
    if (texts.length === indices.length) texts.forEach((text, axis) => { this.#learn(text, value.extents[axis] ?? NaN); }); // prettier-ignore
    return (letters) => {
      const offset = indices.reduce((linear, index, axis) => {
        const place = index(letters);
        const inside = place >= 1 && place <= (value.extents[axis] ?? 0);
        return linear * (value.extents[axis] ?? NaN) + (inside ? place - 1 : NaN);
      }, 0);
      // Outside of a value there is only what a bracket takes away.
      return value.data[offset] ?? 0;
    };
  }

  #letter(name: string, letters: Letters): number {
    const found = letters.get(name);
    if (found === undefined) throw new Error(`unknown name ${name} in "${this.#text}"`);
    return found;
  }

  #learn(letter: string, extent: number): void {
    const sum = this.#sums.findLast((each) => each.has(letter));
    const known = sum?.get(letter) ?? NaN;
    sum?.set(letter, Number.isNaN(known) ? extent : Math.max(known, extent));
  }

  #big(head: string, operator: string, indices: string): Evaluate {
    this.#at += head.length;
    const letters = Array.from(indices, (index) => plain[subscripts.indexOf(index)] ?? "");
    const extents = new Map(letters.map((letter) => [letter, NaN]));
    this.#sums.push(extents);
    const body = this.#term();
    this.#sums.pop();
    return (outer) => {
      let elements: readonly Letters[] = [outer];
      for (const [letter, extent] of extents) {
        if (Number.isNaN(extent)) throw new Error(`how far does ${letter} go in "${this.#text}"?`);
        elements = elements.flatMap((known) =>
          Array.from({ length: extent }, (_, k) => new Map([...known, [letter, k + 1]])),
        );
      }
      const found = elements.map(body);
      if (operator === "Σ") return found.reduce((total, each) => total + each, 0);
      return operator === "max" ? Math.max(...found) : Math.min(...found);
    };
  }
}

/** Words that TypeScript keeps for itself, in any position of a strict module, and those that read as if it did. */
const reservedWords = `
  abstract any arguments as asserts async await bigint boolean break case catch class const constructor continue
  debugger declare default delete do else enum eval export extends false finally for from function get if implements
  import in infer instanceof interface is keyof let module namespace never new null number object of package private
  protected public readonly require return satisfies set static string super switch symbol this throw true try type
  typeof undefined unique unknown using var void while with yield
`;

/** Globals that generated code reads: no name of the user's may hide them. */
const globals = `
  AbortSignal Array ArrayBuffer Boolean DataView Error Float32Array Float64Array Infinity Int32Array JSON Map Math NaN Number
  Object RangeError Set String SyntaxError TypeError Uint32Array Uint8Array console exports globalThis isFinite isNaN
  process self window __proto__ hasOwnProperty prototype toString valueOf
`;

const unavailable: ReadonlySet<string> = new Set(`${reservedWords} ${globals}`.trim().split(/\s+/));

/**
 * The one way from a name in a network file to an identifier in source text. Dots become underscores (`h.weight` is
 * `h_weight`); whatever ECMAScript does not allow in an identifier becomes an underscore.
 */
export function mangle(name: string): string {
  const allowed = name.replace(/[^\p{ID_Continue}$]/gu, "_");
  return /^[\p{ID_Start}$_]/u.test(allowed) ? allowed : `_${allowed}`;
}

/**
 * The identifiers of one scope. Equal keys give equal identifiers; different keys never share one, however alike the
 * names that they were made from.
 */
export class Scope {
  readonly #taken: Set<string>;
  readonly #identifiers = new Map<string, string>();
  /** For a name that several keys asked for, the number to try next: nothing taken is ever given back. */
  readonly #nextNumbers = new Map<string, number>();

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** A scope inside this one: it sees (and may not hide) everything taken here so far, except `hideable`. */
  inner(hideable: Iterable<string> = []): Scope {
    const scope = new Scope(this.#taken);
    for (const name of hideable) scope.#taken.delete(name);
    return scope;
  }

  /** The identifier of `key`, made from `name` at the first call: `h`, then `h_2`, `h_3`, …; `class_` for a reserved word. */
  declare(key: string, name: string): string {
    const known = this.#identifiers.get(key);
    if (known !== undefined) return known;
    const mangled = mangle(name);
    const wanted = unavailable.has(mangled) ? `${mangled}_` : mangled;
    let identifier = wanted;
    let n = this.#nextNumbers.get(wanted) ?? 2;
    for (; this.#taken.has(identifier); n++) identifier = `${wanted}_${n}`;
    this.#nextNumbers.set(wanted, n);
    this.#taken.add(identifier);
    this.#identifiers.set(key, identifier);
    return identifier;
  }

  /** Keeps `name` from being given to anything else. */
  reserve(...names: readonly string[]): void {
    for (const name of names) this.#taken.add(name);
  }
}

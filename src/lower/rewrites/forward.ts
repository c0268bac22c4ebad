import { type Affine, type Buffer, type Expression, type Statement, affineKey } from "../../program/index.ts";
import { elementName, type NameSupply } from "../names.ts";
import { simplifyExpression } from "./simplify.ts";
import { type Store, mapExpression, mapOwnExpressions, visitAccesses } from "../traverse.ts";

/** What is known to lie in memory: for each buffer, by the moving part of the offset and its constant part. */
type Known = Map<string, { readonly moving: string; readonly values: Map<number, Expression> }>;

/**
 * Lets a load take the value that was last stored at its place, without going through memory. Stored values get locals
 * named after the element: `h_2` for `h[2]`. Looks through straight-line code; a loop forgets what it stores. Loads of
 * `rounded` buffers stay.
 */
export function forwardStores(
  statements: readonly Statement[],
  buffers: readonly Buffer[],
  names: NameSupply,
  rounded: ReadonlySet<string> = new Set(),
): readonly Statement[] {
  const shapes = new Map(buffers.map((buffer) => [buffer.name, buffer]));
  return new Forwarder(shapes, names, rounded).block(statements, new Map());
}

class Forwarder {
  readonly #buffers: ReadonlyMap<string, Buffer>;
  readonly #names: NameSupply;
  readonly #rounded: ReadonlySet<string>;
  /** The locals that were ever known to lie in memory; an assignment to any other makes nothing unknown. */
  readonly #stored = new Set<string>();

  constructor(buffers: ReadonlyMap<string, Buffer>, names: NameSupply, rounded: ReadonlySet<string>) {
    this.#buffers = buffers;
    this.#names = names;
    this.#rounded = rounded;
  }

  block(statements: readonly Statement[], known: Known): readonly Statement[] {
    const result: Statement[] = [];
    for (const statement of statements) {
      if (statement.kind === "loop") {
        this.#forgetStoredIn(statement.body, known);
        result.push({ ...statement, body: this.block(statement.body, readIn(statement.body, known)) });
      } else if (statement.kind === "piece") {
        // Locals do not cross the border of a piece.
        result.push({ ...statement, body: this.block(statement.body, new Map()) });
        this.#forgetStoredIn(statement.body, known);
      } else {
        // What an element grows by is not rounded on the way.
        const own = statement.kind === "store" ? statement.buffer : undefined;
        const replaced = mapOwnExpressions(statement, (value) => this.#replaceLoads(value, known, own));
        if (replaced.kind === "store") this.#store(replaced, known, result);
        else if (replaced.kind === "assign") {
          this.#forgetLocal(replaced.name, known);
          result.push(replaced);
        } else result.push(replaced);
      }
    }
    return result;
  }

  #store(store: Store, known: Known, result: Statement[]): void {
    const before = store.accumulate ? lookUp(store.buffer, store.offset, known) : undefined;
    if (store.accumulate && before === undefined) {
      known.delete(store.buffer);
      result.push(store);
      return;
    }
    const sum: Expression =
      before === undefined
        ? store.value
        : simplifyExpression({ kind: "apply", operation: "add", operands: [before, store.value] });
    // Single precision rounds what is stored; arithmetic goes on in double either way.
    const value = this.#named(sum, store, result);
    if (value.kind === "local") this.#stored.add(value.name);
    remember(store.buffer, store.offset, value, known);
    result.push({ ...store, value, accumulate: false });
  }

  #replaceLoads(expression: Expression, known: Known, own: string | undefined): Expression {
    return mapExpression(expression, (part) =>
      part.kind === "load" && (part.buffer === own || !this.#rounded.has(part.buffer))
        ? (lookUp(part.buffer, part.offset, known) ?? part)
        : part,
    );
  }

  #named(value: Expression, store: Store, result: Statement[]): Expression {
    if (value.kind === "local" || value.kind === "number") return value;
    const buffer = this.#buffers.get(store.buffer);
    const name = this.#names.claim(elementName(store.buffer, buffer, store.offset));
    result.push({ kind: "let", name, value, mutable: false });
    return { kind: "local", name };
  }

  #forgetLocal(name: string, known: Known): void {
    if (!this.#stored.has(name)) return;
    for (const { values } of known.values()) {
      for (const [place, value] of values)
        if (value.kind === "local" && value.name === name) values.delete(place);
    }
  }

  #forgetStoredIn(statements: readonly Statement[], known: Known): void {
    if (known.size === 0) return;
    visitAccesses(statements, ({ kind, buffer }) => {
      if (kind !== "load") known.delete(buffer);
    });
    for (const statement of statements) {
      if (statement.kind === "assign") this.#forgetLocal(statement.name, known);
      else if (statement.kind === "loop") this.#forgetStoredIn(statement.body, known);
    }
  }
}

function movingPart({ terms }: Affine): string {
  return affineKey({ constant: 0, terms });
}

function lookUp(buffer: string, offset: Affine, known: Known): Expression | undefined {
  const entry = known.get(buffer);
  return entry?.moving === movingPart(offset) ? entry.values.get(offset.constant) : undefined;
}

/** Offsets that differ by a constant are different places; nothing is known of others. */
function remember(buffer: string, offset: Affine, value: Expression, known: Known): void {
  const moving = movingPart(offset);
  let entry = known.get(buffer);
  if (entry?.moving !== moving)
    known.set(buffer, (entry = { moving, values: new Map<number, Expression>() }));
  entry.values.set(offset.constant, value);
}

/**
 * What is known of the memory that a loop reads, without the rest: copied for each loop, all that is known would make n
 * loops cost n². The loop changes none of it, because what it stores has been forgotten before.
 */
function readIn(body: readonly Statement[], known: Known): Known {
  const read: Known = new Map();
  visitAccesses(body, ({ buffer }) => {
    const entry = known.get(buffer);
    if (entry !== undefined) read.set(buffer, entry);
  });
  return read;
}

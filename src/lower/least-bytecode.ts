import {
  type Affine,
  affineKey,
  type Buffer,
  type Expression,
  type ScalarOperation,
  type Statement,
  type Store,
} from "../program/index.ts";
import { bytes, ofIndex } from "./predict.ts";
import { visitAccesses } from "./traverse.ts";

/**
 * Bytes of bytecode that straight-line code takes at least, whatever is still shared, folded, dropped or kept in locals:
 * never more than `predictBytecode` of what `condensingSteps` make of it. Stores to the caller's memory stay,
 * and so does what they need, as far as it is certain to be a value of its own:
 *
 * - a load of the caller's memory before anything is stored there, once for each place;
 * - an operation on certain values that no rewrite can fold, once for each operation and operands.
 *
 * Of everything else, only what it needs is counted, and not even that where folding may drop it.
 */
export function leastBytecode(statements: readonly Statement[], buffers: readonly Buffer[]): number {
  const survey = new Survey(buffers);
  survey.block(statements, false);
  return leastOf(survey.roots());
}

interface Value {
  /** Whether it stays as one value of its own. */
  readonly certain: boolean;
  /** `neutral`: 0, 1 or an infinity, which some operations return the other operand for. */
  readonly kind: "apply" | "number" | "neutral" | "other";
  /** What it takes at least, besides a place among an operation's operands. */
  readonly bytes: number;
  /** Operands of it, each another operation, or a local, a number or a load. */
  readonly slots: number;
  readonly needs: readonly Value[];
}

/** Nothing is known of it but what it needs. */
function uncertain(needs: readonly Value[]): Value {
  return { certain: false, kind: "other", bytes: 0, slots: 0, needs };
}

/** An operation stands among the operands of at most one other; every other operand takes bytes of its own. */
function leastOf(roots: readonly Value[]): number {
  const seen = new Set(roots);
  let [sum, slots, applies] = [0, 0, 0];
  for (const value of seen) {
    sum += value.bytes;
    slots += value.slots;
    if (value.certain && value.kind === "apply") applies += 1;
    for (const need of value.needs) seen.add(need); // the loop comes to them, too
  }
  return Math.floor(sum + bytes.number * Math.max(0, slots - applies));
}

/** Operations that may fold where either operand is neutral; of others, the first may be a sum's first value. */
const folding: ReadonlySet<ScalarOperation> = new Set(["multiply", "divide", "subtract", "and", "or"]);

class Survey {
  /** The memory of the caller's. */
  readonly #callers: ReadonlySet<string>;
  readonly #values = new Map<string, Value>();
  readonly #numbers = new Map<Value, number>();
  readonly #locals = new Map<string, Value>();
  readonly #accumulators = new Map<string, Value[]>();
  /** What was stored last at each place of a buffer. */
  readonly #places = new Map<string, Map<string, Value>>();
  /** Buffers stored to at places unknown. */
  readonly #unsettled = new Set<string>();
  readonly #stores = new Map<string, Value>();
  #result: Value | undefined;

  constructor(buffers: readonly Buffer[]) {
    const isCallers = ({ role }: Buffer): boolean => role !== "scratch" && role !== "constant";
    this.#callers = new Set(buffers.filter(isCallers).map(({ name }) => name));
  }

  roots(): readonly Value[] {
    return [...this.#stores.values(), ...(this.#result === undefined ? [] : [this.#result])];
  }

  block(statements: readonly Statement[], inLoop: boolean): void {
    for (const statement of statements) this.#statement(statement, inLoop);
  }

  #statement(statement: Statement, inLoop: boolean): void {
    switch (statement.kind) {
      case "loop":
      case "when":
      case "piece":
        // What it stores, an earlier iteration may have stored, or no one.
        visitAccesses(statement.body, ({ kind, buffer }) => {
          if (kind !== "load") this.#forget(buffer);
        });
        this.block(statement.body, true);
        return;
      case "comment":
        return;
      case "let": {
        const value = this.#value(statement.value);
        if (!statement.mutable) this.#locals.set(statement.name, value);
        else {
          const summands: Value[] = [];
          this.#accumulators.set(statement.name, summands);
          this.#locals.set(statement.name, uncertain(summands));
        }
        return;
      }
      case "assign": {
        const value = this.#value(statement.value);
        // What does not build on the old value may make it superfluous.
        const own = this.#locals.get(statement.name);
        if (own !== undefined && value.needs.includes(own))
          this.#accumulators.get(statement.name)?.push(value);
        return;
      }
      case "store":
        this.#store(statement, inLoop);
        return;
      case "return": {
        const value = this.#value(statement.value);
        this.#result = { ...uncertain([value]), bytes: bytes.statement, slots: 1 };
      }
    }
  }

  #store(store: Store, inLoop: boolean): void {
    const { buffer, offset, accumulate } = store;
    const value = this.#value(store.value);
    const key = placeKey(offset);
    const known = this.#places.get(buffer)?.get(key);
    const before = accumulate && known !== undefined ? [known] : [];
    // In a loop, `+=` stays one, or becomes an assignment to a local that is declared before and stored after.
    const own = inLoop && accumulate ? bytes.access : 0;
    const stored: Value = { ...uncertain([value, ...before]), bytes: own };
    if (offset.terms.length > 0) this.#forget(buffer);
    const places = this.#places.get(buffer) ?? new Map<string, Value>();
    this.#places.set(buffer, places.set(key, stored));
    if (!this.#callers.has(buffer)) return;
    const place = `${buffer}[${key}]`;
    const earlier = this.#stores.get(place);
    this.#stores.set(place, {
      ...uncertain([stored, ...((accumulate ? earlier?.needs : undefined) ?? [])]),
      bytes: bytes.access + bytes.statement + ofIndex(offset),
      slots: 1,
    });
  }

  #forget(buffer: string): void {
    this.#places.delete(buffer);
    this.#unsettled.add(buffer);
  }

  #value(expression: Expression): Value {
    switch (expression.kind) {
      case "number":
        return this.#number(expression.value);
      case "local":
        return this.#locals.get(expression.name) ?? uncertain([]);
      case "load":
        return this.#load(expression.buffer, expression.offset);
      case "index":
      case "inRange":
      case "random":
        return uncertain([]);
      case "batchSize":
      case "step":
        return this.#known(expression.kind, () => ({ ...uncertain([]), certain: true }));
      case "apply":
        return this.#apply(
          expression.operation,
          expression.operands.map((operand) => this.#value(operand)),
        );
    }
  }

  #load(buffer: string, offset: Affine): Value {
    const key = placeKey(offset);
    const stored = this.#places.get(buffer)?.get(key);
    if (stored !== undefined) return uncertain([stored]);
    if (this.#unsettled.has(buffer) || !this.#callers.has(buffer)) return uncertain([]);
    // Its place among operands is counted where it is used.
    const own = bytes.access - bytes.number + ofIndex(offset);
    return this.#known(`${buffer}[${key}]`, () => ({ ...uncertain([]), certain: true, bytes: own }));
  }

  #number(value: number): Value {
    const kind = value === 0 || value === 1 || Math.abs(value) === Infinity ? "neutral" : "number";
    return this.#known(`number ${value}`, () => ({ ...uncertain([]), certain: true, kind }));
  }

  #apply(operation: ScalarOperation, operands: readonly Value[]): Value {
    if (!operands.every(({ certain }) => certain) || mayFold(operation, operands)) {
      return uncertain(surviving(operation, operands));
    }
    // More is taken for equal here than is: operands in any order.
    const numbers = operands.map((operand) => this.#numberOf(operand)).sort((a, b) => a - b);
    return this.#known(`${operation} ${numbers.join(" ")}`, () => ({
      certain: true,
      kind: "apply",
      bytes: bytes.operation,
      slots: operands.length,
      needs: operands,
    }));
  }

  #known(key: string, make: () => Value): Value {
    const known = this.#values.get(key) ?? make();
    this.#values.set(key, known);
    return known;
  }

  #numberOf(value: Value): number {
    const number = this.#numbers.get(value) ?? this.#numbers.size;
    this.#numbers.set(value, number);
    return number;
  }
}

function isNumber(value: Value | undefined): boolean {
  return value?.kind === "number" || value?.kind === "neutral";
}

function mayFold(operation: ScalarOperation, operands: readonly Value[]): boolean {
  if (operation === "abs") return true; // `shareExponentials` writes e^−|z| another way
  if (operands.every(isNumber)) return true;
  // A choice between numbers may have another number added to both.
  if (operation === "select") return isNumber(operands[0]) || operands.slice(1).every(isNumber);
  if (operation === "add" && isNumber(operands[0])) return true;
  const decisive = folding.has(operation) ? operands : operands.slice(0, 1);
  return decisive.some(({ kind }) => kind === "neutral");
}

/** The operands that stay whatever the others turn out to be. */
function surviving(operation: ScalarOperation, operands: readonly Value[]): readonly Value[] {
  if (operation === "select") return operands.slice(0, 1);
  return operation === "and" || operation === "or" ? [] : operands;
}

function placeKey(offset: Affine): string {
  return offset.terms.length === 0 ? String(offset.constant) : affineKey(offset);
}

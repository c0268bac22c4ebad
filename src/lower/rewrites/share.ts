import {
  type Affine,
  type Buffer,
  type Expression,
  type ScalarOperation,
  type Statement,
  affineKey,
} from "../../program/index.ts";
import { elementName, type NameSupply } from "../names.ts";
import { mapExpression, visitAccesses, visitStatements } from "../traverse.ts";

const commutative: ReadonlySet<ScalarOperation> = new Set([
  "add",
  "multiply",
  "equal",
  "notEqual",
  "and",
  "or",
]);

/**
 * Computes each value once: gives every operation and load a local, and lets equal ones share it (value numbering).
 * `inlineSingleUse` then takes away the locals that nobody shares.
 */
export function shareSubexpressions(
  statements: readonly Statement[],
  buffers: readonly Buffer[],
  names: NameSupply,
): readonly Statement[] {
  return new Sharer(buffers, names).block(statements, undefined);
}

type Load = Extract<Expression, { kind: "load" }>;

/** The values at hand in a block and the blocks around it. */
class Scope {
  readonly #outer: Scope | undefined;
  readonly #locals = new Map<string, string>();

  constructor(outer: Scope | undefined) {
    this.#outer = outer;
  }

  find(key: string): string | undefined {
    const name = this.#locals.get(key);
    return name ?? this.#outer?.find(key);
  }

  add(key: string, name: string): void {
    this.#locals.set(key, name);
  }
}

class Sharer {
  readonly #buffers: ReadonlyMap<string, Buffer>;
  readonly #names: NameSupply;
  /** What a local is another name for. */
  readonly #same = new Map<string, Expression>();
  /** How often a buffer or an accumulator has changed: loads of different versions differ. */
  readonly #versions = new Map<string, number>();
  readonly #mutable = new Set<string>();

  constructor(buffers: readonly Buffer[], names: NameSupply) {
    this.#buffers = new Map(buffers.map((buffer) => [buffer.name, buffer]));
    this.#names = names;
  }

  block(statements: readonly Statement[], outer: Scope | undefined): readonly Statement[] {
    const scope = new Scope(outer);
    const result: Statement[] = [];
    for (const statement of statements) this.#statement(statement, scope, result);
    return result;
  }

  #statement(statement: Statement, scope: Scope, result: Statement[]): void {
    switch (statement.kind) {
      case "loop":
      case "when":
      case "piece": {
        this.#changeAllIn(statement.body);
        // Locals do not cross the border of a piece.
        const body = this.block(statement.body, statement.kind === "piece" ? undefined : scope);
        this.#changeAllIn(statement.body);
        result.push({ ...statement, body });
        return;
      }
      case "comment":
        result.push(statement);
        return;
      case "let":
        if (statement.mutable) {
          this.#mutable.add(statement.name);
          result.push({ ...statement, value: this.#operand(statement.value, statement.name, scope, result) });
        } else this.#same.set(statement.name, this.#named(statement.value, statement.name, scope, result));
        return;
      case "assign": {
        const value = this.#shallow(statement.value, statement.name, scope, result);
        this.#change(statement.name);
        result.push({ ...statement, value });
        return;
      }
      case "store": {
        const value = this.#operand(statement.value, statement.buffer, scope, result);
        this.#changePlace(statement.buffer, statement.offset);
        result.push({ ...statement, value });
        return;
      }
      case "return":
        result.push({ ...statement, value: this.#operand(statement.value, "result", scope, result) });
    }
  }

  /** The value as a local that bears `name`, or as what holds it already. */
  #named(value: Expression, name: string, scope: Scope, result: Statement[]): Expression {
    const shallow = this.#shallow(value, name, scope, result);
    if (shallow.kind === "number" || shallow.kind === "batchSize" || shallow.kind === "step") return shallow;
    if (shallow.kind === "local" && !this.#mutable.has(shallow.name)) return shallow;
    const key = this.#key(shallow);
    const known = scope.find(key);
    if (known !== undefined) return { kind: "local", name: known };
    result.push({ kind: "let", name, value: shallow, mutable: false });
    scope.add(key, name);
    return { kind: "local", name };
  }

  /** The value as a local or a number; `base` is what a new local's name is based on. */
  #operand(value: Expression, base: string, scope: Scope, result: Statement[]): Expression {
    const shallow = this.#shallow(value, base, scope, result);
    if (shallow.kind === "number" || shallow.kind === "local") return shallow;
    if (shallow.kind === "batchSize" || shallow.kind === "step" || shallow.kind === "index") return shallow;
    if (shallow.kind === "load" && this.#isResident(shallow)) return shallow;
    const known = scope.find(this.#key(shallow));
    if (known !== undefined) return { kind: "local", name: known };
    const name = this.#names.claim(this.#nameFor(shallow, base));
    result.push({ kind: "let", name, value: shallow, mutable: false });
    scope.add(this.#key(shallow), name);
    return { kind: "local", name };
  }

  /** An operand that the processor takes from memory as fast as from where a local would be spilled to. */
  #isResident({ buffer, offset }: Load): boolean {
    return this.#buffers.get(buffer)?.resident === true && offset.terms.length === 0;
  }

  /** The value as one operation on locals and numbers. */
  #shallow(value: Expression, base: string, scope: Scope, result: Statement[]): Expression {
    if (value.kind === "local") return this.#same.get(value.name) ?? value;
    if (value.kind !== "apply") return value;
    const operands = value.operands.map((operand, position) =>
      // A branch that is not taken is not evaluated: its loads may be out of bounds. So nothing moves out of it.
      value.operation === "select" && position > 0
        ? this.#lazy(operand, scope)
        : this.#operand(operand, base, scope, result),
    );
    return { ...value, operands };
  }

  /** The expression with the parts that are at hand replaced by their locals. */
  #lazy(value: Expression, scope: Scope): Expression {
    return mapExpression(value, (part) => {
      if (part.kind === "local") return this.#same.get(part.name) ?? part;
      if (part.kind !== "apply" && part.kind !== "load") return part;
      const known = scope.find(this.#key(part));
      return known === undefined ? part : { kind: "local", name: known };
    });
  }

  #nameFor(value: Expression, base: string): string {
    if (value.kind === "load")
      return elementName(value.buffer, this.#buffers.get(value.buffer), value.offset);
    return value.kind === "apply" ? `${this.#names.baseOf(base)}_${value.operation}` : base;
  }

  #key(value: Expression): string {
    switch (value.kind) {
      case "number":
        return Object.is(value.value, -0) ? "-0" : String(value.value);
      case "local":
        return `${value.name}${this.#version(value.name)}`;
      case "load":
        return this.#loadKey(value.buffer, value.offset);
      case "index":
        return `index ${this.#affineKey(value.value)}`;
      case "inRange":
        return `range ${value.from} ${value.to} ${value.step} ${this.#affineKey(value.value)}`;
      case "random":
        return `random ${value.stream} ${this.#affineKey(value.value)}`;
      case "batchSize":
      case "step":
        return value.kind;
      case "apply": {
        const operands = value.operands.map((operand) => this.#key(operand));
        return `${value.operation}(${(commutative.has(value.operation) ? operands.sort() : operands).join(",")})`;
      }
    }
  }

  /** A store to a known place leaves loads of other known places as they are. */
  #loadKey(buffer: string, offset: Affine): string {
    const place = offset.terms.length === 0 ? `${buffer}[${offset.constant}]` : `${buffer}[moving]`;
    return `${buffer}${this.#version(buffer)}${this.#version(place)}[${this.#affineKey(offset)}]`;
  }

  #changePlace(buffer: string, offset: Affine): void {
    if (offset.terms.length > 0) this.#change(buffer);
    else {
      this.#change(`${buffer}[${offset.constant}]`);
      this.#change(`${buffer}[moving]`);
    }
  }

  #affineKey(affine: Affine): string {
    const versions = affine.terms.map(({ atom }) =>
      atom.kind === "element" ? this.#version(atom.buffer) : "",
    );
    return `${affineKey(affine)}${versions.join("")}`;
  }

  #version(name: string): string {
    const version = this.#versions.get(name);
    return version === undefined ? "" : `@${version}`;
  }

  #change(name: string): void {
    this.#versions.set(name, (this.#versions.get(name) ?? 0) + 1);
  }

  #changeAllIn(statements: readonly Statement[]): void {
    visitAccesses(statements, ({ kind, buffer }) => {
      if (kind !== "load") this.#change(buffer);
    });
    visitStatements(statements, (statement) => {
      if (statement.kind === "assign") this.#change(statement.name);
    });
  }
}

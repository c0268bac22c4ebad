import { affineVariable } from "./affine.ts";
import { boundValue, fillsLanes, iterations } from "./cost.ts";
import { bufferLength, startsUnwritten } from "./interpret.ts";
import type {
  Affine,
  Buffer,
  BufferRole,
  Expression,
  IndexAtom,
  Let,
  Loop,
  Program,
  Statement,
  Store,
} from "./program.ts";
import { type Guard, guardsOf, type Range, rangeOf } from "./range.ts";
import { scalarArity } from "./scalar.ts";
import { formatAffine } from "./text.ts";

export interface VerifyOptions {
  /** The batch sizes to try: bounds are checked for each. */
  readonly batchSizes?: readonly number[];
  /** How many categories the values of an integer buffer index, by the buffer's name; without it they are trusted. */
  readonly categories?: ReadonlyMap<string, number>;
}

type Load = Extract<Expression, { kind: "load" }>;

/** Below, at and above the usual tile sizes. */
const usualBatchSizes = [1, 2, 3, 4, 5, 8, 9, 17];

/**
 * Checks that a program is well formed: names are unique and in scope, only accumulators are assigned, every access lies
 * within its buffer for every iteration (branches of `select` under their conditions), indices come from integer
 * buffers, only writable buffers are written, and what is read of scratch was stored by statements before it.
 * `runProgram` checks the last point exactly, element by element.
 *
 * @returns What is wrong, in the order of the program; empty if nothing is.
 */
export function verifyProgram(program: Program, options: VerifyOptions = {}): readonly string[] {
  const problems = new Set<string>();
  for (const batch of options.batchSizes ?? usualBatchSizes) {
    new Verifier(program, batch, options.categories ?? new Map(), problems).run();
  }
  return [...problems];
}

const writable: { readonly [R in BufferRole]: (program: string) => boolean } = {
  input: () => false,
  target: () => false,
  constant: () => false,
  parameter: (program) => program === "trainStep" || program === "update",
  state: (program) => program === "trainStep" || program === "update",
  gradient: () => true,
  output: () => true,
  scratch: () => true,
};

/** Checks a program for one batch size. */
class Verifier {
  readonly #program: Program;
  readonly #batch: number;
  readonly #categories: ReadonlyMap<string, number>;
  readonly #problems: Set<string>;
  readonly #buffers: ReadonlyMap<string, Buffer>;
  /** The elements that stores so far may have reached, for buffers that start unwritten. */
  #written = new Map<string, Range>();
  readonly #pieces = new Set<string>();
  /** The loops around the statement at hand, outermost first. */
  readonly #loops: Loop[] = [];
  /** The loop variables in scope, and the values they take. */
  readonly #variables = new Map<string, Range>();
  /** The locals in scope. */
  #locals = new Map<string, Let>();

  constructor(
    program: Program,
    batch: number,
    categories: ReadonlyMap<string, number>,
    problems: Set<string>,
  ) {
    this.#program = program;
    this.#batch = batch;
    this.#categories = categories;
    this.#problems = problems;
    this.#buffers = new Map(program.buffers.map((buffer) => [buffer.name, buffer]));
  }

  run(): void {
    const { body, buffers } = this.#program;
    this.#require(this.#buffers.size === buffers.length, "two buffers have the same name");
    for (const buffer of buffers) {
      const positive = buffer.shape.every((extent) => Number.isInteger(extent) && extent > 0);
      this.#require(positive, `the buffer ${buffer.name} has an extent that is no positive integer`);
      const fits = buffer.role !== "constant" || buffer.data?.length === bufferLength(buffer, this.#batch);
      this.#require(fits, `the constant ${buffer.name} has not as much data as elements`);
    }
    const inner =
      this.#count(body, "return") - body.filter((statement) => statement.kind === "return").length;
    this.#require(inner === 0, "a return is not at the top level");
    const last = body.findIndex((statement) => statement.kind === "return");
    this.#require(last === -1 || last === body.length - 1, "a return is not the last statement");
    this.#block(body, true);
  }

  #require(condition: boolean, problem: string): void {
    if (!condition) this.#problems.add(problem);
  }

  #count(statements: readonly Statement[], kind: Statement["kind"]): number {
    return statements.reduce(
      (sum, each) => sum + (each.kind === kind ? 1 : 0) + ("body" in each ? this.#count(each.body, kind) : 0),
      0,
    );
  }

  /** `reached`: whether the statements run at all for this batch size; accesses that never happen are in bounds. */
  #block(statements: readonly Statement[], reached: boolean): void {
    for (const statement of statements) this.#statement(statement, reached);
    for (const statement of statements) if (statement.kind === "let") this.#locals.delete(statement.name);
  }

  #statement(statement: Statement, reached: boolean): void {
    switch (statement.kind) {
      case "loop":
        this.#loop(statement, reached);
        break;
      case "piece":
        this.#piece(statement, reached);
        break;
      case "when":
        this.#expression(statement.value, reached);
        this.#when(statement.body, reached);
        break;
      case "let":
        this.#expression(statement.value, reached);
        this.#newName(statement.name);
        this.#locals.set(statement.name, statement);
        break;
      case "assign":
        this.#expression(statement.value, reached);
        this.#assigned(statement.name);
        break;
      case "store":
        this.#expression(statement.value, reached);
        this.#store(statement, reached);
        break;
      case "return":
        this.#expression(statement.value, reached);
        break;
      case "comment":
        break;
    }
  }

  /** What it stores may not be stored: it is not there for what follows to read. */
  #when(body: readonly Statement[], reached: boolean): void {
    const written = new Map(this.#written);
    this.#block(body, reached);
    this.#written = written;
  }

  #loop(loop: Loop, reached: boolean): void {
    this.#require(
      Number.isInteger(loop.step) && loop.step !== 0,
      `the loop over ${loop.variable} has no whole step`,
    );
    this.#newName(loop.variable);
    const from = boundValue(loop.from, this.#batch);
    const count = iterations(loop, this.#batch);
    this.#require(Number.isInteger(from), `the loop over ${loop.variable} starts between integers`);
    const lanes = loop.lanes ?? 1;
    const last = from + Math.max(0, Math.ceil(count / lanes) - 1) * loop.step;
    this.#require(lanes <= Math.abs(loop.step), `the lanes of the loop over ${loop.variable} overlap`);
    this.#require(
      fillsLanes(loop) || lanes === loop.step,
      `the loop over ${loop.variable} has idle lanes, but other steps than they are`,
    );
    const high =
      lanes === 1 ? Math.max(from, last) : Math.min(last + lanes, boundValue(loop.to, this.#batch)) - 1;
    this.#variables.set(loop.variable, { low: Math.min(from, last), high });
    this.#loops.push(loop);
    this.#block(loop.body, reached && count > 0);
    this.#loops.pop();
    this.#variables.delete(loop.variable);
  }

  /** Locals do not cross its border; the variables of loops around it are handed over. */
  #piece(piece: Extract<Statement, { kind: "piece" }>, reached: boolean): void {
    this.#require(!this.#pieces.has(piece.name), `two pieces are called ${piece.name}`);
    this.#pieces.add(piece.name);
    const outside = this.#locals;
    this.#locals = new Map();
    this.#block(piece.body, reached);
    this.#locals = outside;
  }

  #newName(name: string): void {
    // Parameters, gradients and state are stretches of flat arrays, known by their offset: a local may bear their name.
    const role = this.#buffers.get(name)?.role ?? "parameter";
    const isArray = role !== "parameter" && role !== "gradient" && role !== "state";
    const taken = this.#variables.has(name) || this.#locals.has(name) || isArray;
    this.#require(!taken, `${name} is defined twice`);
  }

  #assigned(name: string): void {
    const local = this.#locals.get(name);
    this.#require(local !== undefined, `${name} is assigned before it is defined`);
    this.#require(local?.mutable !== false, `${name} is assigned although it is not mutable`);
  }

  #store(store: Store, reached: boolean): void {
    const buffer = this.#buffers.get(store.buffer);
    const range = this.#access(store.buffer, store.offset, [], reached);
    if (buffer === undefined) return;
    const allowed = writable[buffer.role](this.#program.name) && buffer.element === "real";
    this.#require(allowed, `${buffer.name} is written although its role is ${describe(buffer)}`);
    if (!reached || range === undefined) return;
    if (store.accumulate)
      this.#require(this.#isWritten(buffer, range), `${buffer.name} is read before it is written`);
    const known = this.#written.get(buffer.name) ?? range;
    this.#written.set(buffer.name, {
      low: Math.min(known.low, range.low),
      high: Math.max(known.high, range.high),
    });
  }

  /** Walks with the guards that hold on the way: the branches of `select` know its condition. */
  #expression(root: Expression, reached: boolean): void {
    const atoms = (atom: IndexAtom): Range => this.#atomRange(atom);
    const localValue = (name: string): Expression | undefined => {
      const local = this.#locals.get(name);
      return local?.mutable === false ? local.value : undefined;
    };
    const pending: { readonly expression: Expression; readonly guards: readonly Guard[] }[] = [
      { expression: root, guards: [] },
    ];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { expression, guards } = next;
      if (expression.kind === "load") {
        const range = this.#access(expression.buffer, expression.offset, guards, reached);
        const buffer = this.#buffers.get(expression.buffer);
        if (buffer !== undefined && range !== undefined && reached) {
          const isWritten =
            this.#isWritten(buffer, range) || this.#isLeftByIteration(expression, buffer, guards);
          this.#require(isWritten, `${buffer.name} is read before it is written`);
        }
      } else if (expression.kind === "local") {
        this.#require(this.#locals.has(expression.name), `${expression.name} is read before it is defined`);
      } else if (
        expression.kind === "index" ||
        expression.kind === "inRange" ||
        expression.kind === "random"
      ) {
        this.#affine(expression.value, guards, reached);
      } else if (expression.kind === "apply") {
        const { operation, operands } = expression;
        const expected = scalarArity[operation];
        this.#require(
          operands.length === expected,
          `${operation} has ${operands.length} operands, not ${expected}`,
        );
        const [condition] = operands;
        const ranges = (value: Affine): Range => rangeOf(value, atoms, guards);
        operands.forEach((operand, position) => {
          const known =
            operation === "select" && condition !== undefined && position > 0
              ? guardsOf(condition, position === 1, ranges, localValue)
              : [];
          pending.push({ expression: operand, guards: [...guards, ...known] });
        });
      }
    }
  }

  /** The range of offsets of one access, `undefined` where guards show that it never happens. */
  #access(name: string, offset: Affine, guards: readonly Guard[], reached: boolean): Range | undefined {
    this.#affine(offset, guards, reached);
    const buffer = this.#buffers.get(name);
    this.#require(buffer !== undefined, `the buffer ${name} is not declared`);
    if (buffer === undefined || !reached) return undefined;
    const range = rangeOf(offset, (atom) => this.#atomRange(atom), guards);
    if (range.low > range.high) return undefined;
    const length = bufferLength(buffer, this.#batch);
    if (range.low < 0 || range.high >= length) {
      const reach = `${name}[${formatAffine(offset)}] reaches from ${range.low} to ${range.high}`;
      this.#problems.add(`${reach}, outside its ${length} elements (batch ${this.#batch})`);
    }
    return range;
  }

  /** Checks the names and the data-dependent parts of an index. */
  #affine(affine: Affine, guards: readonly Guard[], reached: boolean): void {
    for (const { atom } of affine.terms) {
      if (atom.kind === "variable") {
        this.#require(this.#variables.has(atom.name), `the loop variable ${atom.name} is not in scope`);
      } else {
        const buffer = this.#buffers.get(atom.buffer);
        this.#require(buffer?.element !== "real", `${atom.buffer} is used as an index but holds reals`);
        this.#access(atom.buffer, atom.offset, guards, reached);
      }
    }
  }

  #atomRange(atom: IndexAtom): Range {
    if (atom.kind === "variable") return this.#variables.get(atom.name) ?? { low: 0, high: 0 };
    const categories = this.#categories.get(atom.buffer);
    return { low: 0, high: (categories ?? 1) - 1 };
  }

  /**
   * Whether a loop that stores to the buffer reads, in its first iteration, only what is there: what it reads in others, an
   * iteration before may have stored.
   */
  #isLeftByIteration(load: Load, buffer: Buffer, guards: readonly Guard[]): boolean {
    return this.#loops.some((loop) => {
      if (!stores(loop.body, buffer.name)) return false;
      const first = boundValue(loop.from, this.#batch);
      const atoms = (atom: IndexAtom): Range =>
        atom.kind === "variable" && atom.name === loop.variable
          ? { low: first, high: first }
          : this.#atomRange(atom);
      // Guards may keep the load from the first iteration.
      const values = rangeOf(affineVariable(loop.variable), atoms, guards);
      if (values.low > first || values.high < first) return true;
      return this.#isWritten(buffer, rangeOf(load.offset, atoms, guards));
    });
  }

  #isWritten(buffer: Buffer, range: Range): boolean {
    if (!startsUnwritten(this.#program, buffer)) return true;
    const written = this.#written.get(buffer.name);
    return written !== undefined && written.low <= range.low && range.high <= written.high;
  }
}

function stores(statements: readonly Statement[], buffer: string): boolean {
  return statements.some(
    (each) =>
      (each.kind === "store" && each.buffer === buffer) || ("body" in each && stores(each.body, buffer)),
  );
}

function describe(buffer: Buffer): string {
  return buffer.element === "integer" ? `${buffer.role} of integers` : buffer.role;
}

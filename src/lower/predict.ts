import type { Affine, Buffer, Expression, ScalarOperation, Statement } from "../program/index.ts";
import { visitExpression, visitStatements } from "./traverse.ts";

/** V8 never optimises a function with more bytecode (`--max-optimized-bytecode-size`): it then runs 20 to 80 times slower. */
export const bytecodeLimit = 61440;

/**
 * Bytes of V8 bytecode for each part of a program: fitted to generated modules between 10 and 54 KB, then rounded.
 * Shorter ones take less, because V8 numbers their registers and feedback slots in one byte. A test holds the sum against
 * the bytecode that V8 makes.
 */
export const bytes = {
  operation: 5.5,
  access: 10,
  /** An array of the module's own, which a function takes from around it, checks for its being initialised, and puts into a local. */
  own: 10,
  /** Besides `operation`, where that is a function: to find it, and to put its arguments in a row. */
  call: 20,
  indexTerm: 16,
  statement: 3,
  /** A number. */
  number: 2,
  /** A local. */
  local: 4,
  /** A local of a function with few of them. */
  fewLocal: 2,
  loop: 30,
} as const;

/** The number of a register takes one byte up to here. */
const fewLocals = 120;

/** Those that JavaScript has operators for. */
const operators: ReadonlySet<ScalarOperation> = new Set<ScalarOperation>([
  "add",
  "subtract",
  "multiply",
  "divide",
  "negate",
  "less",
  "lessEqual",
  "equal",
  "notEqual",
  "and",
  "or",
  "not",
  "select",
]);

/**
 * About how many bytes of bytecode V8 makes of statements; those of pieces are functions of their own and not counted.
 *
 * @param buffers Memory that they access. Without it, all arrays are taken for arguments of the function.
 */
export function predictBytecode(statements: readonly Statement[], buffers: readonly Buffer[] = []): number {
  const isOwn = ({ role, resident }: Buffer): boolean =>
    role === "scratch" || role === "constant" || resident === true;
  const own = new Set(buffers.filter(isOwn).map(({ name }) => name));
  return Math.round(new Estimate(own, localsOf(statements)).statements(statements));
}

function localsOf(statements: readonly Statement[]): number {
  let count = 0;
  visitStatements(statements, ({ kind }) => {
    if (kind === "let") count += 1;
  });
  return count;
}

class Estimate {
  /** The module's arrays that were not met yet. */
  readonly #own: Set<string>;
  readonly #local: number;

  constructor(own: Set<string>, locals: number) {
    this.#own = own;
    this.#local = locals > fewLocals ? bytes.local : bytes.fewLocal;
  }

  statements(statements: readonly Statement[]): number {
    return statements.reduce((sum, statement) => sum + this.#statement(statement), 0);
  }

  #statement(statement: Statement): number {
    switch (statement.kind) {
      case "comment":
        return 0;
      case "piece":
        return bytes.loop;
      case "loop":
        return bytes.loop + this.statements(statement.body);
      case "when":
        return this.#expression(statement.value) + this.statements(statement.body);
      case "store": {
        const { buffer, offset, value, accumulate } = statement;
        const again = accumulate ? bytes.access : 0;
        return this.#access(buffer, offset) + again + bytes.statement + this.#expression(value);
      }
      case "let":
      case "assign":
      case "return":
        return bytes.statement + this.#expression(statement.value);
    }
  }

  #expression(expression: Expression): number {
    let sum = 0;
    visitExpression(expression, (part) => {
      if (part.kind === "apply") sum += bytes.operation + (operators.has(part.operation) ? 0 : bytes.call);
      else if (part.kind === "load") sum += this.#access(part.buffer, part.offset);
      else if (part.kind === "random") sum += bytes.operation + bytes.call + ofIndex(part.value);
      else if (part.kind === "index" || part.kind === "inRange")
        sum += 2 * bytes.operation + ofIndex(part.value);
      else sum += part.kind === "local" ? this.#local : bytes.number;
    });
    return sum;
  }

  #access(buffer: string, offset: Affine): number {
    return bytes.access + (this.#own.delete(buffer) ? bytes.own : 0) + ofIndex(offset);
  }
}

/** What computing an index takes. */
export function ofIndex({ terms }: Affine): number {
  return terms.reduce(
    (sum, { atom }) =>
      sum + bytes.indexTerm + (atom.kind === "element" ? bytes.access + ofIndex(atom.offset) : 0),
    0,
  );
}

import { invariant } from "../../diagnostics/index.ts";
import {
  type Affine,
  type Bound,
  type Buffer,
  type Expression,
  fillsLanes,
  type Loop,
  type Program,
  type Statement,
  visitMentions,
} from "../../program/index.ts";
import type { ModuleContext } from "./context.ts";
import {
  asBoolean,
  asNumber,
  type Places,
  printAffine,
  type Printed,
  printDefinition,
  printExpression,
} from "./expression.ts";
import { inlinesElementary } from "./inlining.ts";
import { Lines } from "./layout.ts";
import type { Scope } from "./names.ts";
import { commentText } from "./text.ts";
import { afterZeroing } from "./zeroing.ts";

/** A program as text: the body of its own function, and the functions of its pieces. */
export interface PrintedProgram {
  readonly body: Lines;
  readonly pieces: readonly Lines[];
  readonly usesStep: boolean;
  readonly usesCount: boolean;
  /** Whether it draws random numbers, for which it needs the step as well. */
  readonly usesSeed: boolean;
}

/** How a function gets at what it works on, in the order of its arguments. */
const argumentRoles = ["parameter", "state", "input", "target", "gradient", "output"] as const;

/** Prints a program's statements; `count` is the number of samples, `step` the number of the optimizer step. */
export function printProgram(program: Program, context: ModuleContext): PrintedProgram {
  const printer = new BodyPrinter(program, context);
  const body = new Lines("  ");
  if (program.buffers.some((buffer) => buffer.role === "parameter" && context.isOwn(buffer))) {
    body.statement("ownParameters.set(parameters);");
  }
  const sums = program.buffers.filter((buffer) => buffer.role === "gradient" && context.isOwn(buffer));
  const rest = sums.length > 0 ? afterZeroing(program.body, sums) : undefined;
  if (rest !== undefined) body.statement("ownGradients.fill(0);");
  printer.functionBody(rest ?? program.body, body);
  return { body, pieces: printer.pieces, ...numbersOf(program.body) };
}

/** Whether a program draws random numbers. */
export function drawsNumbers({ body }: Program): boolean {
  return numbersOf(body).usesSeed;
}

/** Which numbers the statements need besides arrays. */
export function numbersOf(
  statements: readonly Statement[],
): Pick<PrintedProgram, "usesStep" | "usesCount" | "usesSeed"> {
  let [usesStep, usesCount, usesSeed] = [false, false, false];
  visitMentions(statements, {
    step: () => (usesStep = true),
    batchSize: () => (usesCount = true),
    random: () => (usesSeed = true),
  });
  return { usesStep: usesStep || usesSeed, usesCount, usesSeed };
}

class BodyPrinter {
  readonly pieces: Lines[] = [];
  readonly #program: Program;
  readonly #context: ModuleContext;
  readonly #buffers: ReadonlyMap<string, Buffer>;
  readonly #scope: Scope;
  /** Locals that hold a boolean. */
  readonly #booleans = new Set<string>();
  readonly #places: Places;
  /** In the function that is being printed. */
  #inlinesElementary = false;

  constructor(program: Program, context: ModuleContext) {
    this.#program = program;
    this.#context = context;
    this.#buffers = new Map(program.buffers.map((buffer) => [buffer.name, buffer]));
    this.#scope = context.functionScope();
    this.#places = {
      local: (name) => ({ text: this.#local(name), boolean: this.#booleans.has(name) }),
      // The program was verified: its accesses are in bounds, so `!` says what TypeScript cannot know. It costs nothing.
      element: (buffer, offset) => `${this.#element(buffer, offset)}!`,
      batchSize: "count",
      step: "step",
      key: (stream) => this.#key(stream),
      helper: (name) => context.helpers.add(name),
      inlinesElementary: () => this.#inlinesElementary,
    };
  }

  /**
   * The statements of one function, after what they need: the module's arrays, rounded batch sizes, keys of random numbers.
   * The arrays become locals because V8 compiles such an array's address and length into loops only if it is read outside of
   * them: where a loop reads a constant of the module, it asks again and again whether that is initialised, and how long it is.
   * Measured (`bench/arrays.ts`).
   */
  functionBody(statements: readonly Statement[], lines: Lines): void {
    const around = this.#inlinesElementary;
    this.#inlinesElementary = inlinesElementary(statements);
    for (const [local, array] of this.#moduleArrays(statements))
      lines.statement(`const ${local} = ${array};`);
    for (const multiple of [...roundedBounds(statements)].sort((a, b) => a - b)) {
      lines.statement(`const ${this.#rounded(multiple)} = count - (count % ${multiple});`);
    }
    for (const stream of streamsOf(statements)) {
      this.#context.helpers.add("randomKey");
      lines.statement(`const ${this.#key(stream)} = randomKey(seed, step, ${stream});`);
    }
    this.#statements(statements, lines);
    this.#inlinesElementary = around;
  }

  #statements(statements: readonly Statement[], lines: Lines): void {
    for (const statement of statements) this.#statement(statement, lines);
  }

  #loopHead({ variable, from, to, step }: Loop): string {
    const name = this.#local(variable);
    const start = `let ${name} = ${this.#bound(from)}`;
    // A loop down ends at an index that it still reaches, as people write it.
    if (step === -1 && typeof to === "number") return `for (${start}; ${name} >= ${to + 1}; ${name}--)`;
    const advance = step === 1 ? `${name}++` : `${name} += ${step}`;
    return `for (${start}; ${name} ${step > 0 ? "<" : ">"} ${this.#bound(to)}; ${advance})`;
  }

  #loop({ lanes = 1, ...loop }: Loop, lines: Lines): void {
    const printBody = (): void => {
      this.#statements(loop.body, lines);
    };
    if (lanes === 1) {
      lines.block(this.#loopHead(loop), printBody);
      return;
    }
    // One lane after the other.
    const first = `${loop.variable}_first`;
    lines.block(this.#loopHead({ ...loop, variable: first }), () => {
      const [name, start] = [this.#local(loop.variable), this.#local(first)];
      const end = `${start} + ${lanes}`;
      const least = fillsLanes({ ...loop, lanes }) ? end : `Math.min(${end}, ${this.#bound(loop.to)})`;
      lines.block(`for (let ${name} = ${start}; ${name} < ${least}; ${name}++)`, printBody);
    });
  }

  #statement(statement: Statement, lines: Lines): void {
    switch (statement.kind) {
      case "loop":
        this.#loop(statement, lines);
        break;
      case "let": {
        const printed = printDefinition(statement.value, this.#places);
        const value = statement.mutable ? asNumber(printed) : printed;
        if (value.boolean) this.#booleans.add(statement.name);
        else this.#booleans.delete(statement.name); // another block may have used the name
        lines.statement(
          `${statement.mutable ? "let" : "const"} ${this.#local(statement.name)} = ${value.text};`,
        );
        break;
      }
      case "assign":
        lines.statement(this.#assignment(statement.name, statement.value));
        break;
      case "store": {
        const place = this.#element(statement.buffer, statement.offset);
        const value = this.#number(statement.value).text;
        lines.statement(statement.accumulate ? `${place}! += ${value};` : `${place} = ${value};`);
        break;
      }
      case "when": {
        const condition = asBoolean(printExpression(statement.value, this.#places));
        lines.block(`if (${condition.text})`, () => {
          this.#statements(statement.body, lines);
        });
        break;
      }
      case "piece":
        lines.statement(this.#piece(statement.name, statement.body));
        break;
      case "comment":
        lines.raw([`// ${commentText(statement.text)}`]);
        break;
      case "return":
        lines.statement(`return ${this.#number(statement.value).text};`);
        break;
    }
  }

  /** `s += x` where the value is `s + x`: the same operation, said as people say it. */
  #assignment(name: string, value: Expression): string {
    if (value.kind === "apply" && (value.operation === "add" || value.operation === "subtract")) {
      const [left, right] = value.operands;
      if (left?.kind === "local" && left.name === name && right !== undefined) {
        return `${this.#local(name)} ${value.operation === "add" ? "+=" : "-="} ${this.#number(right).text};`;
      }
    }
    return `${this.#local(name)} = ${this.#number(value).text};`;
  }

  /** Writes the piece as a function of its own, unless another piece's does the same; the result is the call. */
  #piece(name: string, body: readonly Statement[]): string {
    const args = this.#pieceArguments(body);
    const declarations = args.map(({ text, type }) => `${text}: ${type}`);
    const inner = new Lines("  ");
    this.functionBody(body, inner);
    const meaning = `${declarations.join()}\n${inner.toString()}`;
    const { identifier, isNew } = this.#context.pieceFunction(this.#program, name, meaning);
    if (isNew) {
      const lines = new Lines();
      lines.function(`function ${identifier}`, declarations, "void", () => {
        lines.adopt(inner);
      });
      this.pieces.push(lines);
    }
    return `${identifier}(${args.map(({ text }) => text).join(", ")});`;
  }

  /** The arrays, counts, locals and loop variables that a piece takes from around it. */
  #pieceArguments(body: readonly Statement[]): readonly { readonly text: string; readonly type: string }[] {
    const roles = new Set<string>();
    const declared = new Set<string>();
    const free = new Set<string>();
    const { usesCount, usesStep, usesSeed } = numbersOf(body);
    visitMentions(body, {
      buffer: (name) => roles.add(this.#arrayOf(this.#buffer(name))),
      declaration: (name) => declared.add(name),
      local: (name) => {
        if (!declared.has(name)) free.add(name);
      },
    });
    const passed = this.#program.buffers.filter(
      (buffer) => this.#moduleArray(buffer) === undefined && roles.has(this.#arrayOf(buffer)),
    );
    const arrays = argumentRoles.flatMap((role) => passed.filter((buffer) => buffer.role === role));
    const types = new Map(arrays.map((buffer) => [this.#arrayOf(buffer), this.#arrayType(buffer)]));
    const args = [...types].map(([text, type]) => ({ text, type }));
    if (usesCount) args.push({ text: "count", type: "number" });
    if (usesSeed) args.push({ text: "seed", type: "number" });
    if (usesStep) args.push({ text: "step", type: "number" });
    for (const name of free) {
      args.push({ text: this.#local(name), type: this.#booleans.has(name) ? "boolean" : "number" });
    }
    return args;
  }

  #number(expression: Expression): Printed {
    return asNumber(printExpression(expression, this.#places));
  }

  #bound(bound: Bound): string {
    if (typeof bound === "number") return String(bound);
    return bound.multipleOf === 1 ? "count" : this.#rounded(bound.multipleOf);
  }

  /** The batch size rounded down to a multiple: `count4`. */
  #rounded(multiple: number): string {
    return this.#scope.declare(`rounded:${multiple}`, `count${multiple}`);
  }

  /** What a stream of random numbers begins with: `key0`. */
  #key(stream: number): string {
    return this.#scope.declare(`key:${stream}`, `key${stream}`);
  }

  #local(name: string): string {
    return this.#scope.declare(`local:${name}`, name);
  }

  #buffer(name: string): Buffer {
    const buffer = this.#buffers.get(name);
    invariant(buffer !== undefined, `the buffer ${name} is declared by ${this.#program.name}`);
    return buffer;
  }

  #arrayType(buffer: Buffer): string {
    return buffer.element === "integer" ? "Int32Array" : this.#context.realArray;
  }

  /** The arrays of the module that this function (not its pieces) works on, by the locals that hold them. */
  #moduleArrays(statements: readonly Statement[]): ReadonlyMap<string, string> {
    const arrays = new Map<string, string>();
    visitMentions(withoutPieces(statements), {
      buffer: (name) => {
        const buffer = this.#buffer(name);
        const array = this.#moduleArray(buffer);
        if (array !== undefined) arrays.set(this.#arrayOf(buffer), array);
      },
    });
    return arrays;
  }

  /** The module's constant that holds the buffer, if there is one. */
  #moduleArray(buffer: Buffer): string | undefined {
    if (buffer.role === "gradient" && buffer.of === undefined) return "ownGradients";
    const isStatic = buffer.role === "scratch" || buffer.role === "constant" || this.#context.isOwn(buffer);
    return isStatic ? this.#context.staticIdentifier(buffer) : undefined;
  }

  /** The variable that holds the buffer: an argument, or a local for an array of the module. */
  #arrayOf(buffer: Buffer): string {
    const array = this.#moduleArray(buffer);
    if (array !== undefined) return this.#scope.declare(`array:${array}`, buffer.name);
    const { role } = buffer;
    invariant(role !== "scratch" && role !== "constant", `${buffer.name} lies in an array of the module`);
    switch (role) {
      case "parameter":
        return "parameters";
      case "state":
        return "state";
      case "gradient":
        return "gradients";
      case "output":
        return this.#program.name === "means" ? "gradients" : "output";
      case "input":
      case "target":
        return this.#context.dataIdentifier(buffer.of ?? buffer.name);
    }
  }

  #element(name: string, offset: Affine): string {
    const buffer = this.#buffer(name);
    const start = this.#start(buffer);
    const index = printAffine(offset, this.#places, start);
    return `${this.#arrayOf(buffer)}[${index.text}]`;
  }

  /** The buffer's first element in the array that holds it. */
  #start(buffer: Buffer): number {
    if (this.#context.isOwn(buffer)) return 0;
    if (buffer.role === "parameter" || buffer.role === "gradient")
      return this.#context.parameterOffset(buffer);
    return buffer.role === "state" ? this.#context.stateOffset(buffer) : 0;
  }
}

/** The streams of random numbers that this function (not its pieces) draws from. */
function streamsOf(statements: readonly Statement[]): readonly number[] {
  const streams = new Set<number>();
  visitMentions(withoutPieces(statements), { random: (stream) => streams.add(stream) });
  return [...streams].sort((a, b) => a - b);
}

/** The statements without those that are functions of their own. */
function withoutPieces(statements: readonly Statement[]): readonly Statement[] {
  return statements.flatMap((each) => {
    if (each.kind === "piece") return [];
    return [
      each.kind === "loop" || each.kind === "when" ? { ...each, body: withoutPieces(each.body) } : each,
    ];
  });
}

/** The multiples that loop bounds of this function (not of its pieces) round the batch size to. */
function roundedBounds(statements: readonly Statement[]): ReadonlySet<number> {
  const multiples = new Set<number>();
  for (const statement of statements) {
    if (statement.kind !== "loop") continue;
    for (const bound of [statement.from, statement.to]) {
      if (typeof bound !== "number" && bound.multipleOf !== 1) multiples.add(bound.multipleOf);
    }
    for (const multiple of roundedBounds(statement.body)) multiples.add(multiple);
  }
  return multiples;
}

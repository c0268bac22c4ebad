import {
  type Affine,
  type Bound,
  type Expression,
  fillsLanes,
  type Loop,
  type Program,
  type Statement,
  visitMentions,
} from "../../program/index.ts";
import { type Argument, ProgramArrays } from "./arrays.ts";
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
import { type NeededNumbers, numbersOf, roundedBounds, streamsOf } from "./needs.ts";
import { commentText } from "./text.ts";
import { afterZeroing } from "./zeroing.ts";

/** A program as text: the body of its own function, and the functions of its pieces. */
export interface PrintedProgram extends NeededNumbers {
  readonly body: Lines;
  readonly pieces: readonly Lines[];
}

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

class BodyPrinter {
  readonly pieces: Lines[] = [];
  readonly #program: Program;
  readonly #context: ModuleContext;
  readonly #arrays: ProgramArrays;
  readonly #scope: Scope;
  /** Locals that hold a boolean. */
  readonly #booleans = new Set<string>();
  readonly #places: Places;
  /** In the function that is being printed. */
  #inlinesElementary = false;

  constructor(program: Program, context: ModuleContext) {
    this.#program = program;
    this.#context = context;
    this.#scope = context.functionScope();
    this.#arrays = new ProgramArrays(program, context, this.#scope);
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
    for (const [local, array] of this.#arrays.ofModule(statements))
      lines.statement(`const ${local} = ${array};`);
    for (const multiple of roundedBounds(statements)) {
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
  #pieceArguments(body: readonly Statement[]): readonly Argument[] {
    const declared = new Set<string>();
    const free = new Set<string>();
    visitMentions(body, {
      declaration: (name) => declared.add(name),
      local: (name) => {
        if (!declared.has(name)) free.add(name);
      },
    });
    const args = [...this.#arrays.handedTo(body)];
    const { usesCount, usesStep, usesSeed } = numbersOf(body);
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

  #element(buffer: string, offset: Affine): string {
    const index = printAffine(offset, this.#places, this.#arrays.start(buffer));
    return `${this.#arrays.variable(buffer)}[${index.text}]`;
  }
}

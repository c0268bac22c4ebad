import { invariant } from "../../diagnostics/index.ts";
import {
  type Buffer,
  ownStatements,
  type Program,
  type Statement,
  visitBuffers,
} from "../../program/index.ts";
import type { ModuleContext } from "./context.ts";
import type { Scope } from "./names.ts";

/** What a function takes, as its declaration says it. */
export interface Argument {
  readonly text: string;
  readonly type: string;
}

/** What of the caller's arrays a function gets as arguments, in their order. */
const argumentRoles = ["parameter", "state", "input", "target", "gradient", "output"] as const;

/** Which variables hold the buffers of a program: arguments, or locals for arrays of the module. */
export class ProgramArrays {
  readonly #program: Program;
  readonly #context: ModuleContext;
  readonly #scope: Scope;
  readonly #buffers: ReadonlyMap<string, Buffer>;

  constructor(program: Program, context: ModuleContext, scope: Scope) {
    this.#program = program;
    this.#context = context;
    this.#scope = scope;
    this.#buffers = new Map(program.buffers.map((buffer) => [buffer.name, buffer]));
  }

  /** The variable that holds a buffer. */
  variable(name: string): string {
    return this.#variable(this.#buffer(name));
  }

  /** The buffer's first element in the array that holds it. */
  start(name: string): number {
    const buffer = this.#buffer(name);
    if (this.#context.isOwn(buffer)) return 0;
    if (buffer.role === "parameter" || buffer.role === "gradient")
      return this.#context.parameterOffset(buffer);
    return buffer.role === "state" ? this.#context.stateOffset(buffer) : 0;
  }

  /** The arrays of the module that a function of these statements (not its pieces) works on, by the locals that hold them. */
  ofModule(statements: readonly Statement[]): ReadonlyMap<string, string> {
    const arrays = new Map<string, string>();
    visitBuffers(ownStatements(statements), (name) => {
      const buffer = this.#buffer(name);
      const array = this.#moduleArray(buffer);
      if (array !== undefined) arrays.set(this.#variable(buffer), array);
    });
    return arrays;
  }

  /** The arrays that a piece of these statements is given. */
  handedTo(statements: readonly Statement[]): readonly Argument[] {
    const mentioned = new Set<string>();
    visitBuffers(statements, (name) => mentioned.add(this.variable(name)));
    const passed = this.#program.buffers.filter(
      (buffer) => this.#moduleArray(buffer) === undefined && mentioned.has(this.#variable(buffer)),
    );
    const inOrder = argumentRoles.flatMap((role) => passed.filter((buffer) => buffer.role === role));
    const types = new Map(inOrder.map((buffer) => [this.#variable(buffer), this.#type(buffer)]));
    return [...types].map(([text, type]) => ({ text, type }));
  }

  #buffer(name: string): Buffer {
    const buffer = this.#buffers.get(name);
    invariant(buffer !== undefined, `the buffer ${name} is declared by ${this.#program.name}`);
    return buffer;
  }

  #type(buffer: Buffer): string {
    return buffer.element === "integer" ? "Int32Array" : this.#context.realArray;
  }

  /** The module's constant that holds the buffer, if there is one. */
  #moduleArray(buffer: Buffer): string | undefined {
    if (buffer.role === "gradient" && buffer.of === undefined) return "ownGradients";
    const isStatic = buffer.role === "scratch" || buffer.role === "constant" || this.#context.isOwn(buffer);
    return isStatic ? this.#context.staticIdentifier(buffer) : undefined;
  }

  #variable(buffer: Buffer): string {
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
}

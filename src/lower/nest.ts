import { invariant } from "../diagnostics/index.ts";
import { type Affine, type Bound, type Statement, affineConstant, affineVariable } from "../program/index.ts";
import type { NameSupply } from "./names.ts";

/** A block under construction: the body of the program, or of a loop. */
export interface Scope {
  /** The loop's variable; none for the body of the program. */
  readonly variable: string | undefined;
  readonly statements: Statement[];
}

const loopLetters = ["i", "j", "k", "l", "m", "p", "q", "r"];

/** The loops around the place where statements are being written. */
export class LoopNest {
  readonly #names: NameSupply;
  readonly #batchVariable: string;
  readonly #program: Scope = { variable: undefined, statements: [] };
  readonly #scopes: Scope[] = [this.#program];
  readonly #loopVariables: string[] = [];
  /** The variables of loops over steps, outermost first. */
  readonly #stepVariables: string[] = [];
  #depthOfSteps = 0;

  constructor(names: NameSupply, batchVariable: string) {
    this.#names = names;
    this.#batchVariable = batchVariable;
  }

  /** The finished program's statements. */
  get body(): readonly Statement[] {
    invariant(this.#scopes.length === 1, "every loop is closed");
    return this.#program.statements;
  }

  /** The scope around all loops. */
  get outermost(): Scope {
    return this.#program;
  }

  get innermost(): Scope {
    return this.#scopes.at(-1) ?? this.#program;
  }

  write(statement: Statement): void {
    this.innermost.statements.push(statement);
  }

  /** A loop over the samples of the batch around what `body` writes. */
  overBatch(body: () => void): void {
    this.#loop(this.#batchVariable, { kind: "batch", multipleOf: 1 }, body);
  }

  /** A loop over the samples around what varies over the batch. */
  forEachSample(batched: boolean, body: () => void): void {
    if (batched) this.overBatch(body);
    else body();
  }

  /** A loop over the steps of a recurrence around what `body` writes, given the step. */
  overSteps(steps: number, reverse: boolean, body: (step: Affine) => void): void {
    const variable = this.#stepVariables[this.#depthOfSteps] ?? this.#names.claim("t");
    this.#stepVariables[this.#depthOfSteps] = variable;
    const count = affineVariable(variable);
    this.#depthOfSteps += 1;
    const write = (): void => {
      body(count);
    };
    if (reverse) this.#loop(variable, -1, write, { from: steps - 1, step: -1 });
    else this.#loop(variable, steps, write);
    this.#depthOfSteps -= 1;
  }

  /**
   * Loops over an index domain around what `body` writes. Axes of extent 1 need none, nor do those of `fixed`, whose index
   * is given.
   */
  over(
    shape: readonly number[],
    body: (index: readonly Affine[]) => void,
    fixed: ReadonlyMap<number, Affine> = new Map(),
    index: readonly Affine[] = [],
  ): void {
    const axis = index.length;
    const extent = shape[axis];
    const known = fixed.get(axis) ?? (extent === 1 ? affineConstant(0) : undefined);
    if (extent === undefined) {
      body(index);
    } else if (known !== undefined) {
      this.over(shape, body, fixed, [...index, known]);
    } else {
      const variable = this.freeVariable();
      this.#loop(variable, extent, () => {
        this.over(shape, body, fixed, [...index, affineVariable(variable)]);
      });
    }
  }

  /** Opens a loop, which `close` ends. */
  open(variable: string): Scope {
    const scope: Scope = { variable, statements: [] };
    this.#scopes.push(scope);
    return scope;
  }

  /** Leaves the innermost loop; what becomes of its statements is the caller's matter. */
  close(): void {
    const scope = this.#scopes.pop();
    invariant(scope?.variable !== undefined, "a loop is open");
  }

  /** The variable for the next nested loop over an axis. */
  freeVariable(): string {
    const depth = this.#scopes.filter(
      ({ variable }) => variable !== undefined && this.#loopVariables.includes(variable),
    ).length;
    let variable = this.#loopVariables[depth];
    if (variable === undefined) {
      variable = this.#names.claim(loopLetters[depth] ?? `i${depth}`);
      this.#loopVariables.push(variable);
    }
    return variable;
  }

  /** The innermost scope whose loop is over one of these variables; the program's body if there is none. */
  scopeOf(variables: ReadonlySet<string>): Scope {
    const knows = ({ variable }: Scope): boolean => variable !== undefined && variables.has(variable);
    return this.#scopes.findLast(knows) ?? this.#program;
  }

  /** The scope that a loop stands in. */
  around(scope: Scope): Scope {
    const outside = this.#scopes[this.#scopes.indexOf(scope) - 1];
    invariant(outside !== undefined, "a loop stands in a scope");
    return outside;
  }

  #loop(variable: string, to: Bound, body: () => void, { from, step } = { from: 0, step: 1 }): void {
    const { statements } = this.open(variable);
    body();
    this.close();
    if (statements.length === 0) return; // all of it moved out
    this.write({ kind: "loop", variable, from, to, step, body: statements });
  }
}

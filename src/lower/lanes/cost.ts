import type { Affine, ScalarOperation, Statement } from "../../program/index.ts";
import { accumulatorsOf } from "../accumulators.ts";
import { type Loop, variablesOf, visitExpression, visitOwnAccesses } from "../traverse.ts";
import { tripCount } from "../rewrites/unroll.ts";
import { isRepeatable } from "./repeatable.ts";

/*
 * What a nest costs with one of its loops in lanes, in operations of the machine as they were counted in the code that V8
 * makes: one for what a vector instruction does, more for what has to be put together lane by lane.
 */

/** What the estimate depends on besides the nest. */
export interface Machine {
  /** Lanes of a vector. */
  readonly width: number;
  /** The usual number of samples. */
  readonly batchSize: number;
}

/** How an offset changes from one lane to the next. */
export type Stride = number | "any";

/** By how many elements an offset moves as the variable does; `any` if elements of memory decide. */
export function strideOf({ terms }: Affine, variable: string): Stride {
  let stride = 0;
  for (const { coefficient, atom } of terms) {
    if (atom.kind === "element") {
      if (variablesOf(atom.offset).has(variable)) return "any";
    } else if (atom.name === variable) stride += coefficient;
  }
  return stride;
}

/** Functions that take a few dozen instructions: in lanes for all of them, else for each element, and called. */
const elementary: ReadonlySet<ScalarOperation> = new Set<ScalarOperation>([
  "power",
  "exp",
  "expm1",
  "log",
  "log1p",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "erf",
  "sigmoid",
]);
const elementaryInLanes = 25;
const elementaryAlone = 45;
/** Control of a loop and the pointers that move with it. */
export const iteration = 3;
/** Putting the lanes of an accumulator together. */
const combining = 10;

/** How often a loop's body runs, for the usual number of samples. */
export function tripsOf(loop: Loop, { batchSize }: Machine): number {
  return tripCount(loop) ?? batchSize;
}

/**
 * The cost of the statements with the loop over `variable` in lanes; without, if undefined.
 */
export function laneCost(
  statements: readonly Statement[],
  variable: string | undefined,
  machine: Machine,
): number {
  return new Estimate(variable, machine).of(statements, false);
}

class Estimate {
  readonly #variable: string | undefined;
  readonly #machine: Machine;

  constructor(variable: string | undefined, machine: Machine) {
    this.#variable = variable;
    this.#machine = machine;
  }

  of(statements: readonly Statement[], inLanes: boolean): number {
    return statements.reduce((sum, statement) => sum + this.#statement(statement, inLanes), 0);
  }

  #statement(statement: Statement, inLanes: boolean): number {
    if (statement.kind === "loop") {
      if (statement.variable === this.#variable) return this.#laneLoop(statement);
      return tripsOf(statement, this.#machine) * (iteration + this.of(statement.body, inLanes));
    }
    const inside = "body" in statement ? this.of(statement.body, inLanes) : 0;
    return inside + this.#operations(statement, inLanes) + this.#accesses(statement, inLanes);
  }

  #laneLoop(loop: Loop): number {
    const { width } = this.#machine;
    const trips = tripsOf(loop, this.#machine);
    const vectors = Math.floor(trips / width);
    const rest = trips % width;
    const ofVector = iteration + this.of(loop.body, true);
    const ofRest =
      rest === 0
        ? 0
        : vectors > 0 && isRepeatable(loop)
          ? ofVector
          : rest * (iteration + this.of(loop.body, false));
    return vectors * ofVector + ofRest + combining * accumulatorsOf(loop).size;
  }

  #operations(statement: Statement, inLanes: boolean): number {
    if (!("value" in statement)) return 0;
    let sum = 0;
    visitExpression(statement.value, (part) => {
      if (part.kind === "random") sum += 20;
      else if (part.kind === "apply") {
        const isLong = elementary.has(part.operation);
        sum += isLong ? (inLanes ? elementaryInLanes : elementaryAlone) : 1;
      }
    });
    return sum;
  }

  #accesses(statement: Statement, inLanes: boolean): number {
    let sum = 0;
    visitOwnAccesses(statement, ({ kind, offset }) => {
      if (!inLanes)
        sum += kind === "accumulate" ? 4 : 2; // and a conversion, in single precision
      else {
        const stride = this.#variable === undefined ? 0 : strideOf(offset, this.#variable);
        sum += accessCost(kind, stride, this.#machine.width);
      }
    });
    return sum;
  }
}

/** What an access costs in a loop in lanes. */
export function accessCost(kind: "load" | "store" | "accumulate", stride: Stride, width: number): number {
  if (stride === 1) return kind === "accumulate" ? 3 : 1;
  if (kind === "load") return stride === 0 ? 1 : stride === 2 ? 3 : stride === "any" ? 4 * width : 2 * width;
  if (kind === "accumulate") return stride === 0 ? combining + 3 : 5 * width;
  return 3 * width; // a matrix is transposed faster by gathering than by scattering
}

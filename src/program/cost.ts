import { foldExpression } from "./fold.ts";
import type { Affine, Bound, Expression, Loop, Program, Statement } from "./program.ts";
import { type ScalarOperation, scalarArity } from "./scalar.ts";

/** How much one run of a program does. Index arithmetic is not counted. */
export interface ProgramCost {
  /** How often each scalar operation is carried out, and how many random numbers are drawn; what does not occur is absent. */
  readonly operations: Readonly<Partial<Record<ScalarOperation | "random", number>>>;
  /** All scalar operations together. */
  readonly total: number;
  /** Reads of buffer elements, those inside indices included. */
  readonly loads: number;
  readonly stores: number;
  /** Definitions of locals. */
  readonly locals: number;
  /** Iterations of loops, inner and outer. */
  readonly iterations: number;
}

/** The work of one run on a machine with vectors. */
export interface VectorCost {
  /** In loops whose iterations run in lanes: what is done for all lanes of a vector counts once. */
  readonly inLanes: ProgramCost;
  readonly alone: ProgramCost;
}

/**
 * Counts the work of one run on `batch` samples, loops by their extents. Both branches of a `select` and the body of a `when` count, as they do
 * on a machine that computes in lanes; so the counts do not depend on the data. `+=` counts as a load, an addition and a
 * store.
 */
export function countProgram(program: Program, batch: number): ProgramCost {
  const counter = new Counter(batch);
  counter.statements(program.body, 1);
  return counter.cost();
}

/** The same, with what goes through vectors by itself. */
export function countVectors(program: Program, batch: number): VectorCost {
  const inLanes = new Counter(batch);
  const alone = new Counter(batch, inLanes);
  alone.statements(program.body, 1);
  return { inLanes: inLanes.cost(), alone: alone.cost() };
}

class Counter {
  readonly #batch: number;
  /** Counts loops in lanes, vector by vector; where there is none, they are counted here, element by element. */
  readonly #inLanes: Counter | undefined;
  readonly #operations = new Map<ScalarOperation | "random", number>();
  #loads = 0;
  #stores = 0;
  #locals = 0;
  #iterations = 0;

  constructor(batch: number, inLanes?: Counter) {
    this.#batch = batch;
    this.#inLanes = inLanes;
  }

  statements(statements: readonly Statement[], times: number): void {
    for (const statement of statements) this.#statement(statement, times);
  }

  cost(): ProgramCost {
    const entries = [...this.#operations].sort(
      ([a], [b]) => operationOrder.indexOf(a) - operationOrder.indexOf(b),
    );
    const total = entries.reduce((sum, [, count]) => sum + count, 0);
    return {
      operations: Object.fromEntries(entries),
      total,
      loads: this.#loads,
      stores: this.#stores,
      locals: this.#locals,
      iterations: this.#iterations,
    };
  }

  #statement(statement: Statement, times: number): void {
    switch (statement.kind) {
      case "loop":
        this.#loop(statement, times);
        return;
      case "piece":
        this.statements(statement.body, times);
        return;
      case "when":
        this.#expression(statement.value, times);
        this.statements(statement.body, times);
        return;
      case "comment":
        return;
      case "store":
        this.#stores += times;
        if (statement.accumulate) {
          this.#loads += times;
          this.#operation("add", times);
        }
        this.#loads += times * elementLoads(statement.offset);
        this.#expression(statement.value, times);
        return;
      case "let":
        this.#locals += times;
        this.#expression(statement.value, times);
        return;
      case "assign":
      case "return":
        this.#expression(statement.value, times);
    }
  }

  #loop(loop: Loop, times: number): void {
    const { lanes = 1 } = loop;
    if (lanes > 1 && this.#inLanes !== undefined)
      this.#inLanes.#body(loop, times * stepsOf(loop, this.#batch));
    else this.#body(loop, times * iterations(loop, this.#batch));
  }

  #body({ body }: Loop, times: number): void {
    this.#iterations += times;
    this.statements(body, times);
  }

  #expression(expression: Expression, times: number): void {
    const nothing = (): undefined => undefined;
    const indexed = (affine: Affine): undefined => {
      this.#loads += times * elementLoads(affine);
      return undefined;
    };
    foldExpression<undefined>(expression, {
      number: nothing,
      local: nothing,
      load: (_buffer, offset) => {
        this.#loads += times;
        indexed(offset);
      },
      index: indexed,
      inRange: ({ value }) => {
        indexed(value);
      },
      batchSize: nothing,
      step: nothing,
      random: (_stream, value) => {
        this.#operation("random", times);
        indexed(value);
      },
      apply: (operation) => {
        this.#operation(operation, times);
        return undefined;
      },
    });
  }

  #operation(operation: ScalarOperation | "random", times: number): void {
    this.#operations.set(operation, (this.#operations.get(operation) ?? 0) + times);
  }
}

const operationOrder = [...(Object.keys(scalarArity) as ScalarOperation[]), "random"]; // the table's keys are its operations

/** How often the body of a loop runs. */
export function iterations(loop: Loop, batch: number): number {
  const { step, lanes = 1 } = loop;
  const steps = stepsOf(loop, batch);
  const distance = distanceOf(loop, batch);
  // The last vector may have fewer lanes left to it than there are.
  return lanes === 1 || steps === 0
    ? steps
    : (steps - 1) * lanes + Math.min(lanes, distance - (steps - 1) * step);
}

/** How often its variable takes a step, with all its lanes at once. */
function stepsOf(loop: Loop, batch: number): number {
  return Math.max(0, Math.ceil(distanceOf(loop, batch) / loop.step));
}

function distanceOf({ from, to }: Loop, batch: number): number {
  return boundValue(to, batch) - boundValue(from, batch);
}

/** Whether all lanes of a loop are always busy. */
export function fillsLanes({ from, to, lanes = 1 }: Loop): boolean {
  const end = typeof to === "number" ? to : to.multipleOf;
  const start = typeof from === "number" ? from : from.multipleOf;
  return typeof to === "number" && typeof from === "number"
    ? (end - start) % lanes === 0
    : end % lanes === 0 && start % lanes === 0;
}

/** What a bound is for a batch of this many samples. */
export function boundValue(bound: Bound, batch: number): number {
  return typeof bound === "number" ? bound : batch - (batch % bound.multipleOf);
}

function elementLoads(affine: Affine): number {
  return affine.terms.reduce(
    (sum, { atom }) => (atom.kind === "element" ? sum + 1 + elementLoads(atom.offset) : sum),
    0,
  );
}

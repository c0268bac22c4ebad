import { invariant } from "../diagnostics/index.ts";
import { type Node, type NodeOf, recurrenceOf, sizeOf, stepsOf } from "../graph/index.ts";
import {
  type Affine,
  type Bound,
  type Buffer,
  type Expression,
  type ScalarOperation,
  type Statement,
  affineKey,
  affineVariable,
  scalarApply,
  scalarNumber,
  shiftAffine,
} from "../program/index.ts";
import type { Memory } from "./memory.ts";
import type { NameSupply } from "./names.ts";
import { LoopNest, type Scope } from "./nest.ts";
import { asOperand, loweringOf } from "./operation.ts";
import { operandOf } from "./reads.ts";
import { splitIndex } from "./reshape.ts";

/** One element of a node, to be computed once. */
interface Element {
  readonly node: Node;
  readonly index: readonly Affine[];
  readonly name: string;
  readonly scope: Scope;
  done: boolean;
}

/** An element whose operands are being computed. */
interface Task {
  readonly element: Element;
  started: boolean;
  value: Expression;
  /** The loops around a reduction's accumulation, outermost first. */
  loops: readonly { readonly scope: Scope; readonly extent: Bound }[];
}

const neutral = { add: 0, maximum: -Infinity, minimum: Infinity } as const;

/** What a writer needs to know of its surroundings. */
export interface WriterContext {
  readonly memory: Memory;
  readonly names: NameSupply;
  /** A base for the name of a node's elements. */
  readonly baseNames: ReadonlyMap<Node, string>;
  readonly batchVariable: string;
}

/**
 * Writes loops and computes elements of nodes in them. An element that is not in memory is computed by its operation's
 * lowering rule, once, in the outermost loop that its index allows; its operands come before it. Works through a stack
 * of its own, so that formulas may be of any depth.
 */
export class Writer {
  /** The loops around what is written. */
  readonly nest: LoopNest;
  readonly #context: WriterContext;
  /** By the scopes that they have been computed in. */
  readonly #elements = new WeakMap<Scope, Map<string, Element>>();
  /** The local that holds 1 / batch size, once something needs it. */
  #inverse: string | undefined;
  /** The elements that a lowering rule has just asked for. */
  #wanted: Element[] = [];

  constructor(context: WriterContext) {
    this.#context = context;
    this.nest = new LoopNest(context.names, context.batchVariable);
  }

  store(buffer: Buffer, shape: readonly number[], index: readonly Affine[], value: Expression): void {
    const offset = this.#context.memory.offset(buffer, shape, index);
    this.nest.write({ kind: "store", buffer: buffer.name, offset, value, accumulate: false });
  }

  /** Into the memory of a node, on top of what is there or over it. */
  storeIn(node: Node, index: readonly Affine[], value: Expression, accumulate = false): void {
    const { memory } = this.#context;
    const offset = memory.offsetOf(node, index);
    this.nest.write({ kind: "store", buffer: memory.placeOf(node).name, offset, value, accumulate });
  }

  /** An element of a node as an expression of what has been written so far. */
  value(node: Node, index: readonly Affine[]): Expression {
    const expression = this.#request(node, index);
    this.#compute(this.#takeWanted());
    return expression;
  }

  /** An element as a local, which keeps its value when the memory it was read from is overwritten. */
  named(node: Node, index: readonly Affine[]): Expression {
    const value = this.value(node, index);
    if (value.kind !== "load") return value;
    const name = this.#context.names.claim(this.#context.baseNames.get(node) ?? node.operation);
    this.nest.write({ kind: "let", name, value, mutable: false });
    return { kind: "local", name };
  }

  /** An element as an expression, not read from the node's own memory: for the statement that stores it there. */
  computed(node: Node, index: readonly Affine[]): Expression {
    const element: Element = { node, index, name: "", scope: this.nest.innermost, done: false };
    const task: Task = { element, started: false, value: scalarNumber(0), loops: [] };
    return this.#run(task);
  }

  /** A sum over the batch divided by its size; for many elements by multiplication with the inverse, computed once. */
  meanOf(node: Node, sum: Expression): Expression {
    if (sizeOf(node.type.shape) === 1) return scalarApply("divide", sum, { kind: "batchSize" });
    if (this.#inverse === undefined) {
      this.#inverse = this.#context.names.claim("inverseBatchSize");
      const value = scalarApply("divide", scalarNumber(1), { kind: "batchSize" });
      this.nest.outermost.statements.push({ kind: "let", name: this.#inverse, value, mutable: false });
    }
    return scalarApply("multiply", sum, { kind: "local", name: this.#inverse });
  }

  /** An integer element, for use inside an index. */
  integer(node: Node, index: readonly Affine[]): Affine {
    const { memory } = this.#context;
    const buffer = memory.bufferOf(node);
    invariant(
      buffer?.element === "integer",
      `the indices of ${node.operation} ${node.id} lie in integer memory`,
    );
    const offset = memory.offsetOf(node, index);
    return {
      constant: 0,
      terms: [{ coefficient: 1, atom: { kind: "element", buffer: buffer.name, offset } }],
    };
  }

  /** An element as a load, a number, or a local that will be there once the wanted elements are computed. */
  #request(node: Node, index: readonly Affine[]): Expression {
    let [current, at] = [node, index];
    for (;;) {
      const buffer = this.#context.memory.bufferOf(current);
      if (buffer !== undefined) {
        const offset = this.#context.memory.offsetOf(current, at);
        const load: Expression = { kind: "load", buffer: buffer.name, offset };
        return current.type.element === "boolean" ? scalarApply("notEqual", load, scalarNumber(0)) : load;
      }
      if (current.operation === "constant") return scalarNumber(current.attributes.value);
      if (current.operation !== "reshape") break;
      const operand = operandOf(current, 0);
      const split = splitIndex(current.type.shape, operand.type.shape, at);
      invariant(split !== undefined, "what a reshape cannot address by index lies in memory");
      [current, at] = [operand, split];
    }
    const element = this.#element(current, at);
    if (!element.done) this.#wanted.push(element);
    return { kind: "local", name: element.name };
  }

  #element(node: Node, index: readonly Affine[]): Element {
    const scope = this.#scopeOf(node, index);
    const key = `${node.id}[${index.map(affineKey).join(",")}]`;
    const elements = this.#elements.get(scope) ?? new Map<string, Element>();
    this.#elements.set(scope, elements);
    let element = elements.get(key);
    if (element === undefined) {
      const name = this.#context.names.claim(this.#context.baseNames.get(node) ?? node.operation);
      element = { node, index, name, scope, done: false };
      elements.set(key, element);
    }
    return element;
  }

  /** The outermost scope that knows every variable of the element: its index, and the sample if it is of one. */
  #scopeOf(node: Node, index: readonly Affine[]): Scope {
    const needed = new Set<string>(node.type.batched ? [this.#context.batchVariable] : []);
    for (const at of index) this.#collectVariables(at, needed);
    return this.nest.scopeOf(needed);
  }

  #collectVariables(affine: Affine, into: Set<string>): void {
    for (const { atom } of affine.terms) {
      if (atom.kind === "variable") into.add(atom.name);
      else this.#collectVariables(atom.offset, into);
    }
  }

  #takeWanted(): readonly Element[] {
    const wanted = this.#wanted;
    this.#wanted = [];
    return wanted;
  }

  #compute(elements: readonly Element[]): void {
    for (const element of elements) {
      if (element.done) continue;
      const task: Task = { element, started: false, value: scalarNumber(0), loops: [] };
      const value = this.#run(task);
      this.#finish(element, value);
    }
  }

  /** Computes everything that the task's element is made of; gives the expression of the element itself. */
  #run(root: Task): Expression {
    const stack: Task[] = [root];
    for (let task = stack.at(-1); task !== undefined; task = stack.at(-1)) {
      if (task.element.done) {
        stack.pop();
      } else if (!task.started) {
        task.started = true;
        this.#start(task);
        for (const element of [...this.#takeWanted()].reverse()) {
          if (!element.done) stack.push({ element, started: false, value: scalarNumber(0), loops: [] });
        }
      } else {
        stack.pop();
        const value = this.#closeReduction(task);
        if (task === root) return value;
        this.#finish(task.element, value);
      }
    }
    throw new Error("the root task ends the loop above");
  }

  #finish(element: Element, value: Expression): void {
    if (element.done) return;
    element.done = true;
    // A reduction's accumulator bears the element's name already.
    if (value.kind === "local" && value.name === element.name) return;
    element.scope.statements.push({ kind: "let", name: element.name, value, mutable: false });
  }

  /** Applies the element's lowering rule, which asks for operands. A reduction opens its loops. */
  #start(task: Task): void {
    const { node, index } = task.element;
    const lowering = loweringOf(node);
    const operand = (position: number, at: readonly Affine[]): Expression =>
      this.#request(operandOf(node, position), at);
    const integer = (position: number, at: readonly Affine[]): Affine =>
      this.integer(operandOf(node, position), at);
    const sample = affineVariable(this.#context.batchVariable);
    switch (lowering.kind) {
      case "element":
        task.value = lowering.element({ node: asOperand(node), index, sample, operand, integer });
        return;
      case "reduction": {
        const over = this.#openReduction(task, lowering.domain(asOperand(node)));
        task.value = lowering.element({ node: asOperand(node), index, sample, over, operand, integer });
        return;
      }
      case "delay":
        task.value = this.#delayed(node as NodeOf<"delay">, index); // the only operation that is lowered so
        return;
      case "batchReduction": {
        const scope = this.nest.open(this.#context.batchVariable);
        task.loops = [{ scope, extent: { kind: "batch", multipleOf: 1 } }];
        task.value = operand(0, index);
        return;
      }
      case "leaf":
      case "reshape":
      case "scatter":
      case "expand":
        invariant(false, `${node.operation} is in memory or rewritten before it is lowered`);
    }
  }

  /** The element of the step before, or what there is before the first step. */
  #delayed(node: NodeOf<"delay">, index: readonly Affine[]): Expression {
    const { axis, reverse } = node.attributes;
    const { initial, next } = recurrenceOf(node);
    const steps = stepsOf(node);
    const t = index[axis];
    invariant(t !== undefined, "a delay has an axis of steps");
    const [from, to] = reverse ? [0, steps - 1] : [1, Infinity];
    const isLater: Expression = { kind: "inRange", value: t, from, to, step: 1 };
    const before = index.map((each, k) => (k === axis ? shiftAffine(each, reverse ? 1 : -1) : each));
    const start = this.#request(
      initial,
      index.filter((_, k) => k !== axis),
    );
    return scalarApply("select", isLater, this.#request(next, before), start);
  }

  #openReduction(task: Task, domain: readonly number[]): readonly Affine[] {
    const loops: { scope: Scope; extent: Bound }[] = [];
    const over = domain.map((extent): Affine => {
      if (extent === 1) return { constant: 0, terms: [] };
      const variable = this.nest.freeVariable();
      loops.push({ scope: this.nest.open(variable), extent });
      return affineVariable(variable);
    });
    task.loops = loops;
    return over;
  }

  /** Combines the value into an accumulator around the reduction's loops, and closes them. */
  #closeReduction({ element, value, loops }: Task): Expression {
    if (loops.length === 0) return value;
    const combine = this.#combiner(element.node);
    const { names } = this.#context;
    const isMean = element.node.operation === "batchReduce" && element.node.attributes.kind === "mean";
    const base = this.#context.baseNames.get(element.node) ?? element.node.operation;
    const accumulator =
      element.name === "" || isMean ? names.claim(isMean ? sumName(base) : base) : element.name;
    const local: Expression = { kind: "local", name: accumulator };
    this.nest.write({ kind: "assign", name: accumulator, value: scalarApply(combine, local, value) });
    const [outermost] = loops;
    invariant(outermost !== undefined, "a reduction has loops");
    const scope = element.name === "" ? this.nest.around(outermost.scope) : element.scope;
    const loop = loops.reduceRight<Statement | undefined>(
      (inner, { scope: { variable, statements }, extent }) => {
        this.nest.close();
        const body = inner === undefined ? statements : [...statements, inner];
        return { kind: "loop", variable: variable ?? "", from: 0, to: extent, step: 1, body };
      },
      undefined,
    );
    invariant(loop !== undefined, "a reduction has loops");
    scope.statements.push(
      { kind: "let", name: accumulator, value: scalarNumber(neutral[combine]), mutable: true },
      loop,
    );
    return isMean ? this.meanOf(element.node, local) : local;
  }

  #combiner(node: Node): keyof typeof neutral & ScalarOperation {
    const lowering = loweringOf(node);
    return lowering.kind === "reduction" ? lowering.combine(asOperand(node)) : "add";
  }
}

/** What the sum behind a mean is called: the mean's own name is that of the quotient, unless it has none. */
function sumName(base: string): string {
  return /(^|_)total$/u.test(base) ? base : `${base}_total`;
}

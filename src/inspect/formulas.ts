import {
  type DerivedNetwork,
  formatShape,
  type Node,
  type NodeOf,
  reachableFrom,
  recurrenceOf,
} from "../graph/index.ts";
import { constantValue } from "../operations/index.ts";
import { ElementWriter } from "./elements.ts";
import { bracket, type Formula, type Glyph, symbol } from "./formula.ts";
import { glyphOfName, gradientGlyph } from "./glyphs.ts";
import { MatrixWriter } from "./matrix.ts";
import { type Delta, deltaNames } from "./deltas.ts";
import { type ErrorOf, errorsOf } from "./activations.ts";
import { operandsOf } from "./pattern.ts";
import { type Notation, printFormula } from "./print.ts";
import { chooseNamed, delaysOfOne, shownElements } from "./share.ts";

/** How to write formulas, and of what. */
export interface FormulaOptions {
  /** Default `text`: Unicode; `latex` is what KaTeX and LaTeX's maths mode read. */
  readonly notation?: Notation;
  /** The parameters whose gradients are wanted; by default all. */
  readonly parameters?: readonly string[];
}

/** `name = matrix`, and for an element `element = index`. */
export interface Equation {
  /** `∂L/∂W1`, `h` */
  readonly name: string;
  /** In matrix notation: `(1/N) Σ dz xᵀ`. */
  readonly matrix: string;
  /** `∂L/∂W1[i,j]` */
  readonly element: string;
  /** In index notation: `(1/N) Σₙ dz[n,i] x[n,j]`. */
  readonly index: string;
  /** Shape of one sample. */
  readonly shape: readonly number[];
  /** Whether there is one for each sample. */
  readonly batched: boolean;
}

/** The gradients of a network as formulas for people. Serialises as JSON as it is. */
export interface FormulaSheet {
  readonly notation: Notation;
  /** How matrix notation calls the step of a recurrence, where there is one: `h[t−1]` is h one step before. */
  readonly step?: string;
  readonly loss: Equation;
  /** In the order of the parameters' declarations; `parameter` is the user's name. */
  readonly gradients: readonly (Equation & { readonly parameter: string })[];
  /** The named parts of the formulas above, each after those that it mentions. */
  readonly definitions: readonly (Equation & {
    /** `adjoint`: dh, the derivative of the loss by h, for one sample if h is batched. `part`: named here because it is shared or long. */
    readonly kind: "statement" | "adjoint" | "part";
    /** Of an error δh: whether it is the derivative by h, or by what h applies its activation to. */
    readonly errorOf?: ErrorOf;
  })[];
}

/**
 * Each gradient of a network as a formula, in matrix and in index notation. Parts that are shared or long are named once
 * and listed; the whole is linear in the size of the graph.
 *
 * @param derived The `derived` of a compilation.
 * @param options Text or LaTeX; all gradients or some.
 * @returns The formulas, as data.
 */
export function formulas(derived: DerivedNetwork, options: FormulaOptions = {}): FormulaSheet {
  const notation = options.notation ?? "text";
  const naming = nameParts(derived);
  const writeEquation = equationWriter(derived, naming, notation);
  const wanted = derived.gradients.filter(
    ({ parameter }) => options.parameters?.includes(parameter.name) ?? true,
  );
  const shown = options.parameters && reachedBy([derived.loss, ...wanted.map(({ node }) => node)]);
  const asked = new Set(wanted.map(({ node }) => node));
  const isRecurrent = reachableFrom(derived.gradients.map(({ node }) => node)).some(
    ({ operation }) => operation === "delay",
  );
  return {
    notation,
    ...(isRecurrent ? { step: naming.step.text } : {}),
    loss: writeEquation(derived.loss, naming.lossGlyph),
    gradients: wanted.map(({ parameter, node }) => ({
      parameter: parameter.name,
      ...writeEquation(node, gradientGlyph(naming.lossGlyph, parameter.name)),
    })),
    definitions: naming.defined
      .filter(({ node }) => shown === undefined || (shown.has(node) && !asked.has(node)))
      .filter(({ kind }) => shown !== undefined || kind !== "gradient")
      .map(({ node, kind, glyph, errorOf }) => ({
        ...writeEquation(node, glyph),
        kind: kind === "gradient" ? "adjoint" : kind,
        ...(errorOf !== undefined && { errorOf }),
      })),
  };
}

/**
 * The names that formulas give to shared and long parts (`δh`, `v1`), so that generated code can use the same; and those
 * of errors that formulas write out where they are used, because they are short (`δy` for y − t).
 */
export function partNames(derived: DerivedNetwork): ReadonlyMap<Node, string> {
  const { defined, errors } = nameParts(derived);
  const parts = defined.filter(({ kind }) => kind === "part");
  return new Map([
    ...[...errors].map(([node, { name }]) => [node, name] as const),
    ...parts.map(({ node, glyph }) => [node, glyph.text] as const),
  ]);
}

interface Naming {
  readonly glyphs: ReadonlyMap<Node, Glyph>;
  readonly lossGlyph: Glyph;
  /** The step that a recurrence is at. */
  readonly step: Glyph;
  /** The errors that backpropagation carries, whether formulas mention them by name or not. */
  readonly errors: ReadonlyMap<Node, Delta>;
  /** Everything but leaves that formulas may mention by name, in topological order. */
  readonly defined: readonly {
    readonly node: Node;
    readonly kind: "statement" | "adjoint" | "part" | "gradient";
    readonly glyph: Glyph;
    readonly errorOf?: ErrorOf | undefined;
  }[];
}

function nameParts({ network, loss, gradients, names, labels }: DerivedNetwork): Naming {
  const taken = new Set([
    ...names.values(),
    ...labels.values(),
    ...network.statements.map(({ name }) => name),
  ]);
  const lossGlyph = freeSymbol(["L", "J", "E", "loss"], taken);
  const glyphs = new Map<Node, Glyph>();
  const statementNames = new Set(network.statements.map(({ name }) => name));
  const gradientNames = new Set(gradients.map(({ parameter }) => `d${parameter.name}`));
  const isStatement = (node: Node): boolean => statementNames.has(names.get(node) ?? "");

  const lines = new Map<Node, Glyph>();
  if (operandsOf(loss).length > 0) lines.set(loss, lossGlyph);
  // What the loss itself reads is no derivative to a reader, even if it happens to be one: L = w Σ x.
  const forward = reachedBy([loss]);
  for (const { parameter, node } of gradients) {
    const nameable =
      operandsOf(node).length > 0 && !isStatement(node) && !lines.has(node) && !forward.has(node);
    if (nameable) lines.set(node, gradientGlyph(lossGlyph, parameter.name));
  }
  const roots = [loss, ...gradients.map(({ node }) => node)];
  const shown = [...reachedBy(roots)].sort((a, b) => a.id - b.id);
  for (const node of shown) {
    const name = leafName(node, names);
    if (name !== undefined) glyphs.set(node, glyphOfName(name));
    if (node.operation === "random") {
      const number = node.attributes.stream + 1;
      glyphs.set(node, freeSymbol([`random${number}`, `draw${number}`], taken));
    }
  }
  for (const [node, glyph] of lines) glyphs.set(node, glyph);

  const nameable = shown.filter((node) => names.has(node) && !lines.has(node));
  const statements = new Set(nameable.filter(isStatement));
  // The loss of a sample is mentioned by the loss alone, which rather shows it.
  const kept = new Set([...statements].filter((node) => names.get(node) !== "loss"));
  const adjoints = new Set(
    nameable.filter((node) => !isStatement(node) && !gradientNames.has(names.get(node) ?? "")),
  );
  const chosen = new Set(
    chooseNamed({
      statements: kept,
      adjoints,
      labelled: new Set(labels.keys()),
      names: new Map([...names, ...labels]),
      roots,
      namedRoots: new Set(lines.keys()),
    }),
  );
  const fresh = freshNames(taken);
  const owners = errorsOf(reachableFrom(roots), statements);
  const deltas = deltaNames({ gradients, statements, names, owners, chosen });
  const defined = shown.flatMap((node): Naming["defined"] => {
    const line = lines.get(node);
    if (line !== undefined) return node === loss ? [] : [{ node, kind: "gradient", glyph: line }];
    if (!chosen.has(node)) return [];
    const kind = statements.has(node) ? "statement" : adjoints.has(node) ? "adjoint" : "part";
    const delta = kind === "part" ? deltas.get(node) : undefined;
    const glyph = glyphOfName(
      (kind === "part" ? (delta?.name ?? labels.get(node)) : names.get(node)) ?? fresh(),
    );
    glyphs.set(node, glyph);
    return [{ node, kind, glyph, errorOf: delta?.errorOf }];
  });
  // A contraction may be v xᵀ, which holds the error v and is none.
  const isError = (node: Node): boolean =>
    chosen.has(node) || (operandsOf(node).length > 0 && !names.has(node) && node.operation !== "einsum");
  const errors = deltaNames({ gradients, statements, names, owners, chosen: new Set(shown.filter(isError)) });
  const isTaken = new Set([...glyphs.values()].map(({ text }) => text)).has("t");
  const step: Glyph = isTaken ? { text: "τ", tex: "\\tau" } : { text: "t", tex: "t" };
  return { glyphs, lossGlyph, step, errors, defined };
}

function leafName(node: Node, names: ReadonlyMap<Node, string>): string | undefined {
  if (node.operation === "input" || node.operation === "parameter")
    return names.get(node) ?? node.attributes.name;
  if (node.operation === "state")
    return names.get(node) ?? `${node.attributes.name}_${node.attributes.parameter}`;
  return undefined;
}

/** The first candidate that is no name of the user's. */
function freeSymbol(candidates: readonly string[], taken: ReadonlySet<string>): Glyph {
  const free = candidates.find((candidate) => !taken.has(candidate)) ?? `${candidates.join("")}_`;
  return glyphOfName(free);
}

/** v1, v2, …, as in the literature on automatic differentiation (Griewank & Walther 2008). */
function freshNames(taken: ReadonlySet<string>): () => string {
  let count = 0;
  return () => {
    do count += 1;
    while (taken.has(`v${count}`));
    return `v${count}`;
  };
}

/** The nodes that the formulas of these show, named parts included. */
function reachedBy(roots: readonly Node[]): ReadonlySet<Node> {
  const reached = new Set(roots);
  const pending = [...reached];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    for (const operand of operandsOf(node)) {
      if (reached.has(operand)) continue;
      reached.add(operand);
      pending.push(operand);
    }
  }
  return reached;
}

/** The delays that start from something else than 0, by the node whose line tells so: what they delay, or they themselves. */
function startsBelow(roots: readonly Node[]): ReadonlyMap<Node, NodeOf<"delay">> {
  const nodes = reachableFrom(roots);
  const others = delaysOfOne(nodes);
  const started = nodes
    .filter((node) => node.operation === "delay")
    .filter((delay) => constantValue(recurrenceOf(delay).initial) !== 0);
  return new Map(started.map((delay) => [others.has(delay) ? delay : recurrenceOf(delay).next, delay]));
}

function equationWriter(
  { names, loss, gradients }: DerivedNetwork,
  { glyphs, step }: Naming,
  notation: Notation,
): (node: Node, glyph: Glyph) => Equation {
  const count = freeSymbol(["N", "B", "M"], new Set(names.values()));
  const batchSize: Formula = { ...symbol(count.text, count.tex), isCount: true };
  const matrix = new MatrixWriter(glyphs, batchSize, { kind: "symbol", glyph: step });
  const elements = new ElementWriter(glyphs, batchSize);
  const starts = startsBelow([loss, ...gradients.map(({ node }) => node)]);
  const print = (formula: Formula): string => printFormula(formula, notation);
  return (node, glyph) => {
    // v = [a = b], or it would say that all three are equal.
    const stated = (formula: Formula): string =>
      print(node.type.element === "boolean" ? bracket(formula) : formula);
    const name: Formula = { kind: "symbol", glyph };
    const known = glyphs.get(node);
    // Where the node has another line of its own already, this one refers to it.
    const own = known === undefined || known.text === glyph.text;
    const { left, right } = elements.equation(node, name, own);
    const isConstant = node.operation === "literal" && node.attributes.data.length > shownElements;
    // A recurrence that starts from 0 needs no mention.
    const start = starts.get(node);
    const from = start === undefined ? "" : `, ${print(matrix.start(start, name, start === node))}`;
    const constant = `${notation === "text" ? "constant" : "\\text{constant}"} ${formatShape(node.type.shape)}`;
    return {
      name: print(name),
      matrix: isConstant
        ? constant
        : `${stated(own ? matrix.definition(node) : matrix.mention(node))}${from}`,
      element: print(left),
      index: isConstant ? constant : stated(right),
      shape: node.type.shape,
      batched: node.type.batched,
    };
  };
}

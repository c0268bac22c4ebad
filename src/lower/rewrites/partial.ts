import {
  type Affine,
  type Expression,
  type ScalarOperation,
  type Statement,
  affineConstant,
  affineVariable,
  shiftAffine,
} from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { Copier, type Loop, visitExpression, visitStatements } from "../traverse.ts";

/**
 * Does `factor` iterations of a loop in one, one after the other. Sums over the loop add the iterations' parts to each
 * other first and to the accumulator once, so that they wait for one addition where they waited for `factor`; maxima and minima likewise. The
 * iterations that are left over follow: in straight line where their number is known, in a loop for a batch.
 */
export function unrollBy(loop: Loop, factor: number, names: NameSupply): readonly Statement[] {
  const sums = sumsOf(loop);
  const run = (places: readonly Affine[]): readonly Statement[] => iterationsAt(loop, places, sums, names);
  const together = Array.from({ length: factor }, (_, k) => shiftAffine(affineVariable(loop.variable), k));
  if (typeof loop.to !== "number") {
    const whole = { kind: "batch", multipleOf: factor } as const;
    const rest = new Copier(new Map(), (name) => names.claim(names.baseOf(name))).copyAll(loop.body);
    return [
      { ...loop, to: whole, step: factor, body: run(together) },
      { ...loop, from: whole, body: rest },
    ];
  }
  const from = typeof loop.from === "number" ? loop.from : 0;
  const whole = loop.to - ((loop.to - from) % factor);
  const rest = Array.from({ length: loop.to - whole }, (_, k) => affineConstant(whole + k));
  return [
    ...(whole > from ? [{ ...loop, to: whole, step: factor, body: run(together) }] : []),
    ...(rest.length > 0 ? run(rest) : []),
  ];
}

/** The same for a loop in lanes, by so many vectors; what is left over follows in single ones. */
export function unrollVectors(loop: Loop, factor: number, names: NameSupply): readonly Statement[] {
  const { lanes = 1, from, to } = loop;
  const block = lanes * factor;
  const whole: Loop["to"] =
    typeof to === "number"
      ? to - ((to - (typeof from === "number" ? from : 0)) % block)
      : { kind: "batch", multipleOf: block };
  const places = Array.from({ length: factor }, (_, k) =>
    shiftAffine(affineVariable(loop.variable), k * lanes),
  );
  const together = { ...loop, to: whole, step: block, body: iterationsAt(loop, places, sumsOf(loop), names) };
  const rest = new Copier(new Map(), (name) => names.claim(names.baseOf(name))).copyAll(loop.body);
  return [
    ...(whole === from ? [] : [together]),
    ...(whole === to ? [] : [{ ...loop, from: whole, body: rest }]),
  ];
}

/** The accumulators that the loop only adds to, or only takes the greatest or least with, by one statement each at the top of its body. */
function sumsOf(loop: Loop): ReadonlySet<string> {
  const sums = new Set<string>();
  const reads = new Map<string, number>();
  visitStatements(loop.body, (statement) => {
    if (statement.kind === "loop" || statement.kind === "piece" || statement.kind === "comment") return;
    visitExpression(statement.value, (part) => {
      if (part.kind === "local") reads.set(part.name, (reads.get(part.name) ?? 0) + 1);
    });
  });
  for (const statement of loop.body) {
    if (statement.kind === "assign" && partOf(statement.name, statement.value) !== undefined) {
      if (reads.get(statement.name) === 1) sums.add(statement.name);
    }
  }
  return sums;
}

/** What may be combined in any grouping: sums as far as they round alike, maxima and minima exactly. */
const combining: ReadonlySet<ScalarOperation> = new Set<ScalarOperation>(["add", "maximum", "minimum"]);

/** What an accumulator is combined with, and how. */
interface Part {
  readonly operation: ScalarOperation;
  readonly value: Expression;
}

/** `+` and v where the value is `name + v`. */
function partOf(name: string, value: Expression): Part | undefined {
  if (value.kind !== "apply" || !combining.has(value.operation)) return undefined;
  const [first, second] = value.operands;
  const accumulates = first?.kind === "local" && first.name === name && second !== undefined;
  return accumulates ? { operation: value.operation, value: second } : undefined;
}

function iterationsAt(
  loop: Loop,
  places: readonly Affine[],
  sums: ReadonlySet<string>,
  names: NameSupply,
): readonly Statement[] {
  const result: Statement[] = [];
  const parts = new Map<string, Part>();
  for (const [k, place] of places.entries()) {
    const copier = new Copier(new Map([[loop.variable, place]]), (name) =>
      names.claim(`${names.baseOf(name)}_${k}`),
    );
    for (const statement of loop.body) {
      const copy = copier.copy(statement);
      const part = copy.kind === "assign" && sums.has(copy.name) ? partOf(copy.name, copy.value) : undefined;
      if (copy.kind !== "assign" || part === undefined) {
        result.push(copy);
        continue;
      }
      const { operation } = part;
      const before = parts.get(copy.name)?.value;
      const value: Expression =
        before === undefined ? part.value : { kind: "apply", operation, operands: [before, part.value] };
      const name = names.claim(`${names.baseOf(copy.name)}_part`);
      result.push({ kind: "let", name, value, mutable: false });
      parts.set(copy.name, { operation, value: { kind: "local", name } });
    }
  }
  for (const [name, { operation, value }] of parts) {
    const accumulator: Expression = { kind: "local", name };
    result.push({
      kind: "assign",
      name,
      value: { kind: "apply", operation, operands: [accumulator, value] },
    });
  }
  return result;
}

import { type Affine, affineKey, type Buffer, type Expression, type Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { tripCount } from "../rewrites/unroll.ts";
import { type Load, type Loop, mapExpression, mapExpressions, visitAccesses } from "../traverse.ts";
import { type Candidate, candidatesOf, storedIn } from "./candidates.ts";
import { type Machine, strideOf } from "./cost.ts";

export interface Packed {
  readonly candidate: Candidate;
  /** What has to be done before the nest; what must be done anew in it, is part of it. */
  readonly copies: readonly Loop[];
  readonly buffers: readonly Buffer[];
  /** Operations that copying before the nest takes. */
  readonly cost: number;
}

/** Loads and stores of four elements, of which one of the two is lane by lane. */
const costOfElement = 3;

/**
 * Copies the operands of a sum that lie across the lanes, so that they lie along them: of `Σₖ W[i, k]·x[n, k]` with i in lanes,
 * `W` becomes `W[k, i]`. A copy is made once for all loops that the operand does not move with.
 *
 * @returns `undefined` where no operand can be copied.
 */
export function packOperands(
  { kind, nest, loop, sum }: Candidate,
  options: Machine & { readonly names: NameSupply },
): Packed | undefined {
  if (kind !== "parallel" || sum === undefined || typeof loop.to !== "number") return undefined;
  const path = pathTo(nest, sum);
  const inside = path.slice(path.findIndex((each) => each.variable === loop.variable));
  if (inside.some((each) => tripCount(each) === undefined)) return undefined;
  const stored = storedIn([nest]);
  const operands = new Map<string, Load>();
  visitAccesses(sum.body, ({ kind: access, buffer, offset }) => {
    const stride = strideOf(offset, loop.variable);
    if (access !== "load" || stride === 0 || stride === 1 || stride === "any" || stored.has(buffer)) return;
    operands.set(`${buffer}[${affineKey(offset)}]`, { kind: "load", buffer, offset });
  });
  let current = nest;
  const copies: Loop[] = [];
  const buffers: Buffer[] = [];
  let cost = 0;
  for (const operand of operands.values()) {
    const copy = copyOf(operand, loop, inside, options.names);
    if (copy === undefined) return undefined;
    const outer = deepest(path.slice(0, path.indexOf(inside[0] ?? loop)), operand.offset);
    current = readInstead(current, operand, copy.offset, copy.buffer.name, outer, copy.loop);
    buffers.push(copy.buffer);
    const elements = copy.buffer.shape.reduce((product, extent) => product * extent, 1);
    if (outer === undefined) {
      copies.push(copy.loop);
      cost += elements * costOfElement;
    }
  }
  if (operands.size === 0) return undefined;
  const candidate = candidatesOf(current).find(
    (each) => each.kind === "parallel" && each.loop.variable === loop.variable && each.sum !== undefined,
  );
  return candidate && { candidate, copies, buffers, cost };
}

interface Copy {
  readonly loop: Loop;
  readonly offset: Affine;
  readonly buffer: Buffer;
}

/** The copy of an operand, for all iterations of the loops that it moves with from the loop in lanes on. */
function copyOf(operand: Load, lanes: Loop, inside: readonly Loop[], names: NameSupply): Copy | undefined {
  const moves = inside.filter(({ variable }) => strideOf(operand.offset, variable) !== 0);
  if (moves.some(({ variable }) => strideOf(operand.offset, variable) === "any")) return undefined;
  const order = [...moves.filter(({ variable }) => variable !== lanes.variable), lanes];
  let size = 1;
  const terms: { coefficient: number; atom: { kind: "variable"; name: string } }[] = [];
  for (const each of order.toReversed()) {
    if (each.from !== 0) return undefined;
    terms.unshift({ coefficient: size, atom: { kind: "variable", name: each.variable } });
    size *= tripCount(each) ?? NaN;
  }
  const offset: Affine = { constant: 0, terms };
  const name = names.claim(`${operand.buffer}_packed`);
  const store: Statement = { kind: "store", buffer: name, offset, value: operand, accumulate: false };
  const [outermost] = [lanes, ...order.filter((each) => each !== lanes)].reduceRight<readonly Statement[]>(
    (body, each) => [{ ...each, body }],
    [store],
  );
  if (outermost?.kind !== "loop") return undefined;
  const shape = order.map((each) => tripCount(each) ?? NaN);
  return {
    loop: outermost,
    offset,
    buffer: { name, role: "scratch", element: "real", shape, batched: false },
  };
}

/** The innermost of the loops that an offset moves with. */
function deepest(loops: readonly Loop[], offset: Affine): Loop | undefined {
  return loops.findLast(({ variable }) => strideOf(offset, variable) !== 0);
}

/** The nest reading the copy, which is made at the start of `outer`, if it has to be made anew. */
function readInstead(
  nest: Loop,
  operand: Load,
  offset: Affine,
  buffer: string,
  outer: Loop | undefined,
  copy: Loop,
): Loop {
  const key = affineKey(operand.offset);
  const read = (expression: Expression): Expression =>
    mapExpression(expression, (part) =>
      part.kind === "load" && part.buffer === operand.buffer && affineKey(part.offset) === key
        ? { ...part, buffer, offset }
        : part,
    );
  const within = (loop: Loop): Loop => {
    const body = loop.body.map((each) => (each.kind === "loop" ? within(each) : each));
    return { ...loop, body: loop.variable === outer?.variable ? [copy, ...body] : body };
  };
  return within({ ...nest, body: mapExpressions(nest.body, read) });
}

/** The loops from the nest's outermost to this one. */
function pathTo(nest: Loop, target: Loop): readonly Loop[] {
  if (nest === target) return [nest];
  for (const each of nest.body) {
    if (each.kind !== "loop") continue;
    const path = pathTo(each, target);
    if (path.length > 0) return [nest, ...path];
  }
  return [];
}

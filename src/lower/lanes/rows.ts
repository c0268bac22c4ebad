import {
  addAffine,
  type Affine,
  affineVariable,
  type Buffer,
  scaleAffine,
  type Statement,
} from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { tripCount } from "../rewrites/unroll.ts";
import { type Load, type Loop, substituteAffine } from "../traverse.ts";
import { laneCost, type Machine, strideOf } from "./cost.ts";
import { panelsOf, placeIn } from "./panels.ts";

/** The copy of an operand that is the same in all lanes, with what a sum reads one after the other side by side. */
export interface RowCopy {
  readonly operand: Load;
  readonly offset: Affine;
  readonly buffer: Buffer;
  readonly copies: readonly Loop[];
  readonly cost: number;
}

/** So many rows are written at a time: fewer than a set of the first-level cache has lines, all of which they may need. */
const together = 8;

/** @param loops All around the sum, and its own: the last of those that move the operand becomes the innermost. */
export function rowCopyOf(
  operand: Load,
  loops: readonly Loop[],
  { names, ...machine }: Machine & { readonly names: NameSupply },
): RowCopy | undefined {
  const moves = loops.filter(({ variable }) => strideOf(operand.offset, variable) !== 0);
  const samples = moves.find((each) => tripCount(each) === undefined);
  const fixed = moves.filter((each) => each !== samples);
  const along = fixed.find(({ variable }) => strideOf(operand.offset, variable) === 1);
  const innermost = fixed.at(-1);
  if (along === undefined || innermost === undefined || along === innermost) return undefined;
  let size = 1;
  const terms: Affine[] = [];
  for (const each of fixed.toReversed()) {
    terms.unshift(scaleAffine(affineVariable(each.variable), size));
    size *= tripCount(each) ?? NaN;
  }
  if (samples !== undefined) terms.unshift(scaleAffine(affineVariable(samples.variable), size));
  const offset = addAffine(...terms);
  const buffer: Buffer = {
    name: names.claim(`${operand.buffer}_rows`),
    role: "scratch",
    element: "real",
    shape: [size],
    batched: samples !== undefined,
  };
  const split = { width: together, lanes: machine.width, isIdempotent: true };
  const copies = panelsOf({ ...along, to: tripCount(along) ?? NaN }, split, names).map((panel): Loop => {
    const place = placeIn(panel, along.variable);
    const store: Statement = {
      kind: "store",
      buffer: buffer.name,
      offset: substituteAffine(offset, place),
      value: { ...operand, offset: substituteAffine(operand.offset, place) },
      accumulate: false,
    };
    const others = [samples, ...fixed.filter((each) => each !== along)];
    const outer = [panel.over, ...others].filter((each) => each !== undefined);
    const rows: Loop = { ...along, from: 0, to: panel.width, body: [store] };
    return outer.reduceRight<Loop>((body, each) => ({ ...each, body: [body] }), rows);
  });
  return { operand, offset, buffer, copies, cost: laneCost(copies, innermost.variable, machine) };
}

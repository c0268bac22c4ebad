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
import { type Panel, panelsOf, placeIn } from "./panels.ts";

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

/**
 * The copy of an operand for a sum that reads it across its rows: with what moves it in the innermost loop side by side.
 *
 * @param loops All around the sum, and its own: the last of those that move the operand becomes the innermost.
 * @returns `undefined` where the operand already lies so, or not in rows.
 */
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
  const { offset, size } = rowMajor(samples, fixed);
  const buffer: Buffer = {
    name: names.claim(`${operand.buffer}_rows`),
    role: "scratch",
    element: "real",
    shape: [size],
    batched: samples !== undefined,
  };
  const split = { width: together, lanes: machine.width, isIdempotent: true };
  const panels = panelsOf({ ...along, to: tripCount(along) ?? NaN }, split, names);
  const others = [samples, ...fixed.filter((each) => each !== along)].filter((each) => each !== undefined);
  const copies = panels.map((panel) => copyOf(operand, { buffer, offset }, { along, others, panel }));
  return { operand, offset, buffer, copies, cost: laneCost(copies, innermost.variable, machine) };
}

/** An element for each turn of the loops, those of the last side by side, for each sample; and how many a sample has. */
function rowMajor(
  samples: Loop | undefined,
  loops: readonly Loop[],
): { readonly offset: Affine; readonly size: number } {
  let size = 1;
  const terms: Affine[] = [];
  for (const each of loops.toReversed()) {
    terms.unshift(scaleAffine(affineVariable(each.variable), size));
    size *= tripCount(each) ?? NaN;
  }
  if (samples !== undefined) terms.unshift(scaleAffine(affineVariable(samples.variable), size));
  return { offset: addAffine(...terms), size };
}

/** The copying of the rows in a panel, the loop along which they are read innermost. */
function copyOf(
  operand: Load,
  to: { readonly buffer: Buffer; readonly offset: Affine },
  loops: { readonly along: Loop; readonly others: readonly Loop[]; readonly panel: Panel },
): Loop {
  const { along, others, panel } = loops;
  const place = placeIn(panel, along.variable);
  const store: Statement = {
    kind: "store",
    buffer: to.buffer.name,
    offset: substituteAffine(to.offset, place),
    value: { ...operand, offset: substituteAffine(operand.offset, place) },
    accumulate: false,
  };
  const outer = panel.over === undefined ? others : [panel.over, ...others];
  const rows: Loop = { ...along, from: 0, to: panel.width, body: [store] };
  return outer.reduceRight<Loop>((body, each) => ({ ...each, body: [body] }), rows);
}

import { affineVariable, type Affine, shiftAffine, type Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { jam } from "../rewrites/jam.ts";
import { Copier, type Loop } from "../traverse.ts";

export interface Split {
  /** Lanes of a vector. */
  readonly width: number;
  /** How many vectors are worked on side by side. */
  readonly vectors: number;
  /** Whether iterations may be done twice. */
  readonly isIdempotent: boolean;
  /** Whether what does not fill a vector is done in one some of whose lanes are idle, rather than one by one. */
  readonly leavesIdle?: boolean;
}

/**
 * A loop in lanes: blocks of several vectors side by side, what is left over in fewer, and in the end element by element;
 * or in a vector some of whose lanes are idle; or, where that does no harm, in one that overlaps with the one before.
 */
export function splitIntoLanes(loop: Loop, split: Split, names: NameSupply): readonly Statement[] {
  return typeof loop.to === "number"
    ? splitKnown(loop, loop.to, split, names)
    : splitBatch(loop, split, names);
}

function splitKnown(
  loop: Loop,
  to: number,
  { width, vectors, isIdempotent, leavesIdle = false }: Split,
  names: NameSupply,
): readonly Statement[] {
  const from = typeof loop.from === "number" ? loop.from : 0;
  const extent = to - from;
  const block = width * vectors;
  const blocks = from + extent - (extent % block);
  const whole = from + extent - (extent % width);
  const parts: Statement[] = [];
  if (blocks > from) parts.push(inLanes(loop, from, blocks, width, vectors, names));
  if (whole > blocks) parts.push(inLanes(loop, blocks, whole, width, (whole - blocks) / width, names));
  if (to === whole) return parts;
  if (isIdempotent && extent >= width) parts.push(inLanes(loop, to - width, to, width, 1, names));
  else if (leavesIdle) parts.push(inLanes(loop, whole, to, width, 1, names));
  else parts.push({ ...loop, from: whole, body: copied(loop.body, names) });
  return parts;
}

function splitBatch(
  loop: Loop,
  { width, vectors, leavesIdle = false }: Split,
  names: NameSupply,
): readonly Statement[] {
  const multiple = (of: number): Loop["to"] => ({ kind: "batch", multipleOf: of });
  const block = width * vectors;
  return [
    inLanes(loop, 0, multiple(block), width, vectors, names),
    ...(vectors > 1 ? [inLanes(loop, multiple(block), multiple(width), width, 1, names)] : []),
    leavesIdle
      ? inLanes(loop, multiple(width), loop.to, width, 1, names)
      : { ...loop, from: multiple(width), body: copied(loop.body, names) },
  ];
}

function inLanes(
  loop: Loop,
  from: Loop["from"],
  to: Loop["to"],
  width: number,
  vectors: number,
  names: NameSupply,
): Loop {
  const at = affineVariable(loop.variable);
  const places = Array.from({ length: vectors }, (_, k): Affine => shiftAffine(at, k * width));
  const body = vectors === 1 ? copied(loop.body, names) : jam(loop.body, places, loop.variable, names);
  return { ...loop, from, to, step: width * vectors, lanes: width, body };
}

/** With locals of its own. */
function copied(body: readonly Statement[], names: NameSupply): readonly Statement[] {
  return new Copier(new Map(), (name) => names.claim(names.baseOf(name))).copyAll(body);
}

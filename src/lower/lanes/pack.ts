import { accessKey, type Affine, type Buffer, type Expression, type Statement } from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import {
  Copier,
  type Load,
  type Loop,
  mapExpression,
  mapExpressions,
  substituteAffine,
  visitAccesses,
} from "../traverse.ts";
import { type Candidate, candidatesOf, pathTo, storedIn } from "./candidates.ts";
import { laneCost, type Machine, strideOf } from "./cost.ts";
import { isFar } from "./far.ts";
import { Layout } from "./layout.ts";
import { overPanels, type Panel, panelsOf, placeIn } from "./panels.ts";
import { isRepeatable } from "./repeatable.ts";
import { type RowCopy, rowCopyOf } from "./rows.ts";
import { tilingOf } from "./tile.ts";

export interface Packed {
  readonly candidate: Candidate;
  /** What has to be done before the nest; what must be done anew in it, is part of it. */
  readonly copies: readonly Loop[];
  readonly buffers: readonly Buffer[];
  /** Operations that copying before the nest takes. */
  readonly cost: number;
  /** The loop over panels, and the bytes of one, where they may be done in any order. */
  readonly over?: { readonly loop: Loop; readonly bytes: number };
}

interface PackOptions extends Machine {
  readonly names: NameSupply;
}

/**
 * Copies the operands of a sum that lie across the lanes, or in rows far from each other, into panels as wide as a tile: of
 * `Σₖ W[i, k]·x[n, k]` with i in lanes, four vectors of four at a time, `W` becomes `W[i / 16, k, i mod 16]`. What a tile reads
 * then lies in one piece. A copy is made once for all loops that the operand does not move with.
 *
 * @returns `undefined` where no operand can be copied, or none is to be.
 */
export function packOperands(candidate: Candidate, options: PackOptions): Packed | undefined {
  const { kind, nest, loop, sum } = candidate;
  const { to, from } = loop;
  if (kind !== "parallel" || sum === undefined || typeof to !== "number" || from !== 0) return undefined;
  const path = pathTo(nest, sum);
  const around = path.slice(0, path.indexOf(loop));
  const inside = path.slice(path.indexOf(loop) + 1);
  const operands = operandsOf(candidate, inside, options);
  if (operands.some(({ offset }) => !isRegular(offset, inside))) return undefined;
  const rows = rowsOf(candidate, path, options);
  if (operands.length === 0 && rows.length === 0) return undefined;
  // Only a loop around the panels lets two of them stand side by side.
  const width =
    around.length === 0 || operands.length === 0 ? to : options.width * tilingOf(candidate, options).vectors;
  const split = { width, lanes: options.width, isIdempotent: isRepeatable(loop) };
  const panels = panelsOf({ ...loop, to }, split, options.names);
  return new Packing(candidate, panels, { around, inside, operands, rows }, options).packed();
}

/** What lies across the lanes, or in far rows. What the nest itself stores cannot be copied before. */
function operandsOf(
  { nest, loop, sum }: Candidate,
  inside: readonly Loop[],
  machine: Machine,
): readonly Load[] {
  const stored = storedIn([nest]);
  const operands = new Map<string, Load>();
  visitAccesses(sum?.body ?? [], ({ kind, buffer, offset }) => {
    if (kind !== "load" || stored.has(buffer)) return;
    const stride = strideOf(offset, loop.variable);
    if (stride === 0 || stride === "any" || (stride === 1 && !isFar(offset, inside, machine))) return;
    operands.set(accessKey(buffer, offset), { kind: "load", buffer, offset });
  });
  return [...operands.values()];
}

/** What is the same in all lanes, and read from far rows. */
function rowsOf(
  { nest, loop, sum }: Candidate,
  path: readonly Loop[],
  options: PackOptions,
): readonly RowCopy[] {
  const stored = storedIn([nest]);
  const inside = path.slice(path.indexOf(loop) + 1);
  const copies = new Map<string, RowCopy>();
  visitAccesses(sum?.body ?? [], ({ kind, buffer, offset }) => {
    const key = accessKey(buffer, offset);
    if (kind !== "load" || stored.has(buffer) || copies.has(key)) return;
    if (strideOf(offset, loop.variable) !== 0 || !isFar(offset, inside, options)) return;
    if (!isRegular(offset, path)) return;
    const copy = rowCopyOf({ kind: "load", buffer, offset }, path, options);
    if (copy !== undefined) copies.set(key, copy);
  });
  return [...copies.values()];
}

/** Whether no integers in memory have part in where the loops move it, and all that move it start at 0. */
function isRegular(offset: Affine, inside: readonly Loop[]): boolean {
  return inside.every(({ variable, from, to, step }) => {
    const stride = strideOf(offset, variable);
    if (stride === 0) return true;
    return stride !== "any" && from === 0 && step === 1 && (typeof to === "number" || to.multipleOf === 1);
  });
}

interface Place {
  /** Loops around the one in lanes, and in it around the sum. */
  readonly around: readonly Loop[];
  readonly inside: readonly Loop[];
  readonly operands: readonly Load[];
  readonly rows: readonly RowCopy[];
}

/** The making of a nest that reads copies. */
class Packing {
  readonly #candidate: Candidate;
  readonly #panels: readonly Panel[];
  readonly #place: Place;
  readonly #options: PackOptions;
  readonly #copies: Loop[] = [];
  /** Copies that are made anew at the start of a loop. */
  readonly #inner = new Map<Loop, Loop[]>();

  constructor(candidate: Candidate, panels: readonly Panel[], place: Place, options: PackOptions) {
    this.#candidate = candidate;
    this.#panels = panels;
    this.#place = place;
    this.#options = options;
  }

  packed(): Packed | undefined {
    const { loop, nest } = this.#candidate;
    const { inside, operands, rows } = this.#place;
    const layouts = operands.map(
      (operand) => new Layout(operand, loop, inside, this.#panels, this.#options.names),
    );
    for (const layout of layouts) this.#copy(layout);
    const lanes = this.#panels.map((panel): Loop => {
      return { ...loop, from: 0, to: panel.width, body: this.#reading(panel, layouts) };
    });
    const parts = this.#panels.flatMap((panel, k) => overPanels(panel, lanes.slice(k, k + 1)));
    const [changed] = this.#replaced([nest], parts);
    const [main] = lanes;
    if (changed?.kind !== "loop") return undefined;
    const candidate = candidatesOf(changed).find((each) => each.kind === "parallel" && each.loop === main);
    if (candidate === undefined) return undefined;
    const over = this.#inner.size === 0 ? this.#overPanels(candidate, layouts) : undefined;
    return {
      candidate,
      copies: [...this.#copies, ...rows.flatMap(({ copies }) => copies)],
      buffers: [...layouts, ...rows].map(({ buffer }) => buffer),
      cost: rows.reduce((sum, { cost }) => sum + cost, laneCost(this.#copies, loop.variable, this.#options)),
      ...(over === undefined ? {} : { over }),
    };
  }

  /** Before the nest, or at the start of the innermost of the loops that it moves with. */
  #copy(layout: Layout): void {
    const { offset } = layout.operand;
    const outer = this.#place.around.findLast(({ variable }) => strideOf(offset, variable) !== 0);
    for (const copy of this.#panels.map((panel) => layout.copyOf(panel))) {
      if (outer === undefined) this.#copies.push(copy);
      else this.#inner.set(outer, [...(this.#inner.get(outer) ?? []), copy]);
    }
  }

  /** What is done in a panel, with the copies read. */
  #reading(panel: Panel, layouts: readonly Layout[]): readonly Statement[] {
    const { names } = this.#options;
    const { variable, body } = this.#candidate.loop;
    const place = placeIn(panel, variable);
    const rows = this.#place.rows.map(({ operand, buffer, offset }) => {
      return [accessKey(operand.buffer, operand.offset), { buffer: buffer.name, offset }] as const;
    });
    const packed = new Map([
      ...rows,
      ...layouts.map((layout) => {
        const { buffer, offset } = layout.operand;
        const load = { buffer: layout.buffer.name, offset: layout.offsetIn(panel) };
        return [accessKey(buffer, substituteAffine(offset, place)), load] as const;
      }),
    ]);
    const moved = new Copier(place, (name) => names.claim(names.baseOf(name))).copyAll(body);
    const read = (part: Expression): Expression =>
      part.kind === "load" ? { ...part, ...packed.get(accessKey(part.buffer, part.offset)) } : part;
    return mapExpressions(moved, (expression) => mapExpression(expression, read));
  }

  /** With `parts` for the loop in lanes, and the copies that are made anew. */
  #replaced(statements: readonly Statement[], parts: readonly Statement[]): readonly Statement[] {
    return statements.flatMap((each): readonly Statement[] => {
      if (each === this.#candidate.loop) return parts;
      if (each.kind !== "loop") return [each];
      return [{ ...each, body: [...(this.#inner.get(each) ?? []), ...this.#replaced(each.body, parts)] }];
    });
  }

  /** The loop over panels, where all of the loops around it may be done in any order, and do nothing else. */
  #overPanels({ nest, loop, parallel }: Candidate, layouts: readonly Layout[]): Packed["over"] {
    const [{ over, width } = { width: 0 }] = this.#panels;
    const around = pathTo(nest, loop).slice(0, -2);
    const isFree =
      around.every((each) => parallel.includes(each)) &&
      this.#place.around.every(({ body }) => body.length === 1);
    if (over === undefined || !isFree) return undefined;
    const rows = layouts.reduce((sum, layout) => sum + layout.rows, 0);
    return { loop: over, bytes: (rows * width * 16) / this.#options.width };
  }
}

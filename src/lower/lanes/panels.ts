import {
  addAffine,
  type Affine,
  affineConstant,
  affineVariable,
  type Statement,
} from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { Copier, type Loop } from "../traverse.ts";

/**
 * A stretch of a loop in lanes. Panels as wide as a tile are walked over by a loop of their own; what they leave over is a
 * narrower one.
 */
export interface Panel {
  /** Where it starts. */
  readonly start: Affine;
  /** Where it starts among columns that lie in panels: elsewhere, if it overlaps with the one before. */
  readonly column: Affine;
  readonly width: number;
  /** The loop over panels, without what is done in it. */
  readonly over?: Loop;
}

/** Of a loop from 0, the panels of `width` iterations, and what they leave over: in whole vectors, if iterations may be done twice. */
export function panelsOf(
  loop: Loop & { readonly to: number },
  {
    width,
    lanes,
    isIdempotent,
  }: { readonly width: number; readonly lanes: number; readonly isIdempotent: boolean },
  names: NameSupply,
): readonly Panel[] {
  const { to } = loop;
  if (to <= width) return [{ start: affineConstant(0), column: affineConstant(0), width: to }];
  const whole = to - (to % width);
  const variable = names.claim("panel");
  const over: Loop = { kind: "loop", variable, from: 0, to: whole, step: width, body: [] };
  const panels: Panel[] = [
    { start: affineVariable(variable), column: affineVariable(variable), width, over },
  ];
  const left = to - whole;
  if (left === 0) return panels;
  const rest = isIdempotent ? Math.ceil(left / lanes) * lanes : left;
  return [...panels, { start: affineConstant(to - rest), column: affineConstant(whole), width: rest }];
}

/** Where the loop's variable is in an iteration of the panel's. */
export function placeIn({ start }: Panel, variable: string): ReadonlyMap<string, Affine> {
  return new Map([[variable, addAffine(start, affineVariable(variable))]]);
}

/** The statements in the panel's loop over panels, if it has one. */
export function overPanels({ over }: Panel, body: readonly Statement[]): readonly Statement[] {
  return over === undefined ? body : [{ ...over, body }];
}

/** So much of what lies in panels is read again and again before the rest is: half of the second-level cache that a small machine has. */
const blockBytes = 2 ** 18;

/**
 * A nest over panels that together do not fit into the second-level cache does so many of them as do for all of the rows before it goes on to
 * the next ones (Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication", section 4).
 *
 * @param over The loop over panels, and the bytes of one.
 */
export function inBlocks(
  statements: readonly Statement[],
  { loop, bytes }: { readonly loop: Loop; readonly bytes: number },
  names: NameSupply,
): readonly Statement[] {
  const { variable, to, step } = loop;
  const block = step * Math.max(1, Math.floor(blockBytes / bytes));
  if (typeof to !== "number" || to <= block) return statements;
  const whole = to - (to % block);
  const first = names.claim("block");
  const moved = new Map([[variable, addAffine(affineVariable(first), affineVariable(variable))]]);
  const copier = new Copier(moved, (name) => names.claim(names.baseOf(name)));
  const blocks: Loop = {
    kind: "loop",
    variable: first,
    from: 0,
    to: whole,
    step: block,
    body: overStretch(copier.copyAll(statements), variable, (each) => [{ ...each, to: block }], false),
  };
  const rest = overStretch(
    statements,
    variable,
    (each) => (whole === to ? [] : [{ ...each, from: whole }]),
    true,
  );
  return [blocks, ...rest];
}

/** The statements with another stretch of the loop over panels, with or without what is done beside it. */
function overStretch(
  statements: readonly Statement[],
  variable: string,
  stretch: (loop: Loop) => readonly Statement[],
  keepsOthers: boolean,
): readonly Statement[] {
  return statements.flatMap((statement): readonly Statement[] => {
    if (statement.kind !== "loop") return keepsOthers ? [statement] : [];
    if (statement.variable === variable) return stretch(statement);
    const body = overStretch(statement.body, variable, stretch, keepsOthers);
    return holds(statement, variable)
      ? body.length === 0
        ? []
        : [{ ...statement, body }]
      : keepsOthers
        ? [statement]
        : [];
  });
}

/** Whether the loop over the variable is inside. */
function holds({ body }: Loop, variable: string): boolean {
  return body.some((each) => each.kind === "loop" && (each.variable === variable || holds(each, variable)));
}

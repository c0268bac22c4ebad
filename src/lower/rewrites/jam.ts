import {
  type Affine,
  type Statement,
  addAffine,
  affineConstant,
  affineVariable,
} from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { Copier, type Loop } from "../traverse.ts";

/**
 * Does `factor` iterations of a parallel loop side by side: each statement of the body once for each of them, inner
 * loops around all of them (unroll-and-jam; Carr & Kennedy 1994). Two such loops around a contraction make a tile of
 * accumulators in registers, each loaded value serving a row or a column of them. What is left over when the extent is
 * no multiple of `factor` follows: side by side too where the extent is known, one by one for a batch.
 */
export function unrollAndJam(loop: Loop, factor: number, names: NameSupply): readonly Statement[] {
  if (typeof loop.to === "number") {
    const from = typeof loop.from === "number" ? loop.from : 0;
    const whole = loop.to - ((loop.to - from) % factor);
    const rest = Array.from({ length: loop.to - whole }, (_, k) => affineConstant(whole + k));
    const main: Loop = {
      ...loop,
      to: whole,
      step: factor,
      body: jam(loop.body, steps(loop.variable, factor), loop.variable, names),
    };
    return [
      ...(whole - from > factor ? [main] : jamAt(loop, from, whole, names)),
      ...(rest.length > 0 ? jam(loop.body, rest, loop.variable, names) : []),
    ];
  }
  const whole = { kind: "batch", multipleOf: factor } as const;
  return [
    {
      ...loop,
      to: whole,
      step: factor,
      body: jam(loop.body, steps(loop.variable, factor), loop.variable, names),
    },
    {
      ...loop,
      from: whole,
      body: new Copier(new Map(), (name) => names.claim(names.baseOf(name))).copyAll(loop.body),
    },
  ];
}

/** All iterations side by side, without a loop. */
function jamAt(loop: Loop, from: number, to: number, names: NameSupply): readonly Statement[] {
  const places = Array.from({ length: to - from }, (_, k) => affineConstant(from + k));
  return places.length === 0 ? [] : jam(loop.body, places, loop.variable, names);
}

function steps(variable: string, factor: number): readonly Affine[] {
  return Array.from({ length: factor }, (_, k) => addAffine(affineVariable(variable), affineConstant(k)));
}

/** The statements once for each place of the variable, each statement for all of them before the next. */
export function jam(
  body: readonly Statement[],
  places: readonly Affine[],
  variable: string,
  names: NameSupply,
): readonly Statement[] {
  const copiers = places.map(
    (place, k) =>
      new Copier(new Map([[variable, place]]), (name) => names.claim(`${names.baseOf(name)}_${k}`)),
  );
  const sideBySide = (statements: readonly Statement[]): readonly Statement[] =>
    statements.flatMap((statement): readonly Statement[] =>
      statement.kind === "loop"
        ? [{ ...statement, body: sideBySide(statement.body) }]
        : statement.kind === "comment"
          ? [statement]
          : copiers.map((copier) => copier.copy(statement)),
    );
  return sideBySide(body);
}

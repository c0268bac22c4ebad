import { type Affine, type Buffer, bufferLength, type Statement } from "../../program/index.ts";

/**
 * Looks for statements at the beginning of a program that set all elements of some buffers to +0, and nothing else.
 *
 * @returns The statements that follow, or nothing if an element is left out.
 */
export function afterZeroing(
  statements: readonly Statement[],
  buffers: readonly Buffer[],
): readonly Statement[] | undefined {
  const missing = new Map(
    buffers.map((buffer) => [
      buffer.name,
      new Set(Array.from({ length: bufferLength(buffer, 1) }, (_, element) => element)),
    ]),
  );
  const first = statements.findIndex((statement) => !markZeroed(statement, new Map(), missing));
  if (first < 0 || [...missing.values()].some(({ size }) => size > 0)) return undefined;
  return statements.slice(first);
}

/** Whether the statement does nothing but set elements of the buffers to +0; takes those that it sets from `missing`. */
function markZeroed(
  statement: Statement,
  variables: ReadonlyMap<string, number>,
  missing: ReadonlyMap<string, Set<number>>,
): boolean {
  if (statement.kind === "loop") {
    const { variable, from, to, step, body } = statement;
    if (typeof from !== "number" || typeof to !== "number") return false;
    for (let value = from; value < to; value += step) {
      const inside = new Map([...variables, [variable, value] as const]);
      if (!body.every((inner) => markZeroed(inner, inside, missing))) return false;
    }
    return true;
  }
  if (statement.kind !== "store" || statement.accumulate) return false;
  if (statement.value.kind !== "number" || !Object.is(statement.value.value, 0)) return false;
  const place = placeOf(statement.offset, variables);
  const elements = missing.get(statement.buffer);
  if (elements === undefined || place === undefined) return false;
  elements.delete(place);
  return true;
}

function placeOf({ constant, terms }: Affine, variables: ReadonlyMap<string, number>): number | undefined {
  let place = constant;
  for (const { coefficient, atom } of terms) {
    const value = atom.kind === "variable" ? variables.get(atom.name) : undefined;
    if (value === undefined) return undefined;
    place += coefficient * value;
  }
  return place;
}

import {
  type Affine,
  type AffineTerm,
  type Buffer,
  type Expression,
  type Statement,
  affineAtom,
  affineConstant,
  bufferLength,
  scalarApply,
  scalarNumber,
} from "../../program/index.ts";
import { type Store, visitAccesses } from "../traverse.ts";

/** Up to so many places are compared with; beyond, one store at the place that memory names is less work. */
const fewPlaces = 8;

/**
 * Adds at a place that a label names by comparing the label with every place there is: `s[t] += v` becomes `s[0] += t = 0
 * ? v : 0`, `s[1] += t = 1 ? v : 0`, …, so that `forwardStores` can keep s in locals. Only for small scratch memory that
 * is otherwise used at known places, in straight-line code. Exact: sums that begin at +0 never become −0, so that + 0
 * leaves them as they are.
 */
export function compareLabels(
  statements: readonly Statement[],
  buffers: readonly Buffer[],
): readonly Statement[] {
  const small = new Map(
    buffers
      .filter(({ role, batched }) => role === "scratch" && !batched)
      .map((buffer) => [buffer.name, bufferLength(buffer, 1)]),
  );
  for (const [name, length] of small) if (length > fewPlaces) small.delete(name);
  visitAccesses(statements, ({ kind, buffer, offset }) => {
    const isNamed = kind === "accumulate" && labelOf(offset) !== undefined;
    if (offset.terms.length > 0 && !isNamed) small.delete(buffer);
  });
  return statements.flatMap((statement) => {
    if (statement.kind !== "store" || !statement.accumulate) return [statement];
    const length = small.get(statement.buffer);
    const label = labelOf(statement.offset);
    if (length === undefined || label === undefined || !isCheap(statement.value)) return [statement];
    return atEveryPlace(statement, label, length);
  });
}

/** The only term of an offset, if it is an index read from memory. */
function labelOf({ terms }: Affine): AffineTerm | undefined {
  const [term, another] = terms;
  return term?.atom.kind === "element" && term.coefficient > 0 && another === undefined ? term : undefined;
}

/** The value will be read at every place. */
function isCheap({ kind }: Expression): boolean {
  return kind === "number" || kind === "local" || kind === "load";
}

function atEveryPlace(store: Store, { coefficient, atom }: AffineTerm, length: number): readonly Statement[] {
  const stores: Statement[] = [];
  for (let place = store.offset.constant, label = 0; place < length; place += coefficient, label += 1) {
    const isHere = scalarApply("equal", { kind: "index", value: affineAtom(atom) }, scalarNumber(label));
    const value: Expression = scalarApply("select", isHere, store.value, scalarNumber(0));
    stores.push({ ...store, offset: affineConstant(place), value });
  }
  return stores;
}

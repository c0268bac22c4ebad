import {
  type Affine,
  type AffineTerm,
  type Buffer,
  type Expression,
  type IndexAtom,
  type Statement,
  affineAtom,
  bufferLength,
  scalarApply,
  scalarNumber,
  shiftAffine,
  subtractAffine,
} from "../../program/index.ts";
import { type Access, mapExpression, mapExpressions, type Store, visitAccesses } from "../traverse.ts";

type Load = Extract<Expression, { kind: "load" }>;

/** Up to so many places are compared with; beyond, one store at the place that memory names is less work. */
const fewPlaces = 8;

/** What is compared with besides: what samples in the lanes of vectors would otherwise take out of memory one by one. */
export interface InLanes {
  /** Of the loop over the samples, each of which has scratch memory of its own. */
  readonly batchVariable: string;
}

/**
 * Adds at a place that a label names by comparing the label with every place there is: `s[t] += v` becomes `s[0] += t = 0
 * ? v : 0`, `s[1] += t = 1 ? v : 0`, …, so that `forwardStores` can keep s in locals. Only for small scratch memory that
 * is otherwise used at known places, in straight-line code. Exact: sums that begin at +0 never become −0, so that + 0
 * leaves them as they are. In lanes, what a label names is read likewise: `s[t]` becomes `t = 0 ? s[0] : t = 1 ? s[1] : …`.
 */
export function compareLabels(
  statements: readonly Statement[],
  buffers: readonly Buffer[],
  inLanes?: InLanes,
): readonly Statement[] {
  const places = new Places(buffers, inLanes);
  visitAccesses(statements, (access) => {
    places.visit(access);
  });
  const stored = statements.flatMap((statement) => {
    if (statement.kind !== "store" || !statement.accumulate || !isCheap(statement.value)) return [statement];
    const named = places.named(statement.buffer, statement.offset);
    return named === undefined ? [statement] : addedToEach(statement, named);
  });
  if (inLanes === undefined) return stored;
  return mapExpressions(stored, (expression) =>
    mapExpression(expression, (part) => {
      const named = part.kind === "load" ? places.named(part.buffer, part.offset) : undefined;
      return part.kind !== "load" || named === undefined ? part : chosenOf(part, named);
    }),
  );
}

/** The label that names a place, and the places that it may name, from label 0 on. */
interface Named {
  readonly label: IndexAtom;
  readonly offsets: readonly Affine[];
}

/** Small scratch memory, used at places that are known or that labels name. */
class Places {
  readonly #batchVariable: string | undefined;
  /** Elements of a sample. */
  readonly #lengths = new Map<string, number>();
  readonly #batched: ReadonlySet<string>;

  constructor(buffers: readonly Buffer[], inLanes: InLanes | undefined) {
    this.#batchVariable = inLanes?.batchVariable;
    this.#batched = new Set(buffers.filter(({ batched }) => batched).map(({ name }) => name));
    for (const buffer of buffers) {
      if (buffer.role !== "scratch" || (buffer.batched && inLanes === undefined)) continue;
      const length = bufferLength(buffer, 1);
      if (length <= fewPlaces) this.#lengths.set(buffer.name, length);
    }
  }

  visit({ kind, buffer, offset }: Access): void {
    const own = this.#ofSample(buffer, offset);
    const mayName = kind === "accumulate" || (kind === "load" && this.#batchVariable !== undefined);
    const isKnown = own !== undefined && (own.terms.length === 0 || (mayName && labelOf(own) !== undefined));
    if (!isKnown) this.#lengths.delete(buffer);
  }

  named(buffer: string, offset: Affine): Named | undefined {
    const length = this.#lengths.get(buffer);
    const own = this.#ofSample(buffer, offset);
    const term = own && labelOf(own);
    if (length === undefined || own === undefined || term === undefined) return undefined;
    const sample = subtractAffine(offset, own);
    const offsets: Affine[] = [];
    for (let place = own.constant; place < length; place += term.coefficient)
      offsets.push(shiftAffine(sample, place));
    return { label: term.atom, offsets };
  }

  /** The place in the memory of the sample at hand. */
  #ofSample(buffer: string, offset: Affine): Affine | undefined {
    if (!this.#batched.has(buffer)) return offset;
    const isSample = ({ coefficient, atom }: AffineTerm): boolean =>
      atom.kind === "variable" &&
      atom.name === this.#batchVariable &&
      coefficient === this.#lengths.get(buffer);
    const terms = offset.terms.filter((term) => !isSample(term));
    return terms.length === offset.terms.length ? undefined : { ...offset, terms };
  }
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

function isLabel(label: IndexAtom, value: number): Expression {
  return scalarApply("equal", { kind: "index", value: affineAtom(label) }, scalarNumber(value));
}

function addedToEach(store: Store, { label, offsets }: Named): readonly Statement[] {
  return offsets.map((offset, k) => {
    const value = scalarApply("select", isLabel(label, k), store.value, scalarNumber(0));
    return { ...store, offset, value };
  });
}

function chosenOf(load: Load, { label, offsets }: Named): Expression {
  const [last, ...others] = offsets.map((offset): Expression => ({ ...load, offset })).reverse();
  return others.reduce(
    (rest, value, k) => scalarApply("select", isLabel(label, others.length - 1 - k), value, rest),
    last ?? load,
  );
}

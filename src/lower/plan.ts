import { type Node, sizeOf } from "../graph/index.ts";
import { countedNodes, drawnNodes, estimateCosts, isScalarOfProgram } from "./estimate.ts";
import { loweringOf } from "./operation.ts";
import { type PlacedSum, readsOfSum } from "./placed.ts";
import { readsOf } from "./reads.ts";

/**
 * Where the loop over the batch stands. `sample`: outermost, one sample goes through everything before the next one
 * starts, and sums over the batch accumulate. `nest`: inside each loop nest, so that a nest may treat the batch like any
 * other axis and a sum over it is a reduction.
 */
export type BatchOrder = "sample" | "nest";

/** A value that the program must deliver; values with one `place` are computed by one loop nest. */
export interface Demand {
  readonly node: Node;
  readonly place: string;
}

/** A place at which a node is evaluated: a loop nest and a path of views and reductions into it. */
interface Place {
  readonly id: number;
  readonly evaluations: number;
  /** Whether it lies in a loop over the batch. */
  readonly batched: boolean;
}

/** More places than this, and a node is computed once and stored: keeps the size of the program linear. */
const maxPlaces = 8;

/** What is drawn at random is computed again so often rather than kept: by a forward and a backward pass, and one more. */
const mostDrawings = 3;

/**
 * Decides which nodes to store; the others are computed where they are read. A node is computed in place where that
 * repeats no work; it is stored where it is read at several places or repeatedly (in a loop of its reader) and computing
 * it again costs more than memory does. Visits the nodes of `order` from the results to the leaves, so that all readers
 * of a node are settled before it. Of a sum of paddings (`sums`) only the whole is stored, part by part.
 *
 * @param inLoops The nodes of recurrences, which are computed step by step.
 */
export function planStorage(
  order: readonly Node[],
  demands: readonly Demand[],
  mustStore: ReadonlySet<Node>,
  batch: { readonly order: BatchOrder; readonly size: number },
  sums: ReadonlyMap<Node, PlacedSum>,
  inLoops: ReadonlySet<Node> = new Set(),
): ReadonlySet<Node> {
  const reads = new Map(
    order.map((node) => {
      const sum = sums.get(node);
      return [node, sum === undefined ? readsOf(node) : readsOfSum(node, sum)];
    }),
  );
  const costs = estimateCosts(order, reads);
  const counted = countedNodes(order);
  const drawn = drawnNodes(order, counted);
  const places = new Places();
  const readInLoops = new Set<Node>();
  const scattered = new Set<Node>();
  const addressed = new Set<Node>();
  const stored = new Set<Node>();
  const elementsOf = (node: Node): number => sizeOf(node.type.shape) * (node.type.batched ? batch.size : 1);
  for (const { node, place } of demands) {
    places.add(node, place, elementsOf(node), node.type.batched);
    if (loweringOf(node).kind === "scatter") addressed.add(node);
  }

  for (const node of [...order].reverse()) {
    const kind = loweringOf(node).kind;
    if (kind === "leaf") continue;
    const nodeReads = reads.get(node) ?? [];
    if (kind === "reshape" && addressed.has(node)) {
      for (const read of nodeReads) addressed.add(read.operand); // an alias: the memory is its operand's
    }
    let at = places.of(node);
    if (
      mustStore.has(node) ||
      sums.has(node) ||
      kind === "delay" ||
      mustLieInMemory(node, kind) ||
      isSumForLoop(node, kind) ||
      (kind === "reduction" && scattered.has(node)) ||
      (kind !== "reshape" && kind !== "scatter" && pays(node))
    ) {
      stored.add(node);
      at = [places.nest(node, node.type.batched, elementsOf(node))];
    } else if (isScalarOfProgram(node)) {
      at = [
        places.nest(
          node,
          at.some((place) => place.batched),
          1,
        ),
      ];
    }
    const repeats = kind === "batchReduction" ? batch.size : 1;
    // What goes to places that data decide is no nest to tile: a sum among it is one of its own.
    if (node.operation === "scatterAdd" && batch.order === "nest")
      for (const { operand } of nodeReads) scattered.add(operand);
    const isInLoop = inLoops.has(node) || (readInLoops.has(node) && !stored.has(node));
    for (const [position, read] of nodeReads.entries()) {
      if (isInLoop) readInLoops.add(read.operand);
      const isScattered = kind !== "batchReduction" && loweringOf(read.operand).kind === "scatter";
      if (read.needsMemory || isScattered) addressed.add(read.operand);
      for (const place of at) {
        const evaluations = place.evaluations * read.count * repeats;
        const path = read.sameIndex && kind !== "batchReduction" ? undefined : `${node.id}.${position}`;
        places.extend(read.operand, place, path, evaluations, place.batched || node.type.batched);
      }
    }
  }
  return stored;

  function mustLieInMemory(node: Node, kind: string): boolean {
    if (addressed.has(node) && kind !== "reshape") return true;
    if (kind !== "batchReduction") return false;
    if (batch.order === "sample" || places.of(node).some((place) => place.batched)) return true;
    return node.inputs.some((operand) => loweringOf(operand).kind === "scatter");
  }

  /** A sum that does not wait for a recurrence is done for all of its steps at once. */
  function isSumForLoop(node: Node, kind: string): boolean {
    return kind === "reduction" && !inLoops.has(node) && readInLoops.has(node);
  }

  function pays(node: Node): boolean {
    const at = places.of(node);
    const elements = elementsOf(node);
    if (isScalarOfProgram(node) || isSpreadScalar(node) || counted.has(node)) return false;
    // What is worth storing is what windows show: it has fewer elements than they.
    if (node.inputs.length === 0 || node.operation === "window") return false;
    if (at.length > maxPlaces) return true;
    const evaluations = at.reduce((sum, place) => sum + place.evaluations, 0);
    if (drawn.has(node) && evaluations <= mostDrawings * elements) return false;
    const again = evaluations - elements;
    return again > 0 && (costs.get(node) ?? 0) * again > elements + evaluations;
  }
}

/** A scalar of the program, in every element: reading the scalar itself is as short as reading memory. */
function isSpreadScalar({ operation, inputs: [x] }: Node): boolean {
  return operation === "broadcast" && x !== undefined && isScalarOfProgram(x);
}

/** For each node the places it is evaluated at. Paths are numbered, so that long ones cost no more than short ones. */
class Places {
  readonly #ids = new Map<string, number>();
  readonly #of = new Map<Node, Map<number, Place>>();

  of(node: Node): readonly Place[] {
    return [...(this.#of.get(node)?.values() ?? [])];
  }

  nest(node: Node, batched: boolean, evaluations: number): Place {
    return { id: this.#id(`nest ${node.id}`), evaluations, batched };
  }

  add(node: Node, name: string, evaluations: number, batched: boolean): void {
    this.#insert(node, { id: this.#id(name), evaluations, batched });
  }

  /** The operand is read from `place`; `path` tells readings at other indices apart. */
  extend(operand: Node, place: Place, path: string | undefined, evaluations: number, batched: boolean): void {
    const id = path === undefined ? place.id : this.#id(`${place.id}/${path}`);
    this.#insert(operand, { id, evaluations, batched });
  }

  #insert(node: Node, place: Place): void {
    let known = this.#of.get(node);
    if (known === undefined) this.#of.set(node, (known = new Map<number, Place>()));
    const same = known.get(place.id);
    if (same === undefined || same.evaluations < place.evaluations) known.set(place.id, place);
  }

  #id(key: string): number {
    let id = this.#ids.get(key);
    if (id === undefined) this.#ids.set(key, (id = this.#ids.size));
    return id;
  }
}

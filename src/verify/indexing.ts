import { invariant, InvariantError } from "../diagnostics/index.ts";
import { type Node, type NodeOf, sizeOf } from "../graph/index.ts";

/*
 * Where elements go: for each operation that moves or combines elements of one sample, a table of linear row-major
 * element numbers. The forward sweep reads along a table, the backward sweep writes along the same one.
 */

/** What a padded element reads. */
export const nowhere = -1;

export function stridesOf(shape: readonly number[]): readonly number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis -= 1) {
    strides[axis] = at(strides, axis + 1) * at(shape, axis + 1);
  }
  return strides;
}

/** Every multi-index of `shape` in row-major order. The array handed out is reused. */
export function forEachIndex(
  shape: readonly number[],
  visit: (index: readonly number[], linear: number) => void,
) {
  const index = new Array<number>(shape.length).fill(0);
  const size = sizeOf(shape);
  for (let linear = 0; linear < size; linear += 1) {
    visit(index, linear);
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      index[axis] = at(index, axis) + 1;
      if (at(index, axis) < at(shape, axis)) break;
      index[axis] = 0;
    }
  }
}

export type MovementName = "broadcast" | "permute" | "reshape" | "slice" | "pad" | "window";
type Movement = { readonly [K in MovementName]: NodeOf<K> }[MovementName];

type Windows = Omit<NodeOf<"window">["attributes"], "sizes">;

/** For each element of a view, the element of its operand that it shows, or `nowhere`. */
export const movementOf = memoise((node: Movement): Int32Array => {
  const { shape } = node.type;
  const operand = first(node).type.shape;
  const strides = stridesOf(operand);
  const source = new Int32Array(sizeOf(shape)).fill(nowhere);
  switch (node.operation) {
    case "broadcast": {
      const { axes } = node.attributes;
      forEachIndex(
        shape,
        (index, k) =>
          (source[k] = dot(
            strides,
            axes.map((axis) => at(index, axis)),
          )),
      );
      return source;
    }
    case "permute": {
      const { order } = node.attributes;
      forEachIndex(
        shape,
        (index, k) =>
          (source[k] = dot(
            index,
            order.map((axis) => at(strides, axis)),
          )),
      );
      return source;
    }
    case "reshape":
      return source.map((_, k) => k);
    case "slice": {
      const { starts, steps } = node.attributes;
      forEachIndex(shape, (index, k) => (source[k] = dot(strides, positions(index, starts, steps))));
      return source;
    }
    case "pad": {
      const { starts, steps } = node.attributes;
      const padded = stridesOf(shape);
      forEachIndex(operand, (index, k) => (source[dot(padded, positions(index, starts, steps))] = k));
      return source;
    }
    case "window":
      forEachIndex(shape, (index, k) => (source[k] = dot(strides, placeInWindows(node.attributes, index))));
      return source;
  }
});

/** For each element of the windows of an overlapAdd, where it lands. */
export const landingOf = memoise((node: NodeOf<"overlapAdd">): Int32Array => {
  const windows = first(node).type.shape;
  const strides = stridesOf(node.type.shape);
  const landing = new Int32Array(sizeOf(windows));
  forEachIndex(windows, (index, k) => (landing[k] = dot(strides, placeInWindows(node.attributes, index))));
  return landing;
});

/** For each operand of a concatenation, where each of its elements lands in the result. */
export const concatenationOf = memoise((node: NodeOf<"concatenate">): readonly Int32Array[] => {
  const { axis } = node.attributes;
  const strides = stridesOf(node.type.shape);
  let start = 0;
  return node.inputs.map((input) => {
    const landing = new Int32Array(sizeOf(input.type.shape));
    forEachIndex(
      input.type.shape,
      (index, k) => (landing[k] = dot(strides, index) + start * at(strides, axis)),
    );
    start += at(input.type.shape, axis);
    return landing;
  });
});

/** For each element of a reduction's operand, the element of the result that it belongs to. */
export const groupsOf = memoise((node: NodeOf<"reduce">): Int32Array => {
  const operand = first(node).type.shape;
  const kept = operand.map((_, axis) => axis).filter((axis) => !node.attributes.axes.includes(axis));
  const strides = stridesOf(node.type.shape);
  const group = new Int32Array(sizeOf(operand));
  forEachIndex(
    operand,
    (index, k) =>
      (group[k] = dot(
        strides,
        kept.map((axis) => at(index, axis)),
      )),
  );
  return group;
});

/**
 * A contraction y[o] = Σₛ a[outA[o] + sumA[s]] · b[outB[o] + sumB[s]]: what the output letters and the summed letters
 * contribute to the element numbers of both operands.
 */
export interface Contraction {
  readonly outA: Int32Array;
  readonly outB: Int32Array;
  readonly sumA: Int32Array;
  readonly sumB: Int32Array;
}

export const contractionOf = memoise((node: NodeOf<"einsum">): Contraction => {
  const [operands, output] = node.attributes.specification.split("->");
  const [lettersA, lettersB] = (operands ?? "").split(",");
  const [a, b] = node.inputs;
  invariant(
    lettersA !== undefined && lettersB !== undefined && output !== undefined,
    "an einsum reads a,b->c",
  );
  invariant(a !== undefined && b !== undefined, "an einsum has two operands");
  const extents = new Map<string, number>();
  Array.from(lettersA).forEach((letter, axis) => extents.set(letter, at(a.type.shape, axis)));
  Array.from(lettersB).forEach((letter, axis) => extents.set(letter, at(b.type.shape, axis)));
  const kept = Array.from(output);
  const summed = [...extents.keys()].filter((letter) => !kept.includes(letter));
  const offsets = (letters: readonly string[], own: string, shape: readonly number[]): Int32Array => {
    const domain = letters.map((letter) => extents.get(letter) ?? 1);
    const strides = letters.map((letter) =>
      own.includes(letter) ? at(stridesOf(shape), own.indexOf(letter)) : 0,
    );
    const table = new Int32Array(sizeOf(domain));
    forEachIndex(domain, (index, k) => (table[k] = dot(index, strides)));
    return table;
  };
  return {
    outA: offsets(kept, lettersA, a.type.shape),
    outB: offsets(kept, lettersB, b.type.shape),
    sumA: offsets(summed, lettersA, a.type.shape),
    sumB: offsets(summed, lettersB, b.type.shape),
  };
});

/** Where element k of window o is: o·stride + k·dilation along the axes that have windows. */
function placeInWindows({ axes, strides, dilations }: Windows, index: readonly number[]): readonly number[] {
  const place = index.slice(0, index.length - axes.length);
  axes.forEach((axis, k) => {
    place[axis] = at(index, axis) * at(strides, k) + at(index, place.length + k) * at(dilations, k);
  });
  return place;
}

function positions(
  index: readonly number[],
  starts: readonly number[],
  steps: readonly number[],
): readonly number[] {
  return index.map((i, axis) => at(starts, axis) + i * at(steps, axis));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, each, k) => sum + each * at(b, k), 0);
}

/** An element that is known to be there: the type checker cannot see bounds, and a fault of ours should be loud. */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  // Not `invariant`: the innermost loops come through here, and its message would be put together each time.
  if (value === undefined) throw new InvariantError(`index ${index} lies within 0 … ${values.length - 1}`);
  return value;
}

/** The largest magnitude; 0 of nothing. */
export function maximum(values: ArrayLike<number>): number {
  let largest = 0;
  for (let k = 0; k < values.length; k += 1) largest = Math.max(largest, Math.abs(at(values, k)));
  return largest;
}

export function first(node: { readonly inputs: readonly Node[] }): Node {
  const [input] = node.inputs;
  invariant(input !== undefined, "the node has an operand");
  return input;
}

/** Tables depend on the immutable node alone, and networks are evaluated many times over. */
export function memoise<N extends object, T>(compute: (node: N) => T): (node: N) => T {
  const known = new WeakMap<N, T>();
  return (node) => {
    const before = known.get(node);
    if (before !== undefined) return before;
    const result = compute(node);
    known.set(node, result);
    return result;
  };
}

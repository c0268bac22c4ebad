import { type Node, type NodeOf, type OperationName, reachableFrom, sizeOf } from "../graph/index.ts";
import { at, groupsOf, memoise, movementOf, nowhere } from "./indexing.ts";
import { applyOperation, type Bindings, entry, lengthOf, valueOf, type Values } from "./interpreter.ts";
import type { BinaryName, UnaryName } from "./scalar.ts";

/** Values and how fast they change along a direction. */
export interface Dual {
  readonly value: Float64Array;
  readonly tangent: Float64Array;
}

/**
 * Forward-mode differentiation with dual numbers: one sweep computes the loss and its derivative along a direction.
 * Its derivatives are written in other forms than the tape's, and none of its sums are the tape's sums.
 *
 * @param direction how fast each leaf changes; leaves that are not mentioned stay.
 * @param known what `evaluate` said of `root` at these bindings, if that has been asked.
 */
export function pushDual(
  root: Node,
  direction: ReadonlyMap<Node, Float64Array>,
  bindings: Bindings,
  known?: Values,
): Dual {
  const values = new Map<Node, Float64Array>(known);
  const tangents = new Map<Node, Float64Array>();
  for (const node of reachableFrom([root])) {
    const bound = bindings.leaves.get(node);
    if (!values.has(node)) {
      const operands = node.inputs.map((input) => valueOf(input, values));
      values.set(node, bound ? Float64Array.from(bound) : applyOperation(node, operands, bindings));
    }
    const given = direction.get(node);
    const tangent = given ?? (bound ? undefined : tangentOf(node, values, tangents, bindings));
    if (tangent !== undefined) tangents.set(node, tangent);
  }
  const value = valueOf(root, values);
  return { value, tangent: tangents.get(root) ?? new Float64Array(value.length) };
}

/** The operands' values and tangents, whole batches, with `undefined` for a tangent of zero. */
interface Operands<K extends OperationName> {
  readonly node: NodeOf<K>;
  readonly values: readonly Float64Array[];
  readonly tangents: readonly (Float64Array | undefined)[];
  readonly result: Float64Array;
  /** The operation itself on other operands. */
  readonly apply: (operands: readonly Float64Array[]) => Float64Array;
}

type Pushforward<K extends OperationName> = (operands: Operands<K>) => Float64Array | undefined;

function tangentOf(
  node: Node,
  values: Values,
  tangents: ReadonlyMap<Node, Float64Array>,
  bindings: Bindings,
): Float64Array | undefined {
  const known = node.inputs.map((input) => tangents.get(input));
  if (known.every((tangent) => tangent === undefined)) return undefined;
  // The table is indexed by the node's own operation.
  const push = pushforwards[node.operation] as Pushforward<OperationName> | undefined;
  return push?.({
    node,
    values: node.inputs.map((input) => spread(input, node, valueOf(input, values), bindings)),
    tangents: node.inputs.map((input, k) => {
      const tangent = known[k];
      return tangent && spread(input, node, tangent, bindings);
    }),
    result: valueOf(node, values),
    apply: (operands) => applyOperation(spreadInputs(node), operands, bindings),
  });
}

/** An unbatched operand of a batched node, repeated for each sample, so that rules see equal lengths. */
function spread(operand: Node, node: Node, value: Float64Array, { batchSize }: Bindings): Float64Array {
  if (!node.type.batched || operand.type.batched) return value;
  const repeated = new Float64Array(value.length * batchSize);
  for (let n = 0; n < batchSize; n += 1) repeated.set(value, n * value.length);
  return repeated;
}

/** `node` as if every operand of it were batched where it is. */
const spreadInputs = memoise((node: Node): Node => {
  if (!node.type.batched) return node;
  const inputs = node.inputs.map((input) => ({ ...input, type: { ...input.type, batched: true } }));
  return { ...node, inputs };
});

/** f′(x). Deliberately in other forms than the tape's. */
const slopes: { readonly [K in UnaryName]: ((x: number) => number) | undefined } = {
  negate: () => -1,
  abs: Math.sign,
  sign: undefined,
  floor: undefined,
  ceil: undefined,
  round: undefined,
  exp: Math.exp,
  expm1: (x) => 1 + Math.expm1(x),
  log: (x) => 1 / x,
  log1p: (x) => 1 - x / (1 + x),
  sqrt: (x) => Math.pow(4 * x, -0.5),
  sin: (x) => Math.sin(x + Math.PI / 2),
  cos: (x) => Math.cos(x + Math.PI / 2),
  tan: (x) => 1 / Math.cos(x) ** 2,
  asin: (x) => 1 / Math.cos(Math.asin(x)),
  acos: (x) => -1 / Math.sin(Math.acos(x)),
  atan: (x) => Math.cos(Math.atan(x)) ** 2,
  sinh: (x) => (Math.exp(x) + Math.exp(-x)) / 2,
  cosh: (x) => (Math.exp(x) - Math.exp(-x)) / 2,
  tanh: (x) => 1 / Math.cosh(x) ** 2,
  asinh: (x) => 1 / Math.sqrt(x * x + 1),
  acosh: (x) => 1 / Math.sqrt(x * x - 1),
  atanh: (x) => 1 / (1 - x * x),
  erf: (x) => Math.exp(-x * x) / (Math.sqrt(Math.PI) / 2),
  sigmoid: (x) => 1 / (2 * Math.cosh(x / 2)) ** 2,
  softplus: (x) => (1 + Math.tanh(x / 2)) / 2,
  not: undefined,
  toReal: undefined,
  stopGradient: undefined,
};

type Product = (a: number, b: number, da: number, db: number) => number;

/** The arithmetic of (a, da) and (b, db). */
const products: { readonly [K in BinaryName]: Product | undefined } = {
  add: (_, __, da, db) => da + db,
  subtract: (_, __, da, db) => da - db,
  multiply: (a, b, da, db) => da * b + a * db,
  divide: (a, b, da, db) => (da * b - a * db) / (b * b),
  // A constant exponent or base must not bring in the logarithm or the power of the other's derivative.
  power: (a, b, da, db) =>
    (da === 0 || b === 0 ? 0 : da * b * Math.pow(a, b - 1)) +
    (db === 0 || a === 0 ? 0 : db * Math.log(a) * Math.pow(a, b)),
  maximum: (a, b, da, db) => (a > b ? da : db),
  minimum: (a, b, da, db) => (a < b ? da : db),
  less: undefined,
  lessEqual: undefined,
  greater: undefined,
  greaterEqual: undefined,
  equal: undefined,
  notEqual: undefined,
  and: undefined,
  or: undefined,
};

const pushforwards: { readonly [K in OperationName]: Pushforward<K> | undefined } = {
  input: undefined,
  parameter: undefined,
  state: undefined,
  constant: undefined,
  literal: undefined,
  iota: undefined,
  batchSize: undefined,
  step: undefined,
  placeholder: undefined,
  delay: undefined,
  random: undefined,
  ...elementwise(),
  select: ({ values: [condition], tangents: [, da, db], result, apply }) =>
    condition && apply([condition, da ?? zeros(result), db ?? zeros(result)]),
  whenTraining: ({ tangents: [da] }) => da,
  broadcast: linear,
  permute: linear,
  reshape: linear,
  slice: linear,
  // What x is padded with stays: only elements of x change.
  pad: ({ node, tangents: [dx], result }) => {
    const source = movementOf(node);
    const size = sizeOf(node.inputs[0]?.type.shape ?? []);
    return (
      dx &&
      result.map((_, k) => {
        const from = at(source, k % source.length);
        return from === nowhere ? 0 : at(dx, Math.floor(k / source.length) * size + from);
      })
    );
  },
  window: linear,
  overlapAdd: linear,
  concatenate: linear,
  gather: ({ values: [, indices], tangents: [dTable], apply }) =>
    dTable && indices && apply([dTable, indices]),
  scatterAdd: ({ values: [indices], tangents: [, dAdded], apply }) =>
    dAdded && indices && apply([indices, dAdded]),
  // d(a · b) = da · b + a · db
  einsum: ({ values, tangents: [da, db], apply }) => {
    const left = da && apply([da, entry(values, 1)]);
    const right = db && apply([entry(values, 0), db]);
    return left && right ? left.map((value, k) => value + at(right, k)) : (left ?? right);
  },
  reduce: (operands) => (operands.node.attributes.kind === "sum" ? linear(operands) : weighted(operands)),
  batchReduce: linear,
};

/** d f(x) = f(dx) */
function linear({ values, tangents, apply }: Operands<OperationName>): Float64Array {
  return apply(tangents.map((tangent, k) => tangent ?? zeros(entry(values, k))));
}

/** dy = Σₖ wₖ dxₖ / Σₖ wₖ with w = 1 where x attains the extreme, or w = e^(x − y) for logSumExp. */
function weighted({ node, values, tangents: [dx], result }: Operands<"reduce">): Float64Array | undefined {
  const x = entry(values, 0);
  if (dx === undefined) return undefined;
  const groups = groupsOf(node);
  const size = sizeOf(node.type.shape);
  const sum = zeros(result);
  const weights = zeros(result);
  x.forEach((value, k) => {
    const o = Math.floor(k / groups.length) * size + at(groups, k % groups.length);
    const gap = value - at(result, o);
    const weight = node.attributes.kind === "logSumExp" ? Math.exp(gap) : Number(gap === 0);
    sum[o] = at(sum, o) + weight * at(dx, k);
    weights[o] = at(weights, o) + weight;
  });
  return sum.map((value, o) => value / at(weights, o));
}

function elementwise(): { readonly [K in UnaryName | BinaryName]: Pushforward<K> | undefined } {
  const entries: [string, Pushforward<OperationName> | undefined][] = [];
  for (const [name, slope] of Object.entries(slopes)) entries.push([name, slope && pushUnary(slope)]);
  for (const [name, product] of Object.entries(products))
    entries.push([name, product && pushBinary(product)]);
  // Both tables' keys were walked, so every name is there; fromEntries forgets that.
  return Object.fromEntries(entries) as {
    readonly [K in UnaryName | BinaryName]: Pushforward<K> | undefined;
  };
}

function pushUnary(slope: (x: number) => number): Pushforward<OperationName> {
  return ({ values, tangents: [dx] }) => {
    const x = entry(values, 0);
    return dx?.map((tangent, k) => slope(at(x, k)) * tangent);
  };
}

function pushBinary(product: Product): Pushforward<OperationName> {
  return ({ values, tangents: [da, db], result }) => {
    const a = entry(values, 0);
    const b = entry(values, 1);
    return result.map((_, k) => product(at(a, k), at(b, k), da ? at(da, k) : 0, db ? at(db, k) : 0));
  };
}

function zeros(like: Float64Array): Float64Array {
  return new Float64Array(like.length);
}

/** The whole gradient, one coordinate of one leaf after another. Costs one sweep an element: for small networks. */
export function dualGradient(root: Node, leaf: Node, bindings: Bindings): Float64Array {
  const length = lengthOf(leaf, bindings.batchSize);
  return Float64Array.from({ length }, (_, k) => {
    const unit = new Float64Array(length);
    unit[k] = 1;
    return at(pushDual(root, new Map([[leaf, unit]]), bindings).tangent, 0);
  });
}

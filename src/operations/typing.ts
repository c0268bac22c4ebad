import { type ElementType, formatShape, sameShape, type TensorType } from "../graph/index.ts";
import { invariant, InvariantError } from "../diagnostics/index.ts";
import { TypeProblem } from "./definition.ts";

const elementNames: Readonly<Record<ElementType, string>> = {
  real: "real numbers",
  integer: "integers (class labels or ids)",
  boolean: "truth values",
};

/** The `n` operand types of an operation. The number of operands is ours to get right, never the user's. */
export function operands(types: readonly TensorType[], n: 1): readonly [TensorType];
export function operands(types: readonly TensorType[], n: 2): readonly [TensorType, TensorType];
export function operands(types: readonly TensorType[], n: 3): readonly [TensorType, TensorType, TensorType];
export function operands(types: readonly TensorType[], n: number): readonly TensorType[] {
  invariant(types.length === n, `the operation has ${n} operands, not ${types.length}`);
  return types;
}

/** @throws {TypeProblem} unless the operand's elements are `expected`. */
export function requireElement(type: TensorType, expected: ElementType): void {
  if (type.element === expected) return;
  throw new TypeProblem(
    `expected ${elementNames[expected]} but found ${elementNames[type.element]}`,
    hints[type.element][expected],
  );
}

const hints: Readonly<Record<ElementType, Partial<Record<ElementType, string>>>> = {
  real: {
    boolean: "compare it with something first, as in x > 0",
    integer: "declare it with {categories: n}",
  },
  integer: { real: "look it up with gather, or spread it with oneHot" },
  boolean: { real: "choose between two numbers with where(condition, a, b)" },
};

/** @throws {TypeProblem} unless both operands have the same elements. */
export function requireSameElement(a: TensorType, b: TensorType): void {
  if (a.element === b.element) return;
  throw new TypeProblem(`one operand has ${elementNames[a.element]}, the other ${elementNames[b.element]}`);
}

/** @throws {TypeProblem} unless both operands have one shape. */
export function requireSameShape(a: TensorType, b: TensorType): void {
  if (sameShape(a.shape, b.shape)) return;
  throw new TypeProblem(
    `the operands are ${formatShape(a.shape)} and ${formatShape(b.shape)}: an elementwise operation needs equal shapes`,
  );
}

/** The type of a result that varies over the batch when any operand does. */
export function resultType(
  types: readonly TensorType[],
  shape: readonly number[],
  element: ElementType,
): TensorType {
  return { shape, batched: types.some((type) => type.batched), element };
}

/** For leaves, whose type is declared and not inferred: see `Builder.leaf`. */
export function declaredType(): never {
  throw new InvariantError("a leaf's type is declared, not inferred: make it with Builder.leaf");
}

/** The entry at `position` of a list that is known to be long enough. */
export function at<T>(list: readonly T[], position: number): T {
  invariant(
    position >= 0 && position < list.length,
    `position ${position} lies within a list of ${list.length}`,
  );
  return list[position] as T; // in range, by the invariant above
}

import type { Node } from "../../graph/index.ts";
import type { Builder } from "../../operations/index.ts";
import { constantOf, factorsOf, isOrdinary } from "../match.ts";
import { operands } from "../rule.ts";

/** c·x, with c = value in every element; x where that is exact. */
export function times(build: Builder, value: number, x: Node): Node {
  return value === 1 ? x : build.multiply(build.constant(value, x.type.shape), x);
}

/** x = c·rest, rest/c or c alone over rest: how constants hide in products. */
export type Multiple =
  | { readonly kind: "product" | "quotient" | "reciprocal"; readonly constant: number; readonly rest: Node }
  | undefined;

export function multipleOf(node: Node): Multiple {
  if (node.operation === "multiply") {
    for (const [a, b] of factorsOf(node)) {
      const constant = constantOf(a);
      if (constant !== undefined) return { kind: "product", constant, rest: b };
    }
  }
  if (node.operation === "divide") {
    const [a, b] = operands(node);
    const divisor = constantOf(b);
    if (divisor !== undefined) return { kind: "quotient", constant: divisor, rest: a };
    const numerator = constantOf(a);
    if (numerator !== undefined) return { kind: "reciprocal", constant: numerator, rest: b };
  }
  return undefined;
}

/** factor · node with the constants merged, or `undefined` where that leaves the ordinary numbers. */
export function scaleMultiple(build: Builder, factor: number, node: Node): Node | undefined {
  const multiple = multipleOf(node);
  if (multiple === undefined || !isOrdinary(factor) || !isOrdinary(multiple.constant)) return undefined;
  const { kind, constant, rest } = multiple;
  const value = kind === "quotient" ? factor / constant : factor * constant;
  if (!isOrdinary(value)) return undefined;
  return kind === "reciprocal"
    ? build.divide(build.constant(value, rest.type.shape), rest)
    : times(build, value, rest);
}

/** node = constant · rest, with the constant 1 at worst. */
export function linearOf(node: Node): { readonly constant: number; readonly rest: Node } {
  const multiple = multipleOf(node);
  return multiple?.kind === "product" ? multiple : { constant: 1, rest: node };
}

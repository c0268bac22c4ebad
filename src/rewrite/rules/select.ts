import type { OperationName } from "../../graph/index.ts";
import { constantOf, negatedOf } from "../match.ts";
import { operand, operands, rule } from "../rule.ts";

/*
 * Choices whose outcome is known, or known in part.
 */

const comparisons: Partial<Record<OperationName, (a: number, b: number) => boolean>> = {
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
};

export const selectRules = [
  rule({
    name: "choice between equals",
    holds: "ieee",
    operations: ["select"],
    statement: "where(c, a, a) = a",
    apply: (node) => (operand(node, 1) === operand(node, 2) ? operand(node, 1) : undefined),
  }),
  rule({
    name: "choice by constants",
    holds: "ieee",
    operations: ["select"],
    statement: "where(1 < 2, a, b) = a",
    apply: (node) => {
      const condition = operand(node, 0);
      const compare = comparisons[condition.operation];
      if (compare === undefined) return undefined;
      const [a, b] = operands(condition).map(constantOf);
      if (a === undefined || b === undefined) return undefined;
      return compare(a, b) ? operand(node, 1) : operand(node, 2);
    },
  }),
  rule({
    name: "choice by a negation",
    holds: "ieee",
    operations: ["select"],
    statement: "where(not c, a, b) = where(c, b, a)",
    apply: (node, { build }) => {
      const condition = operand(node, 0);
      return condition.operation === "not"
        ? build.select(operand(condition, 0), operand(node, 2), operand(node, 1))
        : undefined;
    },
  }),
  rule({
    name: "choice within the same choice",
    holds: "ieee",
    operations: ["select"],
    statement: "where(c, where(c, a, b), d) = where(c, a, d), where(c, a, where(c, b, d)) = where(c, a, d)",
    apply: (node, { build }) => {
      const [condition, a, b] = [operand(node, 0), operand(node, 1), operand(node, 2)];
      if (a.operation === "select" && operand(a, 0) === condition) {
        return build.select(condition, operand(a, 1), b);
      }
      if (b.operation === "select" && operand(b, 0) === condition) {
        return build.select(condition, a, operand(b, 2));
      }
      return undefined;
    },
  }),
  rule({
    name: "choice of negatives",
    holds: "ieee",
    operations: ["select"],
    statement: "where(c, −a, −b) = −where(c, a, b)",
    apply: (node, { build }) => {
      const a = negatedOf(build, operand(node, 1));
      const b = negatedOf(build, operand(node, 2));
      return a && b && build.negate(build.select(operand(node, 0), a, b));
    },
  }),
  rule({
    name: "comparison of a chosen constant",
    holds: "ieee",
    operations: ["less", "lessEqual", "greater", "greaterEqual", "equal", "notEqual"],
    statement: "(where(c, 1, 0) > 0) = c, (where(c, 1, 0) = 0) = not c",
    apply: (node, { build }) => {
      const compare = comparisons[node.operation];
      const sides = operands(node);
      const choice = sides.find((side) => side.operation === "select");
      if (compare === undefined || choice === undefined) return undefined;
      const outcomes = [1, 2].map((chosen) => {
        const [a, b] = sides.map((side) => constantOf(side === choice ? operand(choice, chosen) : side));
        return a === undefined || b === undefined ? undefined : compare(a, b);
      });
      const [whereTrue, whereFalse] = outcomes;
      if (whereTrue === undefined || whereFalse === undefined || whereTrue === whereFalse) return undefined;
      const condition = operand(choice, 0);
      return whereTrue ? condition : build.apply("not", [condition], {});
    },
  }),
  rule({
    name: "twice not",
    holds: "ieee",
    operations: ["not"],
    statement: "not not c = c",
    apply: (node) => {
      const c = operand(node, 0);
      return c.operation === "not" ? operand(c, 0) : undefined;
    },
  }),
  rule({
    name: "sum of complementary choices",
    holds: "real", // −0 + 0 is 0
    operations: ["add"],
    statement: "where(c, a, 0) + where(c, 0, b) = where(c, a, b)",
    apply: (node, { build }) => {
      const [left, right] = operands(node);
      if (left.operation !== "select" || right.operation !== "select") return undefined;
      const condition = operand(left, 0);
      if (operand(right, 0) !== condition) return undefined;
      const zeros = [left, right].map((each) =>
        [operand(each, 1), operand(each, 2)].map((x) => constantOf(x) === 0),
      );
      const [[la, lb] = [], [ra, rb] = []] = zeros;
      if (lb === true && ra === true) return build.select(condition, operand(left, 1), operand(right, 2));
      if (la === true && rb === true) return build.select(condition, operand(right, 1), operand(left, 2));
      return undefined;
    },
  }),
];

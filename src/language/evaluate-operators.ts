import { InvariantError } from "../diagnostics/index.ts";
import { binary, choose, compare, logical, negate, negation } from "./arithmetic.ts";
import type { Argument } from "./builtins/builtin.ts";
import type { Evaluation } from "./evaluation.ts";
import { type Frame, labelOf } from "./frame.ts";
import type { BinaryExpression, Expression } from "./syntax.ts";
import { type Place, isNumeric, isOrHas, shapeOf, toNode } from "./tensors.ts";
import { type Value, poison, sayKind, tensor } from "./value.ts";

export function unaryValue(
  evaluation: Evaluation,
  expression: Expression & { kind: "unary" },
  frame: Frame,
): Value {
  return evaluation.withArguments([expression.operand], frame, ([operand]) => {
    if (operand === undefined) throw new InvariantError("an operator has an operand");
    const place = evaluation.place(expression.span, frame);
    switch (expression.operator) {
      case "-":
        return negate(place, operand);
      case "+":
        return operand.value;
      case "not":
        return negation(place, operand);
      case "'":
        return transpose(evaluation, place, operand);
    }
  });
}

/** Of a matrix. mathjs's transpose of a vector is the vector itself, which is seldom what was meant. */
function transpose(evaluation: Evaluation, place: Place, operand: Argument): Value {
  const value = operand.value;
  const shape = isNumeric(value) ? shapeOf(value) : undefined;
  if (shape === undefined || !isNumeric(value) || shape.length > 2) {
    const found = shape === undefined ? `is ${sayKind(value)}` : isOrHas(shape);
    throw place.problem(
      "shape-mismatch",
      `${operand.label} ${found}: only a matrix can be transposed.`,
      "bring it to two dimensions first, with reshape or an index",
    );
  }
  if (shape.length < 2) {
    if (shape.length === 1) {
      evaluation.report.warn(
        place.problem(
          "vector-transpose",
          `${operand.label} ${isOrHas(shape)}: transposing a vector changes nothing.`,
          "write x * y for the dot product, outer(x, y) for the outer product",
        ),
      );
    }
    return value;
  }
  return tensor(place.build.apply("permute", [toNode(place.build, value)], { order: [1, 0] }));
}

/** A sum of a thousand terms leans to the left: its spine is walked by a loop. */
export function binaryValue(evaluation: Evaluation, expression: BinaryExpression, frame: Frame): Value {
  const spine: BinaryExpression[] = [];
  let leftmost: Expression = expression;
  while (leftmost.kind === "binary") {
    spine.push(leftmost);
    leftmost = leftmost.left;
  }
  let left = evaluation.argument(leftmost, frame);
  for (const each of spine.reverse()) {
    left = { ...left, expression: each.left, label: labelOf(each.left, frame.scope) };
    const right = evaluation.argument(each.right, frame);
    left = { ...left, value: combine(evaluation, each, left, right, frame) };
  }
  return left.value;
}

function combine(
  evaluation: Evaluation,
  expression: BinaryExpression,
  left: Argument,
  right: Argument,
  frame: Frame,
): Value {
  if (left.value.kind === "poison" || right.value.kind === "poison") return poison;
  try {
    const value = binary(evaluation.place(expression.span, frame), expression.operator, left, right);
    return evaluation.watchFinite(value, [left, right], expression, frame);
  } catch (error) {
    return evaluation.spoil(error, expression, frame);
  }
}

export function comparisonValue(
  evaluation: Evaluation,
  expression: Expression & { kind: "comparison" },
  frame: Frame,
): Value {
  return evaluation.withArguments(expression.operands, frame, (operands) => {
    const place = evaluation.place(expression.span, frame);
    const parts = expression.operators.map((operator, index): Argument => {
      const [left, right] = [operands[index], operands[index + 1]];
      if (left === undefined || right === undefined) throw new InvariantError("a comparison has two sides");
      return {
        value: compare(place, operator, left, right),
        expression,
        label: labelOf(expression, frame.scope),
      };
    });
    return parts.reduce((all, each) => ({ ...all, value: logical(place, "and", all, each) })).value;
  });
}

/** Of a condition known now only the branch taken is looked at. */
export function conditionalValue(
  evaluation: Evaluation,
  expression: Expression & { kind: "conditional" },
  frame: Frame,
): Value {
  const condition = evaluation.argument(expression.condition, { ...frame, declaring: undefined });
  if (condition.value.kind === "poison") return poison;
  if (condition.value.kind === "boolean") {
    return evaluation.evaluate(condition.value.value ? expression.then : expression.otherwise, frame);
  }
  const inner = { ...frame, declaring: undefined };
  return evaluation.withArguments([expression.then, expression.otherwise], inner, ([a, b]) => {
    if (a === undefined || b === undefined) throw new InvariantError("a conditional has two branches");
    return choose(evaluation.place(expression.span, inner), condition, a, b);
  });
}

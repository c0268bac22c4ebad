import type { Node } from "../../graph/index.ts";
import type { Builder } from "../../operations/index.ts";
import { isOrHas, realNode } from "../tensors.ts";
import { sayFound, tensor } from "../value.ts";
import type { Argument, Builtin, Call } from "./builtin.ts";

const example = 'einsum("ij,jk->ik", A, B)';
const notation = /^([a-zA-Z]*)(?:,([a-zA-Z]*))?->([a-zA-Z]*)$/;

/** The letters of an operand's axes, with the operand. */
interface Operand {
  readonly letters: string;
  readonly argument: Argument;
  readonly node: Node;
}

/**
 * `einsum("hid,jd->hij", a, b)`: the sum of products over the axes whose letters the result lacks; of one operand a sum and a
 * permutation of its axes.
 */
export const einsum: Builtin = {
  name: "einsum",
  usage: `${example}, or einsum("ij->ji", A)`,
  minimum: 2,
  maximum: 3,
  apply: (call) => {
    const [specification, ...factors] = call.arguments as readonly [Argument, ...Argument[]]; // counted by the evaluator
    const { parts, output } = read(call, specification, factors.length);
    const operands = factors.map((argument, index) =>
      operandOf(call, argument, parts[index] ?? "", specification),
    );
    checkExtents(call, operands);
    const [a, b] = operands;
    if (a === undefined) throw new Error("an einsum has an operand");
    if (b === undefined) return tensor(permuted(call.build, a, output));
    return tensor(call.build.einsum(`${a.letters},${b.letters}->${output}`, a.node, b.node));
  },
};

/** The letters of a specification's parts. */
function read(call: Call, { value, expression }: Argument, count: number) {
  const wrong = (message: string, hint: string) =>
    call.problem("wrong-argument", message, hint, expression.span);
  const [whole, a, b, output = ""] =
    notation.exec(value.kind === "string" ? value.value.replaceAll(" ", "") : "") ?? [];
  if (whole === undefined)
    throw wrong(
      `einsum begins with a text that names the axes of its operands and of its result, not ${sayFound(value)}.`,
      `write ${example}`,
    );
  const parts = [a ?? "", ...(b === undefined ? [] : [b])];
  if (parts.length !== count)
    throw wrong(
      `${whole} is for ${sayOperands(parts.length)}, but ${String(count)} ${count === 1 ? "is" : "are"} given.`,
      "put a comma between the axes of two operands",
    );
  for (const letters of [...parts, output]) {
    const repeated = Array.from(letters).find((letter, index) => letters.indexOf(letter) !== index);
    if (repeated !== undefined)
      throw wrong(
        `${letters} has the axis ${repeated} twice; diagonals cannot be written so.`,
        "give each axis of an operand a letter of its own",
      );
  }
  const unknown = Array.from(output).find((letter) => !parts.join("").includes(letter));
  if (unknown !== undefined)
    throw wrong(
      `The result of ${whole} has an axis ${unknown}, which no operand has.`,
      "write after -> only letters that stand before it",
    );
  return { parts, output };
}

function sayOperands(count: number): string {
  return count === 1 ? "one operand" : "two operands";
}

function operandOf(call: Call, argument: Argument, letters: string, specification: Argument): Operand {
  const node = realNode(call, argument);
  const { shape } = node.type;
  if (shape.length === letters.length) return { letters, argument, node };
  throw call.problem(
    "shape-mismatch",
    `${argument.label} ${isOrHas(shape)}, but ${letters === "" ? "no letters name" : `${letters} names`} the axes of ${letters.length === 0 ? "a scalar" : `${String(letters.length)} dimension${letters.length === 1 ? "" : "s"}`}.`,
    `write ${String(shape.length)} letter${shape.length === 1 ? "" : "s"} for it, one a dimension`,
    specification.expression.span,
  );
}

function checkExtents(call: Call, operands: readonly Operand[]): void {
  const seen = new Map<string, { readonly extent: number; readonly argument: Argument }>();
  for (const { letters, argument, node } of operands) {
    Array.from(letters).forEach((letter, axis) => {
      const extent = node.type.shape[axis] ?? 1;
      const other = seen.get(letter);
      if (other !== undefined && other.extent !== extent)
        throw call.problem(
          "shape-mismatch",
          `The axis ${letter} has ${String(other.extent)} elements in ${other.argument.label} but ${String(extent)} in ${argument.label}.`,
          "give the axes that differ different letters, or bring them to one size",
        );
      seen.set(letter, { extent, argument });
    });
  }
}

/** One operand, summed over the axes that `output` lacks, the others in its order. */
function permuted(build: Builder, { letters, node }: Operand, output: string): Node {
  const axes = Array.from(letters, (letter, axis) => (output.includes(letter) ? [] : [axis])).flat();
  const sum = build.sum(node, axes);
  const rest = Array.from(letters).filter((letter) => output.includes(letter));
  const order = Array.from(output, (letter) => rest.indexOf(letter));
  return order.every((from, to) => from === to) ? sum : build.apply("permute", [sum], { order });
}

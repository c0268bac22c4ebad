import type { Compilation } from "../compile.ts";
import { type Node, reachableFrom } from "../graph/index.ts";
import type { DataSlot } from "../program/index.ts";
import { widthOf } from "./columns.ts";
import type { Task } from "./metrics.ts";
import type { SlotData } from "./prepare.ts";

/**
 * What the network's prediction is to be compared with and how; `undefined` when there is no prediction, not exactly one
 * target, or when their shapes have nothing to do with each other.
 */
export function taskOf({ program, derived }: Compilation, targets: readonly SlotData[]): Task | undefined {
  const [target] = targets;
  const { output } = program;
  if (target === undefined || targets.length > 1 || output === undefined) return undefined;
  const { slot, values } = target;
  const width = widthOf(slot);
  const outputs = widthOf(output);
  if (slot.element === "integer") {
    const { categories = 0 } = slot;
    const isRowEach = output.shape.at(-1) === categories && outputs === width * categories;
    return isRowEach ? { kind: "labels", categories, length: width } : undefined;
  }
  if (outputs !== width) return undefined;
  if (!values.every((value) => value === 0 || value === 1)) return { kind: "regression", width };
  if (width > 1 && everyRowHasOne(values, width)) return { kind: "oneHot", width };
  return {
    kind: "binary",
    threshold: derived.prediction && isLogit(derived.prediction, derived.loss) ? 0 : 0.5,
  };
}

function everyRowHasOne(values: SlotData["values"], width: number): boolean {
  for (let start = 0; start < values.length; start += width) {
    let ones = 0;
    for (let k = 0; k < width; k++) ones += values[start + k] ?? 0;
    if (ones !== 1) return false;
  }
  return true;
}

/** Whether the loss takes the prediction for a log-odds: it then reads it through softplus or sigmoid. */
function isLogit(prediction: Node, loss: Node): boolean {
  const negated = (node: Node | undefined): boolean =>
    node?.operation === "negate" && node.inputs[0] === prediction;
  return reachableFrom([loss]).some(
    ({ operation, inputs: [operand] }) =>
      (operation === "softplus" || operation === "sigmoid") && (operand === prediction || negated(operand)),
  );
}

/** What is predicted, for messages: `y, a scalar`, `logits of the shape [12, 27]`. */
export function sayPredicted({ name, shape }: Pick<DataSlot, "name" | "shape">): string {
  return shape.length === 0 ? `${name}, a scalar` : `${name} of the shape [${shape.join(", ")}]`;
}

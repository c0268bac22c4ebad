import type { Tensor } from "@tensorflow/tfjs";
import { DiagnosticError, InvariantError } from "../diagnostics/index.ts";
import { type Node, reachableFrom } from "../graph/index.ts";
import { noteOf } from "./compare.ts";
import { type Bindings, evaluateOne, lengthOf } from "./interpreter.ts";
import type { LossAndGradients } from "./tape.ts";
import { type TensorFlow, translateOperation, Untranslatable } from "./tfjs-operations.ts";

/** What TensorFlow.js says, or why it cannot be asked. */
export type OutsideOpinion =
  ({ readonly kind: "gradients" } & LossAndGradients) | { readonly kind: "skipped"; readonly reason: string };

/**
 * An outside judge: the loss as TensorFlow.js operations, differentiated by TensorFlow.js. It computes in single
 * precision, so it finds wrong formulas, not wrong digits. Where TensorFlow.js itself fails, nothing is known of the network.
 *
 * @throws {DiagnosticError} `missing-package` where `@tensorflow/tfjs` is not installed.
 */
export async function tensorFlowGradients(
  loss: Node,
  wrt: readonly Node[],
  bindings: Bindings,
): Promise<OutsideOpinion> {
  const tf = await loadTensorFlow();
  tf.engine().startScope();
  try {
    const found = gradients(tf, loss, wrt, bindings);
    // The point is one where the tape is finite. TensorFlow.js multiplies by masks, and 0 · ∞ is NaN.
    return isFinite(found)
      ? { kind: "gradients", ...found }
      : { kind: "skipped", reason: "TensorFlow.js finds no finite gradient here" };
  } catch (problem) {
    if (problem instanceof InvariantError) throw problem; // ours, in translating
    if (problem instanceof Untranslatable) return { kind: "skipped", reason: problem.message };
    return { kind: "skipped", reason: `TensorFlow.js failed: ${noteOf(problem)}` };
  } finally {
    tf.engine().endScope();
  }
}

/** Its own random numbers would be others: it is given ours. */
function withDraws(loss: Node, bindings: Bindings): Bindings {
  const draws = reachableFrom([loss]).filter(({ operation }) => operation === "random");
  const drawn = draws.map((node) => [node, evaluateOne(node, bindings)] as const);
  return { ...bindings, leaves: new Map([...bindings.leaves, ...drawn]) };
}

function gradients(tf: TensorFlow, loss: Node, wrt: readonly Node[], given: Bindings): LossAndGradients {
  const bindings = withDraws(loss, given);
  const leaf = (node: Node): Tensor => {
    const values = bindings.leaves.get(node) ?? [];
    const shape = node.type.batched ? [bindings.batchSize, ...node.type.shape] : [...node.type.shape];
    return tf.tensor(Float32Array.from(values), shape, node.type.element === "integer" ? "int32" : "float32");
  };
  const f = (...parameters: Tensor[]): Tensor => {
    const tensors = new Map<Node, Tensor>();
    for (const node of reachableFrom([loss])) {
      const parameter = parameters[wrt.indexOf(node)];
      const operands = node.inputs.flatMap((input) => tensors.get(input) ?? []);
      const known = parameter ?? (bindings.leaves.has(node) ? leaf(node) : undefined);
      tensors.set(node, known ?? translateOperation(tf, node, operands, bindings.batchSize));
    }
    const value = tensors.get(loss)?.asScalar() ?? tf.scalar(NaN);
    // Every parameter enters, if only with weight 0: TensorFlow.js refuses to say that a gradient is all zeros.
    return parameters.reduce((sum, each) => tf.add(sum, tf.mul(0, tf.sum(each))), value).asScalar();
  };
  const { value, grads } = tf.valueAndGrads(f)(wrt.map(leaf));
  return {
    loss: value.dataSync()[0] ?? NaN,
    gradients: new Map(
      wrt.map((node, k) => {
        const zero = new Float64Array(lengthOf(node, bindings.batchSize));
        return [node, grads[k] ? Float64Array.from(grads[k].dataSync()) : zero];
      }),
    ),
  };
}

function isFinite({ loss, gradients: all }: LossAndGradients): boolean {
  return Number.isFinite(loss) && [...all.values()].every((each) => each.every(Number.isFinite));
}

let loaded: Promise<TensorFlow> | undefined;

function loadTensorFlow(): Promise<TensorFlow> {
  loaded ??= import("@tensorflow/tfjs").then(
    async (tf) => {
      tf.enableProdMode(); // no banner on the terminal
      await tf.setBackend("cpu");
      return tf;
    },
    (cause: unknown) => {
      loaded = undefined;
      throw missingPackage(cause);
    },
  );
  return loaded;
}

/** Anything but an absent package is passed on as it is. */
function missingPackage(cause: unknown): unknown {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code !== "ERR_MODULE_NOT_FOUND" && code !== "MODULE_NOT_FOUND") return cause;
  return new DiagnosticError([
    {
      code: "missing-package",
      severity: "error",
      message: "Verifying against tfjs needs the package @tensorflow/tfjs, which is not installed.",
      hint: "npm install --save-dev @tensorflow/tfjs@4.22",
    },
  ]);
}

/* Training with jax-js: the step is traced as a whole, so that loss, gradients and updates are one compiled function. */
import { type Array, jit, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import type { Job, Stepper } from "./program.ts";

export type Parameters = Readonly<Record<string, Array>>;

/** A network with its batch. */
export interface Training {
  readonly loss: (parameters: Parameters, x: Array, t: Array) => Array;
  readonly x: Array;
  readonly t: Array;
  readonly optimizer: Optimizer;
}

/** How a parameter changes with its gradient and, where there are any, its first and second moment; `step` counts from 1. */
export type Optimizer =
  | { readonly kind: "sgd"; readonly rate: number }
  | { readonly kind: "momentum"; readonly rate: number; readonly decay: number }
  | { readonly kind: "adam"; readonly rate: number; readonly weightDecay: number };

/** First and second moments, as far as the optimizer has them. */
interface State {
  readonly parameters: Parameters;
  readonly m: Parameters;
  readonly v: Parameters;
}

/** Takes the steps of `make`'s network on the device that has been set. */
export function trainer(job: Job, make: (job: Job) => Training): Stepper {
  const training = make(job);
  const step = jit(stepOf(training));
  let state: State | undefined;
  let steps = 0;
  return {
    reset: () => {
      tree.dispose(state);
      state = startOf(job, training.optimizer);
      steps = 0;
    },
    run: (times) => {
      let last = NaN;
      for (let n = 0; n < times; n++) {
        if (state === undefined) throw new Error("no state to start from");
        steps += 1;
        const corrections = np.array(Float32Array.of(1 / (1 - 0.9 ** steps), 1 / (1 - 0.999 ** steps)));
        const [loss, next] = step(state, training.x.ref, training.t.ref, corrections);
        state = next;
        last = loss.item();
      }
      return last;
    },
  };
}

function startOf(job: Job, { kind }: Optimizer): State {
  const make = (values: (name: string, length: number) => Float32Array): Parameters =>
    Object.fromEntries(
      Object.entries(job.layout).map(([name, { shape, length }]) => [
        name,
        np.array(values(name, length), { shape }),
      ]),
    );
  const zeros = (): Parameters => make((_, length) => new Float32Array(length));
  return {
    parameters: make((name) => Float32Array.from(job.parameter(name))),
    m: kind === "sgd" ? {} : zeros(),
    v: kind === "adam" ? zeros() : {},
  };
}

/** Adam and AdamW as Kingma and Ba, and Loshchilov and Hutter, have them; `corrections` are those of the two biases. */
function stepOf({ loss, optimizer }: Training) {
  return (state: State, x: Array, t: Array, corrections: Array): [Array, State] => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(state.parameters), x, t);
    const next: Record<"parameters" | "m" | "v", Record<string, Array>> = { parameters: {}, m: {}, v: {} };
    for (const [name, w] of Object.entries(state.parameters)) {
      const g = gradients[name];
      if (g === undefined) throw new Error(`no gradient of ${name}`);
      if (optimizer.kind === "sgd") {
        next.parameters[name] = w.sub(g.mul(optimizer.rate));
        continue;
      }
      const m = state.m[name] as Array; // made with the parameters
      if (optimizer.kind === "momentum") {
        const velocity = m.mul(optimizer.decay).add(g);
        next.parameters[name] = w.sub(velocity.ref.mul(optimizer.rate));
        next.m[name] = velocity;
        continue;
      }
      const v = state.v[name] as Array; // as above
      const first = m.mul(0.9).add(g.ref.mul(1 - 0.9));
      const second = v.mul(0.999).add(np.square(g).mul(1 - 0.999));
      const root = np.sqrt(second.ref.mul(corrections.ref.slice(1))).add(1e-8);
      const change = first.ref.mul(corrections.ref.slice(0)).mul(optimizer.rate).div(root);
      next.parameters[name] = w.mul(1 - optimizer.rate * optimizer.weightDecay).sub(change);
      next.m[name] = first;
      next.v[name] = second;
    }
    return [value, next];
  };
}

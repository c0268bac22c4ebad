/* Training with TensorFlow.js. */
import * as tf from "@tensorflow/tfjs";
import type { Job, Stepper } from "./program.ts";

/** A network with its batch. */
export interface Training {
  readonly loss: () => tf.Scalar;
  readonly optimizer: () => tf.Optimizer;
  /** How much of each parameter is left after a step of AdamW's decay; there is no AdamW. */
  readonly kept?: number;
}

/** Makes variables of the job's parameters, in the order in which they are asked for. */
export class Variables {
  readonly all: tf.Variable[] = [];
  readonly #start: tf.Tensor[] = [];
  readonly #job: Job;

  constructor(job: Job) {
    this.#job = job;
  }

  /** As the network has it, or with its dimensions in another order. */
  get<R extends tf.Rank>(name: string, order?: number[]): tf.Variable<R> {
    const shape = [...(this.#job.layout[name]?.shape ?? [])] as tf.ShapeMap[R]; // as the caller says
    return this.add(tf.tensor<R>(Float32Array.from(this.#job.parameter(name)), shape).transpose(order));
  }

  /** A dense layer's weights, inputs by units: products are slow where one side is to be transposed. */
  dense(name: string): (x: tf.Tensor2D) => tf.Tensor2D {
    const weight = this.get<tf.Rank.R2>(`${name}.weight`, [1, 0]);
    const bias = this.get(`${name}.bias`, [0]);
    return (x) => tf.add(tf.matMul(x, weight), bias);
  }

  add<R extends tf.Rank>(start: tf.Tensor<R>): tf.Variable<R> {
    this.#start.push(start);
    const variable = tf.variable(start.clone());
    this.all.push(variable);
    return variable;
  }

  reset(): void {
    this.all.forEach((variable, k) => {
      const start = this.#start[k];
      if (start !== undefined) variable.assign(start.clone());
    });
  }
}

/** Takes the steps of `make`'s network on the backend that has been set. */
export function trainer(job: Job, make: (job: Job, variables: Variables) => Training): Stepper {
  const variables = new Variables(job);
  const { loss, optimizer: makeOptimizer, kept } = make(job, variables);
  let optimizer = makeOptimizer();
  return {
    reset: () => {
      variables.reset();
      optimizer.dispose();
      optimizer = makeOptimizer();
    },
    run: (times) => {
      let last = NaN;
      for (let n = 0; n < times; n++) {
        tf.tidy(() => {
          const { value, grads } = tf.variableGrads(loss, variables.all);
          if (kept !== undefined) for (const each of variables.all) each.assign(tf.mul(each, kept));
          optimizer.applyGradients(grads);
          [last = NaN] = value.dataSync();
        });
      }
      return last;
    },
  };
}

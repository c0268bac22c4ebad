/* synaptic: a function written for the network, with an update after each sample. */
import synaptic, { type Layer as SynapticLayer } from "synaptic";
import { onlineJob } from "./online.ts";
import { serve } from "./program.ts";

const { Layer, Network, Neuron } = synaptic;
const squashes = { sigmoid: Neuron.squash.LOGISTIC, tanh: Neuron.squash.TANH, relu: Neuron.squash.RELU };

await serve((job) => {
  const { rule, samples, inputs, hidden, outputs } = onlineJob(job, "synaptic");
  const layers = [inputs, hidden, outputs].map((size) => new Layer(size)) as [
    SynapticLayer,
    SynapticLayer,
    SynapticLayer,
  ];
  layers.forEach((layer, k) => {
    if (k === 0) return;
    layer.set({ squash: k === 1 ? squashes[rule.hidden] : squashes.sigmoid });
    const from = layers[k - 1];
    from?.project(layer);
    const weights = job.parameter(`W${k}`);
    const biases = job.parameter(`b${k}`);
    const size = from?.list.length ?? 0;
    layer.list.forEach((neuron, unit) => (neuron.bias = biases[unit] ?? NaN));
    from?.list.forEach((neuron, j) => {
      for (const connection of Object.values(neuron.connections.projected))
        connection.weight = weights[layer.list.indexOf(connection.to) * size + j] ?? NaN;
    });
  });
  const [input, middle, output] = layers;
  const network = new Network({ input, hidden: [middle], output });
  network.optimize();
  const memory = network.optimized?.memory ?? new Float64Array(0);
  const start = memory.slice();
  return {
    about: "synaptic 1.1.4",
    reset: () => {
      memory.set(start);
    },
    run: (times) => {
      let loss = NaN;
      for (let n = 0; n < times; n++) {
        loss = 0;
        for (const sample of samples) {
          const y = network.activate(sample.input);
          network.propagate(rule.rate, sample.output);
          for (let k = 0; k < outputs; k++) loss += ((sample.output[k] ?? NaN) - (y[k] ?? NaN)) ** 2;
        }
      }
      return loss / (samples.length * outputs);
    },
  };
});

/* brain.js: sigmoids, the squared error, an update after each sample. */
import brain from "brain.js";
import { onlineJob } from "./online.ts";
import { serve } from "./program.ts";

await serve((job) => {
  const { rule, samples, inputs, hidden, outputs } = onlineJob(job, "brain");
  const network = new brain.NeuralNetwork({
    inputSize: inputs,
    hiddenLayers: [hidden],
    outputSize: outputs,
    activation: "sigmoid",
    learningRate: rule.rate,
    momentum: rule.momentum,
  });
  const sizes = [inputs, hidden, outputs];
  Object.assign(network, { sizes });
  network.initialize();
  const data = samples.map(({ input, output }) => ({
    input: Float32Array.from(input),
    output: Float32Array.from(output),
  }));
  return {
    about: "brain.js 1.6.1",
    reset: () => {
      for (const layer of [1, 2]) {
        const weights = job.parameter(`W${layer}`);
        network.biases[layer]?.set(job.parameter(`b${layer}`));
        network.weights[layer]?.forEach((row, unit) => {
          row.set(weights.subarray(unit * row.length, (unit + 1) * row.length));
        });
        for (const row of network.changes[layer] ?? []) row.fill(0);
      }
    },
    run: (times) => {
      let loss = NaN;
      for (let n = 0; n < times; n++) {
        loss = 0;
        for (const sample of data) loss += network.trainPattern(sample, true) ?? NaN;
      }
      return loss / data.length;
    },
  };
});

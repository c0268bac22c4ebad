import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { loadGenerated, prepareData, prepareText, readTable, runSession } from "../../src/train/index.ts";

async function trained(network: string, csv: string, options: Parameters<typeof prepareData>[2] = {}) {
  const compilation = await compile({ name: "net.nabla", text: network });
  const data = prepareData(compilation, readTable({ name: "data.csv", text: csv }), options);
  return { data, report: runSession(compilation, await loadGenerated(compilation.code), data) };
}

const separable = `x,t\n${Array.from({ length: 40 }, (_, n) => `${n - 20},${n < 20 ? "no" : "yes"}\n`).join("")}`;
const head = "x = input()\nt = target()\nw = parameter()\nb = parameter()\n";
const training = "training = {optimizer: adam({learningRate: 0.1}), epochs: 100}\n";

describe("runSession", () => {
  it("judges probabilities at one half and log-odds at zero", async () => {
    const probability = await trained(
      `${head}y = sigmoid(w * x + b)\nloss = binaryCrossEntropy(y, t)\n${training}`,
      separable,
    );
    expect(probability.report.trainingMetric).toMatchObject({ kind: "accuracy", accuracy: 1 });
    // At log-odds between 0 and 0.5 the two thresholds differ: a line that is off by 0.3 shows it.
    const logOdds = await trained(
      "x = input()\nt = target()\nw = parameter({init: 1})\nz = w * x + 0 * x + 0.3\nloss = binaryCrossEntropyFromLogits(z, t)\n" +
        "training = {optimizer: sgd({learningRate: 1e-9}), epochs: 1}\n",
      "x,t\n-1,0\n0,1\n1,1\n-2,0\n",
    );
    expect(logOdds.report.trainingMetric).toMatchObject({ accuracy: 1 });
  });

  it("reports regressions in the target's own units, standardised or not", async () => {
    const rows = Array.from({ length: 50 }, (_, n) => `${n},${1000 * n + 5}\n`).join("");
    const network = `${head}y = w * x + b\nloss = (y - t)^2\n${training}`;
    const { report, data } = await trained(network, `x,t\n${rows}`, { standardise: true, validation: 0.2 });
    expect(Object.keys(data.scalings)).toEqual(["x", "t"]);
    expect(data).toMatchObject({ samples: 40, heldOutSamples: 10 });
    const metric = report.heldOutMetric;
    if (metric?.kind !== "regression") throw new Error("this is a regression");
    expect(metric.r2).toBeGreaterThan(0.999);
    expect(metric.rmse).toBeLessThan(500);
    expect(metric.rmse).toBeGreaterThan(1e-6); // not in units of the deviation
  });

  it("does not standardise labels, zeros and ones, or classes", async () => {
    const { data } = await trained(
      `${head}y = sigmoid(w * x + b)\nloss = binaryCrossEntropy(y, t)\n${training}`,
      separable,
      { standardise: true },
    );
    expect(Object.keys(data.scalings)).toEqual(["x"]);
    expect(data.labels).toEqual({ t: ["no", "yes"] });
  });

  it("measures the scaling on the training rows alone", async () => {
    const network = `${head}y = w * x + b\nloss = (y - t)^2\n${training}`;
    const rows = Array.from({ length: 20 }, (_, n) => `${n ** 3},${n + 0.5}\n`).join("");
    const { data } = await trained(network, `x,t\n${rows}`, { standardise: true, validation: 0.3, seed: 4 });
    const x = data.training[0]?.values ?? new Float64Array(0);
    const mean = (x as Float64Array).reduce((sum, value) => sum + value, 0) / x.length;
    expect(mean).toBeCloseTo(0, 12);
    const all = [...x, ...(data.heldOut[0]?.values ?? [])];
    expect(Math.abs(all.reduce((sum, value) => sum + value, 0) / all.length)).toBeGreaterThan(1e-3);
  });

  it("has no metric where none makes sense", async () => {
    const network = `x = input([2])\nw = parameter([2], {init: [1, 2]})\nloss = sum((w - x).^2)\n`;
    const { report } = await trained(network, "a,b\n1,2\n3,4\n");
    expect(report.trainingMetric).toBeUndefined();
    expect(report.outcome.stopped).toBe("finished");
  });

  it("measures a text by perplexity, however large the predictions are", async () => {
    // 1000 samples of 2 rows of 600 scores are more than the 2^20 numbers that are predicted at once.
    const text =
      "x = input([2], {categories: 600})\nt = target([2], {categories: 600})\nw = parameter({init: 8})\n" +
      "logits = w * oneHot(x, 600)\nloss = -sum(oneHot(t, 600) .* logSoftmax(logits))\n" +
      "training = {optimizer: sgd({learningRate: 1e-9}), epochs: 1}\n";
    const compilation = await compile({ name: "net.nabla", text });
    const data = prepareText(compilation, { name: "a.txt", text: "ab".repeat(1000) + "b" });
    const generated = await loadGenerated(compilation.code);
    const { trainingMetric } = runSession(compilation, generated, data);
    // The network predicts the character itself, which follows it only at the end: p = 1 / (e⁸ + 599) for the rest.
    if (trainingMetric?.kind !== "perplexity") throw new Error("this is a sequence");
    expect(trainingMetric.count).toBe(2000);
    expect(trainingMetric.accuracy).toBe(1 / 2000);
    expect(trainingMetric.bits).toBeCloseTo(Math.log2(Math.exp(8) + 599) - 8 / Math.LN2 / 2000, 6);
    const accuracy = runSession(compilation, generated, data, { metric: "accuracy" });
    expect(accuracy.trainingMetric).toEqual({ kind: "accuracy", accuracy: 1 / 2000, right: 1, count: 2000 });
    expect(() => runSession(compilation, generated, data, { metric: "rmse" })).toThrow(
      "error[wrong-metric]: The metric rmse has no meaning for what this network predicts: logits of the shape [2, 600]. " +
        "(hint: what can be measured here is perplexity, accuracy)",
    );
  });

  it("goes on from a checkpoint to the same bits where the network draws random numbers and steps have a schedule", async () => {
    const network =
      "x = input([4])\nt = target({categories: 3})\nh = dropout(dense(x, 8, {activation: relu}), {rate: 0.4})\n" +
      "loss = crossEntropyFromLogits(dense(h, 3), t)\n" +
      "training = {optimizer: adam({learningRate: cosineDecay({from: 0.02, steps: 40})}), epochs: 3, batchSize: 8}\n";
    const compilation = await compile({ name: "net.nabla", text: network });
    const csv = Array.from({ length: 30 }, (_, n) => `${n % 7},${n % 5},${n % 3},${n % 2},${n % 3}\n`).join(
      "",
    );
    const data = prepareData(compilation, readTable({ name: "data.csv", text: csv }), { validation: 0.2 });
    const generated = await loadGenerated(compilation.code);
    const files: Uint8Array[] = [];
    const whole = runSession(compilation, generated, data, {
      checkpointEvery: 2,
      onCheckpoint: (bytes) => files.push(bytes),
    });
    expect(files).toHaveLength(5);
    for (const bytes of files) {
      const resumed = runSession(compilation, generated, data, { resume: { name: "run.ckpt", bytes } });
      expect(resumed).toEqual(whole);
    }
    // An epoch has 3 steps; what watches gradients sees the last of them whole, or says nothing.
    const watched = files.map((bytes) => {
      const options = { resume: { name: "run.ckpt", bytes }, gradients: true };
      return runSession(compilation, generated, data, options).gradients?.steps;
    });
    expect(watched).toEqual([3, 3, 3, undefined, undefined]);
  });
});

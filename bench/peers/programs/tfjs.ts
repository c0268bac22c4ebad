/* TensorFlow.js. The second argument names its backend: cpu or wasm. */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { serve } from "./program.ts";
import * as steps from "./tfjs-steps.ts";
import { trainer } from "./tfjs-trainer.ts";

const trainings = new Map([
  ["linear-regression", steps.linearRegression],
  ["xor", steps.xor],
  ["iris", steps.iris],
  ["mnist", steps.mnist],
  ["lenet", steps.lenet],
  ["lstm", steps.lstm],
  ["gpt", steps.gpt],
]);

const backend = process.argv[3] ?? "cpu";

await serve(async (job) => {
  const make = trainings.get(job.workload);
  if (make === undefined) throw new Error(`no step for ${job.workload}`);
  if (backend === "wasm") {
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    const main = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths(`${dirname(main)}/`);
    wasm.setThreadsCount(1);
  }
  if (!(await tf.setBackend(backend))) throw new Error(`there is no backend ${backend}`);
  return { about: `@tensorflow/tfjs ${tf.version["tfjs-core"]}`, ...trainer(job, make) };
});

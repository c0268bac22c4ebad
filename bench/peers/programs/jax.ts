/* jax-js on its WebAssembly backend: one thread, because Node has no `Worker` among its globals. */
import { defaultDevice, init } from "@jax-js/jax";
import * as steps from "./jax-steps.ts";
import { trainer } from "./jax-trainer.ts";
import { serve } from "./program.ts";

const trainings = new Map([
  ["linear-regression", steps.linearRegression],
  ["xor", steps.xor],
  ["iris", steps.iris],
  ["mnist", steps.mnist],
  ["lenet", steps.lenet],
  ["lstm", steps.lstm],
  ["gpt", steps.gpt],
]);

await serve(async (job) => {
  const make = trainings.get(job.workload);
  if (make === undefined) throw new Error(`no step for ${job.workload}`);
  // It looks for a GPU in what Node 20 does not have.
  if (!("navigator" in globalThis)) Object.assign(globalThis, { navigator: {} });
  await init("wasm");
  defaultDevice("wasm");
  return { about: "@jax-js/jax 0.1.25", ...trainer(job, make) };
});

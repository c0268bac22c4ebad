import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compile, type Costs } from "../../src/compile.ts";
import type { ProgramFolder } from "./folder.ts";
import { type JobFile, type ParameterLayout, writeJob } from "./job.ts";
import type { Workload } from "./workloads.ts";

/** A workload, ready to be started. */
export interface Task {
  readonly workload: Workload;
  readonly source: { readonly name: string; readonly text: string };
  readonly job: JobFile;
  readonly costs: Costs;
  readonly folder: ProgramFolder;
  /** Whether what `bench/package.json` names is installed. */
  readonly hasLibraries: boolean;
}

/** All start from what the generated module starts from, rounded to what single precision holds. */
export async function prepareTask(
  workload: Workload,
  folder: ProgramFolder,
  hasLibraries: boolean,
): Promise<Task> {
  const source = { name: `${workload.name}.nabla`, text: workload.network() };
  const { code, costs } = await compile(source);
  const path = folder.addModule(`${workload.name}-start`, code);
  const module = (await import(pathToFileURL(path).href)) as {
    readonly initialParameters: (seed: number) => Float64Array;
    readonly parameterLayout: ParameterLayout;
  }; // as every generated module exports them
  const start = {
    parameters: module.initialParameters(1).map(Math.fround),
    layout: module.parameterLayout,
  };
  const job = writeJob(join(folder.path, workload.name), workload, start, workload.data());
  return { workload, source, job, costs, folder, hasLibraries };
}

/*
 * `npm run bench`: how fast the generated training step is beside others who can take it, and beside one written by hand; how long
 * compiling takes, and how large modules are. Prints the tables and writes them to bench/RESULTS.md. `npm run bench -- lenet` runs what
 * bears this name, `npm run bench -- blocks` only what times the compiling of repeated blocks, and these write nothing.
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { timeBlocks } from "./blocks.ts";
import { cases } from "./cases.ts";
import { runWorkload, timeNodeAlone, type WorkloadResult } from "./peers/compare.ts";
import { judged } from "./peers/contestants.ts";
import { ProgramFolder } from "./peers/folder.ts";
import { installLibraries } from "./peers/install.ts";
import { programSizesReport, workloadsReport } from "./peers/report.ts";
import { measureSizes, type Sizes } from "./peers/sizes.ts";
import { type Workload, workloads } from "./peers/workloads.ts";
import { blocksReport, runCases, sizesReport, stepsReport } from "./steps.ts";

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function runWorkloads(chosen: readonly Workload[], absent?: string): Promise<WorkloadResult[]> {
  const folder = new ProgramFolder();
  try {
    const results: WorkloadResult[] = [];
    for (const workload of chosen) {
      say(`${workload.title}, all contestants …`);
      results.push(await runWorkload(workload, folder, absent));
    }
    return results;
  } finally {
    folder.close();
  }
}

async function runSizes(chosen: readonly Workload[]): Promise<Sizes[]> {
  const sizes: Sizes[] = [];
  say("sizes …");
  for (const workload of chosen) sizes.push(await measureSizes(workload, judged.options));
  return sizes;
}

/** What was asked for by name: all, if nothing was. */
async function measure(wanted: readonly string[]): Promise<string> {
  const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
  const chosen = workloads.filter(({ name }) => isWanted(name));
  const chosenCases = cases.filter(({ network }) => isWanted(network));
  const sections: string[] = [];
  if (chosen.length > 0) {
    const absent = installLibraries();
    if (absent !== undefined) say(`The JavaScript libraries ${absent}. They are left out.`);
    sections.push(workloadsReport(await runWorkloads(chosen, absent), timeNodeAlone()));
    if (absent === undefined) sections.push(programSizesReport(await runSizes(chosen)));
  }
  const results = await runCases(chosenCases);
  if (results.length > 0) sections.push(stepsReport(results));
  if (isWanted("blocks")) {
    say("blocks of a Transformer …");
    sections.push(blocksReport(await timeBlocks([2, 4, 8, 16])));
  }
  if (results.length > 0) sections.push(sizesReport(results));
  return sections.join("\n\n");
}

const wanted = process.argv.slice(2);
const names = new Set(
  [...workloads, ...cases.map(({ network: name }) => ({ name })), { name: "blocks" }].map(({ name }) => name),
);
const unknown = wanted.filter((name) => !names.has(name));
if (unknown.length > 0) {
  say(`There is no ${unknown.join(", ")} here: there are ${[...names].join(", ")}.`);
  process.exitCode = 1;
} else {
  const [cpu] = cpus();
  const [load = NaN] = loadavg();
  const text = `# Measured

Written by \`npm run bench\` on ${cpu?.model.trim() ?? "an unknown processor"} (${cpus().length} threads visible, one used),
Node ${process.versions.node}. The machine's load from others was ${load.toFixed(1)} when it began. Take differences below 1.1 as noise,
and below 1.5 where that load was not near 0.

${await measure(wanted)}
`;
  process.stdout.write(text);
  if (wanted.length === 0) writeFileSync(new URL("RESULTS.md", import.meta.url), text);
}

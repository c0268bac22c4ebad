/*
 * `npm run bench`: how fast the generated training step is beside others who can take it, and beside one written by hand; how long
 * compiling takes, and how large modules are. Prints the tables and writes them to bench/RESULTS.md. `npm run bench -- lenet` runs what
 * bears this name, as `npm run bench -- profile` (and `gemm`, `growth`, `auto`, `blocks`) does, and these write nothing.
 */
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { measurePredictions, predictionsReport } from "./auto.ts";
import { timeBlocks } from "./blocks.ts";
import { cases } from "./cases.ts";
import { gemmReport, measureGemm } from "./gemm.ts";
import { growthPlot } from "./growth-plot.ts";
import { growthReport, measureGrowth } from "./growth.ts";
import { runWorkload, timeNodeAlone, type WorkloadResult } from "./peers/compare.ts";
import { judged } from "./peers/contestants.ts";
import { ProgramFolder } from "./peers/folder.ts";
import { installLibraries } from "./peers/install.ts";
import { type Profile, profile, profilesReport } from "./profile.ts";
import { programSizesReport, workloadsReport } from "./peers/report.ts";
import { measureSizes, type Sizes } from "./peers/sizes.ts";
import { type Workload, workloads } from "./peers/workloads.ts";
import { blocksReport, runCases, sizesReport, stepsReport } from "./steps.ts";

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function runWorkloads(chosen: readonly Workload[], hasLibraries: boolean): Promise<WorkloadResult[]> {
  const folder = new ProgramFolder();
  try {
    const results: WorkloadResult[] = [];
    for (const workload of chosen) {
      say(`${workload.title}, all contestants …`);
      results.push(await runWorkload(workload, folder, hasLibraries));
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

/** A report of what bears a wanted name, and the pictures in it, by their files' names. */
interface Report {
  readonly text: string;
  readonly pictures: ReadonlyMap<string, string>;
}

async function measure(isWanted: (name: string) => boolean, hasLibraries: boolean): Promise<Report> {
  const chosen = workloads.filter(({ name }) => isWanted(name));
  const sections: string[] = [];
  const pictures = new Map<string, string>();
  if (chosen.length > 0) {
    sections.push(workloadsReport(await runWorkloads(chosen, hasLibraries), timeNodeAlone()));
    if (hasLibraries) sections.push(programSizesReport(await runSizes(chosen)));
  }
  if (isWanted("profile")) {
    say("profiles …");
    const profiles: Profile[] = [];
    for (const workload of workloads) profiles.push(await profile(workload));
    sections.push(profilesReport(profiles));
  }
  if (isWanted("gemm")) {
    say("products of matrices …");
    sections.push(gemmReport(await measureGemm()));
  }
  if (isWanted("growth")) {
    say("growth …");
    const growth = await measureGrowth();
    sections.push(growthReport(growth, "growth.svg"));
    pictures.set("growth.svg", growthPlot(growth));
  }
  if (isWanted("auto")) sections.push(predictionsReport(await measurePredictions()));
  const results = await runCases(cases.filter(({ network }) => isWanted(network)));
  if (results.length > 0) sections.push(stepsReport(results));
  if (isWanted("blocks")) {
    say("blocks of a Transformer …");
    sections.push(blocksReport(await timeBlocks([2, 4, 8, 16])));
  }
  if (results.length > 0) sections.push(sizesReport(results));
  return { text: sections.join("\n\n"), pictures };
}

/** Says so where it is in vain. */
function install(): boolean {
  const failure = installLibraries();
  if (failure === undefined) return true;
  say(`The libraries could not be installed: ${failure}. They are left out, and bench/RESULTS.md is left as it is.
Run \`npm --prefix bench ci\` where npm reaches a registry.`);
  return false;
}

async function run(wanted: readonly string[]): Promise<void> {
  const isWanted = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
  const hasLibraries = workloads.some(({ name }) => isWanted(name)) && install();
  const [cpu] = cpus();
  const [load = NaN] = loadavg();
  const { text, pictures } = await measure(isWanted, hasLibraries);
  const report = `# Measured

Written by \`npm run bench\` on ${cpu?.model.trim() ?? "an unknown processor"} (${cpus().length} threads visible, one used),
Node ${process.versions.node}. The machine's load from others was ${load.toFixed(1)} when it began. Take differences below 1.1 as noise,
and below 1.5 where that load was not near 0.

${text}
`;
  process.stdout.write(report);
  if (wanted.length > 0 || !hasLibraries) return;
  for (const [name, content] of [["RESULTS.md", report] as const, ...pictures])
    writeFileSync(new URL(name, import.meta.url), content);
}

const wanted = process.argv.slice(2);
const names = new Set([
  ...workloads.map(({ name }) => name),
  ...cases.map(({ network }) => network),
  "profile",
  "gemm",
  "growth",
  "auto",
  "blocks",
]);
const unknown = wanted.filter((name) => !names.has(name));
if (unknown.length === 0) {
  await run(wanted);
} else {
  say(`There is no ${unknown.join(", ")} here: there are ${[...names].join(", ")}.`);
  process.exitCode = 1;
}

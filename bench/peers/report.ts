import { format, table } from "../markdown.ts";
import type { Entry, WorkloadResult } from "./compare.ts";
import { tolerances } from "./compare.ts";
import { contestants, judged, type Kind } from "./contestants.ts";
import type { Size, Sizes } from "./sizes.ts";

type Measured = Extract<Entry, { readonly time: number }>;

/** The part of the report that is on the workloads. */
export function workloadsReport(results: readonly WorkloadResult[], nodeAlone: number): string {
  return `## Seven workloads

A full training step on one batch: forward, backward and update, with the loss read. Each contestant has a process and one
thread of its own (but for what V8 compiles and frees in the background), and starts from the same weights; the losses of
its first five steps agree with those of Nabla in f64 to ${tolerances.double.toExponential()} in double and ${tolerances.single.toExponential()} in single precision, or it would
not stand here. Medians of interleaved repetitions.

µs a step:

${byContestant(results, ({ time }) => format(time))}

${absences(results)}

What is asked of ${judged.title}, the last of Nabla's:

${bars(results)}

Milliseconds from the start of the process to the end of the first step, medians of three. Node alone starts and ends in
${nodeAlone.toFixed(0)}:

${byContestant(results, ({ toFirstStep }) => toFirstStep.toFixed(0))}

The most memory that the process had, in MiB:

${byContestant(results, ({ peak }) => (peak / 1024).toFixed(0))}

${footnotes(results)}`;
}

function entryOf({ entries }: WorkloadResult, title: string): Entry | undefined {
  return entries.find(({ contestant }) => contestant.title === title);
}

/** A row for each contestant, a column for each workload. */
function byContestant(results: readonly WorkloadResult[], cell: (entry: Measured) => string): string {
  const present = contestants.filter(({ title }) =>
    results.some((each) => entryOf(each, title) !== undefined),
  );
  return table(
    ["", ...results.map(({ workload }) => workload.name)],
    present.map(({ title, online }) => [
      online === undefined ? title : `${title} \\*`,
      ...results.map((result) => {
        const entry = entryOf(result, title);
        if (entry === undefined) return "–";
        return "time" in entry ? cell(entry) : "absent";
      }),
    ]),
  );
}

/** Why contestants are absent, one line for each of them and reason. */
function absences(results: readonly WorkloadResult[]): string {
  const lines = results.flatMap(({ workload, entries }) =>
    entries.flatMap((entry) =>
      "absent" in entry ? [{ title: entry.contestant.title, absent: entry.absent, at: workload.name }] : [],
    ),
  );
  const reasons = new Map<string, string[]>();
  for (const { title, absent, at } of lines) {
    const reason = `${title}: ${absent}`;
    reasons.set(reason, [...(reasons.get(reason) ?? []), at]);
  }
  const known = results
    .map(({ workload }) => `- ${workload.name}: ${workload.title}`)
    .concat([...reasons].map(([reason, places]) => `- absent: ${reason} (${places.join(", ")})`));
  return known.join("\n");
}

function bars(results: readonly WorkloadResult[]): string {
  return table(
    [
      "",
      "µs",
      "of C's time",
      "with -ffast-math",
      "of PyTorch's time",
      "of the fastest library's time",
      "which is",
    ],
    results.map((result) => {
      const { workload } = result;
      const mine = entryOf(result, judged.title);
      const time = mine !== undefined && "time" in mine ? mine.time : NaN;
      const against = (kind: Kind, bar: number | undefined): readonly [string, string] => {
        const best = fastest(result, kind);
        if (best === undefined) return ["–", "–"];
        const ratio = time / best.time;
        const asked = bar === undefined ? "" : `, ${ratio <= bar ? "within" : "**beyond**"} ${format(bar)}`;
        return [`${format(ratio)}${asked}`, best.contestant.title];
      };
      const [library, which] = against("library", workload.bars.library);
      const [c] = against("c", workload.bars.c);
      const [fast] = against("fast c", undefined);
      const [torch] = against("torch", workload.bars.torch);
      return [workload.name, format(time), c, fast, torch, library, which];
    }),
  );
}

function fastest({ entries }: WorkloadResult, kind: Kind): Measured | undefined {
  return entries
    .flatMap((entry) => (entry.contestant.kind === kind && "time" in entry ? [entry] : []))
    .sort((a, b) => a.time - b.time)[0];
}

function footnotes(results: readonly WorkloadResult[]): string {
  const abouts = results.flatMap(({ entries }) =>
    entries.flatMap((entry) => ("about" in entry ? [entry.about] : [])),
  );
  return `\\* An update after each sample, and other losses, because it can do no others: the nearest to the step, and held against
lines of its own.

The others are ${[...new Set(abouts)].join(", ")}.
C is compiled by gcc with -O3 -march=native, and against that the bar is held; with -ffast-math, too, it may reorder sums and calls
vectors of elementary functions.`;
}

/** The part of the report that is on the sizes of programs. */
export function programSizesReport(all: readonly Sizes[]): string {
  const cell = ({ raw, gzipped }: Size): string => `${kilobytes(raw)} / ${kilobytes(gzipped)}`;
  return `## Size of programs that take the step

Kilobytes of JavaScript for a browser, bundled and minified by esbuild, raw / gzipped. A module of Nabla's (${judged.title}) is everything: loss,
gradient, step, prediction, training loop, saving; its step is initialisation and step alone. TensorFlow.js's
WebAssembly is counted with it.

${table(
  ["", "Nabla's module", "Nabla's step", "jax-js", "TensorFlow.js cpu", "TensorFlow.js wasm"],
  all.map(({ workload, module, step, jax, tfjs, tfjsWasm }) => [
    workload.name,
    ...[module, step, jax, tfjs, tfjsWasm].map(cell),
  ]),
)}`;
}

function kilobytes(bytes: number): string {
  return format(bytes / 1000);
}

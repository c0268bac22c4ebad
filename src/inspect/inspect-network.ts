import { formatShape } from "../graph/index.ts";
import type { DataSlot } from "../program/index.ts";
import type { Equation, FormulaSheet } from "./formulas.ts";
import { legend } from "./legend.ts";
import { type Inspectable, type NetworkReport, reportNetwork } from "./report.ts";

/** Text for people, LaTeX, or JSON. */
export type InspectFormat = "text" | "latex" | "json";

/** What of a network to show, and how. */
export interface InspectOptions {
  /** A parameter, if only its gradient is wanted. */
  readonly gradient?: string;
  /** `latex` holds the formulas only. */
  readonly format?: InspectFormat;
}

/**
 * What `nabla inspect` prints: the network, its gradients as formulas, and what the compiler decided about them. JSON is
 * a `NetworkReport`.
 *
 * @param network A compilation.
 * @param options All gradients or one; the format.
 * @returns The text, ending with a newline.
 * @throws {OptionError} when `gradient` is no parameter of the network.
 */
export function inspectNetwork(network: Inspectable, options: InspectOptions = {}): string {
  const { gradient, format = "text" } = options;
  const report = reportNetwork(network, {
    ...(gradient !== undefined && { gradient }),
    notation: format === "latex" ? "latex" : "text",
  });
  return formatters[format](report);
}

const formatters: { readonly [F in InspectFormat]: (report: NetworkReport) => string } = {
  text: formatText,
  latex: ({ formulas }) => formatFormulas(formulas),
  json: (report) => `${JSON.stringify(report, null, 2)}\n`,
};

/** The formulas of a sheet for people: first in matrix, then in index notation. */
export function formatFormulas(sheet: FormulaSheet): string {
  if (sheet.notation === "latex") return texBlocks(sheet);
  return [
    "In matrix notation",
    ...indented(equations(sheet, "matrix")),
    "",
    "In index notation",
    ...indented(equations(sheet, "index")),
    "",
    ...legend(sheet),
    "",
  ].join("\n");
}

type Side = "matrix" | "index";

function pairOf(equation: Equation, side: Side): readonly [string, string] {
  return side === "matrix" ? [equation.name, equation.matrix] : [equation.element, equation.index];
}

function equations({ loss, gradients, definitions }: FormulaSheet, side: Side): readonly string[] {
  const main = aligned([loss, ...gradients].map((equation) => pairOf(equation, side)));
  if (definitions.length === 0) return main;
  return [...main, "where", ...indented(aligned(definitions.map((equation) => pairOf(equation, side))))];
}

/** `left = right`, the equals signs below each other unless one left side is far longer than the others. */
function aligned(pairs: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.min(maximumAlignment, longest(pairs.map(([left]) => left)));
  return pairs.map(([left, right]) => `${left.padEnd(width)} = ${right}`);
}

const maximumAlignment = 36;

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === "" ? line : `  ${line}`));
}

function texBlocks(sheet: FormulaSheet): string {
  return (["matrix", "index"] as const).map((side) => texBlock(sheet, side)).join("\n");
}

function texBlock({ loss, gradients, definitions }: FormulaSheet, side: Side): string {
  const line = (equation: Equation): string => pairOf(equation, side).join(" &= ");
  const where =
    definitions.length === 0 ? [] : ["\\text{where} & \\\\", definitions.map(line).join(" \\\\\n")];
  const main = [loss, ...gradients].map(line).join(" \\\\\n");
  const body = [definitions.length === 0 ? main : `${main} \\\\`, ...where].join("\n");
  return `\\begin{aligned}\n${body}\n\\end{aligned}\n`;
}

function formatText(report: NetworkReport): string {
  const { parameters, operations, memory } = report;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    [
      "Parameters",
      columns(parameters.map(({ name, shape, count }) => [name, formatShape(shape), grouped(count)])),
    ],
    [
      `Scalar operations per sample, averaged over a batch of ${report.batchSize}`,
      [
        `loss ${rounded(operations.loss)}, loss and gradients ${rounded(operations.lossAndGradients)}, ratio ${operations.ratio.toFixed(2)}`,
        ...(report.ratioNote === undefined ? [] : [report.ratioNote]),
      ],
    ],
    ["Target", [`${report.target.name}: ${report.target.reason}`]],
    [
      "Schedules",
      columns(report.schedules.map(({ program, schedule, reason }) => [program, schedule, reason])),
    ],
    [
      `Memory, for batches of ${report.batchSize}`,
      [
        `parameters ${bytes(memory.parameters)}, gradients ${bytes(memory.gradients)}, optimizer ${bytes(memory.state)}, ` +
          `data ${bytes(memory.batch)}, intermediate ${bytes(memory.scratch)}`,
      ],
    ],
    ["Rewrites", columns(report.rewrites.map(({ pass, rule, count }) => [pass, rule, `${count}×`]))],
    ["Conventions", report.conventions],
  ];
  const printed = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => [title, ...indented(lines), ""].join("\n"));
  return [summary(report), "", formatFormulas(report.formulas), printed.join("\n")].join("\n");
}

/** `xor: x (2) → y (1), target t (1), 17 parameters, sgd, f64` */
function summary(report: NetworkReport): string {
  const slots = (data: readonly DataSlot[]): string => data.map(slot).join(", ");
  const output = report.output === undefined ? "" : ` → ${slot(report.output)}`;
  const targets = report.targets.length === 0 ? "" : `; target ${slots(report.targets)}`;
  const countOf = (which: (parameter: NetworkReport["parameters"][number]) => boolean | undefined): number =>
    report.parameters.reduce((sum, each) => sum + (which(each) === true ? each.count : 0), 0);
  const states = countOf(({ isState }) => isState);
  const frozen = countOf(({ isFrozen }) => isFrozen) - states;
  const ofThese = [
    ...(frozen === 0 ? [] : [`, ${grouped(frozen)} of them frozen`]),
    ...(states === 0 ? [] : [`, ${grouped(states)} of them state`]),
  ].join("");
  const rest = `${grouped(report.parameterCount)} parameters${ofThese}; ${report.optimizer.name}, ${report.precision}`;
  return `${report.network}: ${slots(report.inputs)}${output}${targets}; ${rest}`;
}

function slot({ name, shape, categories }: DataSlot): string {
  const kind = categories === undefined ? "" : ` of ${categories} classes`;
  return shape.length === 0 ? `${name}${kind}` : `${name} (${formatShape(shape)}${kind})`;
}

function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => longest(rows.map((row) => row[column] ?? "")));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

function rounded(count: number): string {
  return Number.isInteger(count) ? grouped(count) : count.toFixed(1);
}

function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  return count < 1024 * 1024 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / 1024 / 1024).toFixed(1)} MiB`;
}

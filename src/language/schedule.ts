import { Graph, type Node } from "../graph/index.ts";
import { Builder } from "../operations/index.ts";
import { evaluatorBeside } from "./beside.ts";
import { Problem, Report } from "./problem.ts";
import { type Range, sayRange } from "./ranges.ts";
import { isNumeric, isOrHas, shapeOf } from "./tensors.ts";
import { type Schedule, type Value, numberValue, sayKind, tensor } from "./value.ts";

/** Steps at which a schedule is computed while reading, so that what it cannot be is told before anyone trains. */
const probedSteps = [1, 2, 3];

/**
 * What an option is at each step: a real scalar that follows the leaf `step`, or a number where the schedule is constant.
 *
 * @returns Nothing where the schedule is no such thing; then `report` says why.
 */
export function scheduledValue(
  { name, rate, span }: Schedule,
  graph: Graph,
  report: Report,
): Value | undefined {
  const step = stepNode(graph);
  const value = evaluatorBeside(graph, report).invoke(rate, [["the step's number", tensor(step)]], span);
  if (value.kind === "poison") return undefined;
  const isReal = value.kind !== "tensor" || value.node.type.element === "real";
  if (isNumeric(value) && isReal && shapeOf(value).length === 0) return value;
  const kind = isReal ? sayKind(value) : "a truth value";
  const found = isNumeric(value) && isReal ? isOrHas(shapeOf(value)) : `is ${kind}`;
  const message = `${name} at each step must be one number, but what ${rate.definition.name} gives ${found}.`;
  report.add(new Problem("wrong-option", span, message, `write ${exampleOf(name)}`, [], true));
  return undefined;
}

/** Whether a schedule begins where its option must lie, else it is reported; a bound that this excludes may be reached. */
export function probeSchedule(schedule: Schedule, report: Report): boolean {
  for (const step of probedSteps) {
    const value = evaluatorBeside(new Graph(), new Report()).invoke(
      schedule.rate,
      [["the step's number", numberValue(step)]],
      schedule.span,
    );
    if (value.kind !== "number" || mayBe(schedule.range, value.value)) continue;
    const { name, span, range } = schedule;
    const where = range === undefined ? "" : sayRange({ ...range, holdsLow: true, holdsHigh: true });
    const expected = where === "" ? "a finite number" : `a number ${where}`;
    const message = `${name} must be ${expected}, not ${String(value.value)}, which it is at step ${String(step)}.`;
    report.add(new Problem("wrong-option", span, message, "steps are counted from 1", [], true));
    return false;
  }
  return true;
}

function mayBe(range: Range | undefined, value: number): boolean {
  return Number.isFinite(value) && (range === undefined || (value >= range.low && value <= range.high));
}

/** The number of the step, from 1. */
export function stepNode(graph: Graph): Node {
  const build = new Builder(graph, { kind: "compiler", reason: "the number of the step" });
  return build.leaf("step", {}, { shape: [], batched: false, element: "real" });
}

/** A schedule as one writes it. */
export function exampleOf(option: string): string {
  return `${option}: rate(t) = 0.1 / sqrt(t), or another function of the step's number t that gives one number`;
}

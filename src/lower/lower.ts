import type { Node } from "../graph/index.ts";
import type { Program, ScheduleName } from "../program/index.ts";
import { type Sink, assemble } from "./assemble.ts";
import { rowsSteps, runSteps, tiledSteps, unrolledSteps } from "./schedule.ts";

export interface LowerOptions {
  /** `loss`, `gradient`, `trainStep`, `predict`. */
  readonly name: string;
  readonly sinks: readonly Sink[];
  /** Names for people; not every node has one. */
  readonly names: ReadonlyMap<Node, string>;
  readonly schedule: ScheduleName | "auto";
  /** The usual number of samples. */
  readonly batchSize: number;
}

/** The program that computes `sinks`, all of whose operations have been expanded. */
export function lowerProgram(options: LowerOptions): Program {
  const { sinks, names, batchSize } = options;
  const batchOrder = options.schedule === "tiled" ? "nest" : "sample";
  const plain = assemble({ sinks, names, batchOrder, batchSize });
  const schedule = options.schedule === "auto" ? "unrolled" : options.schedule;
  const { buffers, body } = runSteps(plain, { unrolled: unrolledSteps, rows: rowsSteps, tiled: tiledSteps }[schedule]);
  return { name: options.name, buffers, body, schedule, scheduleReason: "plain loops" };
}

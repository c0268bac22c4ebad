import { invariant } from "../diagnostics/index.ts";
import type { FlatUpdate, Node } from "../graph/index.ts";
import type { Buffer, Program } from "../program/index.ts";
import { lowerProgram } from "./lower.ts";

/** The new value of a state bears its name. */
function nameOf(target: FlatUpdate["updates"][number]["target"], parameters: Node): string {
  return target === parameters ? "updated" : target.attributes.name;
}

/** One loop over all elements of all parameters: `update` of `ModuleProgram.programs`. */
export function lowerFlatUpdate({ parameters, gradients, updates }: FlatUpdate): Program {
  const program = lowerProgram({
    name: "update",
    sinks: updates.map(({ target, value }) => ({ kind: "update", target, node: value })),
    names: new Map(updates.map(({ target, value }) => [value, nameOf(target, parameters)])),
    schedule: "tiled",
    batchSize: 1,
  });
  const whole = (buffer: Buffer): Buffer => {
    const { of, owner: _, ...rest } = buffer;
    if (of === gradients.attributes.name) return { ...rest, role: "gradient" };
    if (of === parameters.attributes.name) return rest;
    invariant(buffer.role === "state" && of !== undefined, `an update reads no ${buffer.role}`);
    return { ...rest, of };
  };
  return { ...program, buffers: program.buffers.map(whole) };
}

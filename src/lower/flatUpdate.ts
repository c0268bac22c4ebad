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
  const whole = ({ name, element, shape, batched, role, of }: Buffer): Buffer => {
    const flat = { name, element, shape, batched };
    if (of === gradients.attributes.name) return { ...flat, role: "gradient" };
    if (of === parameters.attributes.name) return { ...flat, role: "parameter" };
    invariant(role === "state" && of !== undefined, `an update reads no ${role}`);
    return { ...flat, role, of };
  };
  return { ...program, buffers: program.buffers.map(whole) };
}

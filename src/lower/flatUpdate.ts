import { invariant } from "../diagnostics/index.ts";
import type { FlatUpdate, Node } from "../graph/index.ts";
import type { Buffer, Program } from "../program/index.ts";
import { assemble, type Sink } from "./assemble.ts";
import { unrollBy } from "./rewrites/partial.ts";
import { runSteps, type Step, tiledSteps } from "./schedule.ts";

/** The new value of a state bears its name. */
function nameOf(target: FlatUpdate["updates"][number]["target"], parameters: Node): string {
  return target === parameters ? "updated" : target.attributes.name;
}

/** Elements a turn: square roots and divisions of neighbours overlap. Measured with Adam on 131 parameters: by 4, a tenth less time. */
const together = 4;

const steps: readonly Step[] = [
  ...tiledSteps({ overOld: true, manySamples: false }),
  {
    name: "several elements at a time",
    apply: (program) => ({
      ...program,
      body: program.body.flatMap((statement) =>
        statement.kind === "loop" ? unrollBy(statement, together, program.names) : [statement],
      ),
    }),
  },
];

/** One loop over all elements of all parameters: `update` of `ModuleProgram.programs`. */
export function lowerFlatUpdate({ parameters, gradients, updates }: FlatUpdate): Program {
  const sinks = updates.map(({ target, value }): Sink => ({ kind: "update", target, node: value }));
  const names = new Map(updates.map(({ target, value }) => [value, nameOf(target, parameters)]));
  const program = runSteps(assemble({ sinks, names, batchOrder: "nest", batchSize: 1 }), steps);
  const whole = ({ name, element, shape, batched, role, of }: Buffer): Buffer => {
    const flat = { name, element, shape, batched };
    if (of === gradients.attributes.name) return { ...flat, role: "gradient" };
    if (of === parameters.attributes.name) return { ...flat, role: "parameter" };
    invariant(role === "state" && of !== undefined, `an update reads no ${role}`);
    return { ...flat, role, of };
  };
  return {
    name: "update",
    buffers: program.buffers.map(whole),
    body: program.body,
    schedule: "tiled",
    scheduleReason: "one loop over all parameters",
  };
}

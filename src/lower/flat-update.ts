import { invariant } from "../diagnostics/index.ts";
import type { FlatUpdate, Node } from "../graph/index.ts";
import type { Buffer, Program, Statement } from "../program/index.ts";
import type { NameSupply } from "./names.ts";
import { assemble, type Sink } from "./assemble.ts";
import { unrollBy } from "./rewrites/partial.ts";
import { Copier, type Loop } from "./traverse.ts";
import { runSteps, type Step, tiledSteps } from "./schedule.ts";

/** The new value of a state bears its name. */
function nameOf(target: FlatUpdate["updates"][number]["target"], parameters: Node): string {
  return target === parameters ? "updated" : target.attributes.name;
}

/** Elements a turn: square roots and divisions of neighbours overlap. Measured with Adam on 131 parameters: by 4, a tenth less time. */
const together = 4;

const elementSteps = tiledSteps({ overOld: true, manySamples: false });

const updateSteps: readonly Step[] = [
  ...elementSteps,
  {
    name: "several elements at a time",
    apply: (program) => ({
      ...program,
      body: program.body.flatMap((statement) =>
        statement.kind === "loop" && typeof statement.to === "number"
          ? [
              ...unrollBy(
                { ...statement, to: statement.to - (statement.to % together) },
                together,
                program.names,
              ),
              ...rest(statement, statement.to, program.names),
            ]
          : [statement],
      ),
    }),
  },
];

/** The iterations that are left over, in a loop of their own. */
function rest(loop: Loop, to: number, names: NameSupply): readonly Statement[] {
  if (to % together === 0) return [];
  const body = new Copier(new Map(), (name) => names.claim(names.baseOf(name))).copyAll(loop.body);
  return [{ ...loop, from: to - (to % together), body }];
}

/** One loop over all elements of all parameters: `update` of `ModuleProgram.programs`. */
export function lowerFlatUpdate(flat: FlatUpdate): Program {
  const { parameters, updates } = flat;
  const sinks = updates.map(({ target, value }): Sink => ({ kind: "update", target, node: value }));
  const names = new Map(updates.map(({ target, value }) => [value, nameOf(target, parameters)]));
  return lowerFlat("update", sinks, names, flat);
}

/** One loop over all gradients: `means` of `ModuleProgram.programs`. */
export function lowerMeans(flat: FlatUpdate): Program | undefined {
  const means = flat.sums?.means;
  if (means === undefined) return undefined;
  const { shape } = means.type;
  const buffer: Buffer = { name: "output", role: "output", element: "real", shape, batched: false };
  return lowerFlat("means", [{ kind: "store", buffer, node: means }], new Map(), flat);
}

function lowerFlat(
  name: string,
  sinks: readonly Sink[],
  names: ReadonlyMap<Node, string>,
  { parameters, gradients }: FlatUpdate,
): Program {
  const program = runSteps(
    assemble({ sinks, names, batchOrder: "nest", batchSize: 1 }),
    name === "update" ? updateSteps : elementSteps,
  );
  const whole = (buffer: Buffer): Buffer => {
    const { role, of, owner, element, shape, batched } = buffer;
    const flat = { name: buffer.name, element, shape, batched };
    if (of === gradients.attributes.name) return { ...flat, role: "gradient" };
    if (of === parameters.attributes.name) return { ...flat, role: "parameter" };
    if (role === "output") return buffer;
    invariant(role === "state" && of !== undefined, `an update reads no ${role}`);
    // One of no parameter holds all slots of its name; one that parameters share is a slot of its own.
    return { ...flat, role, of, ...(owner === parameters.attributes.name ? {} : { owner }) };
  };
  return {
    name,
    buffers: program.buffers.map(whole),
    body: program.body,
    schedule: "tiled",
    scheduleReason: "one loop over all parameters",
  };
}

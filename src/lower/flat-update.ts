import { invariant } from "../diagnostics/index.ts";
import type { FlatUpdate, Node, Update } from "../graph/index.ts";
import type { Buffer, Program, Statement } from "../program/index.ts";
import type { NameSupply } from "./names.ts";
import { assemble } from "./assemble.ts";
import type { Sink } from "./sink.ts";
import { unrollBy } from "./rewrites/partial.ts";
import { Copier, type Loop } from "./traverse.ts";
import { tiledSteps } from "./schedules/loops.ts";
import { runSteps, type Step } from "./schedules/step.ts";
import { vectorSteps } from "./schedules/vectors.ts";

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

/** One loop over all elements of each group of parameters: `update` of `ModuleProgram.programs`. */
export function lowerFlatUpdate(flat: FlatUpdate, lanes: number | undefined): Program {
  const updates = distinctTargets(flat.groups.flatMap((group) => group.updates));
  const sinks = updates.map(({ target, value }): Sink => ({ kind: "update", target, node: value }));
  // The new value of a state bears its name.
  const names = new Map(
    updates.map(({ target, value }) => [
      value,
      target.operation === "parameter" ? "updated" : target.attributes.name,
    ]),
  );
  return lowerFlat("update", sinks, names, flat, lanes);
}

/** Groups may share a state that is one number for all parameters. */
function distinctTargets(updates: readonly Update[]): readonly Update[] {
  return [...new Map(updates.map((update) => [update.target, update])).values()];
}

/** One loop over all gradients: `means` of `ModuleProgram.programs`. */
export function lowerMeans(flat: FlatUpdate, lanes: number | undefined): Program | undefined {
  const means = flat.sums?.means;
  if (means === undefined) return undefined;
  const { shape } = means.type;
  const buffer: Buffer = { name: "output", role: "output", element: "real", shape, batched: false };
  return lowerFlat("means", [{ kind: "store", buffer, node: means }], new Map(), flat, lanes);
}

function lowerFlat(
  name: string,
  sinks: readonly Sink[],
  names: ReadonlyMap<Node, string>,
  flat: FlatUpdate,
  lanes: number | undefined,
): Program {
  const steps =
    lanes === undefined ? (name === "update" ? updateSteps : elementSteps) : vectorSteps(lanes, true);
  const program = runSteps(assemble({ sinks, names, batchOrder: "nest", batchSize: 1 }), steps);
  return {
    name,
    buffers: program.buffers.map((buffer) => flatBuffer(buffer, flat)),
    body: program.body,
    schedule: "tiled",
    scheduleReason: "one loop over all parameters",
  };
}

/**
 * What a leaf of a flat update stands for: a stretch of all parameters, of their gradients or of a state, from the first
 * member of its group on. Of a single group it is the whole, and of no parameter; a state that parameters share is a slot
 * of its own.
 */
function flatBuffer(buffer: Buffer, { groups, sums }: FlatUpdate): Buffer {
  const { role, of, owner, element, shape, batched } = buffer;
  const flat = { name: buffer.name, element, shape, batched };
  if (role === "output") return buffer;
  if (of !== undefined && of === sums?.all.attributes.name) return { ...flat, role: "gradient" };
  const named = role === "state" ? owner : of;
  const group = groups.find(
    ({ parameters, gradients }) =>
      named === parameters.attributes.name || named === gradients.attributes.name,
  );
  const first = groups.length === 1 ? undefined : group?.members[0]?.name;
  if (role === "state") {
    invariant(of !== undefined && owner !== undefined, "a state has a name and an owner");
    const slot = group === undefined ? owner : first;
    return { ...flat, role, of, ...(slot === undefined ? {} : { owner: slot }) };
  }
  invariant(group !== undefined, `an update reads no ${role}`);
  const from = first === undefined ? {} : { of: first };
  return of === group.gradients.attributes.name
    ? { ...flat, role: "gradient", ...from }
    : { ...flat, role: "parameter", ...from };
}

import { invariant } from "../diagnostics/index.ts";
import { type ModuleProgram, type Program, verifyProgram } from "../program/index.ts";

/**
 * Makes sure that the programs of a module are well formed, for the least and the usual number of samples, before a
 * target writes code of them: an access out of bounds would read `undefined` there and say nothing.
 *
 * @throws {InvariantError} if one is not, which is a fault of the compiler's.
 */
export function checkPrograms({ programs, inputs, targets, batchSize }: ModuleProgram): void {
  const categories = new Map([...inputs, ...targets].map((slot) => [slot.name, slot.categories ?? 1]));
  const checked = new Set<Program["body"]>(); // `trainStep` may be `gradient` by another name
  for (const program of Object.values(programs)) {
    if (program === undefined || checked.has(program.body)) continue;
    check(program, categories, batchSize);
    checked.add(program.body);
  }
}

function check(program: Program, slots: ReadonlyMap<string, number>, batchSize: number): void {
  const categories = new Map(
    program.buffers.flatMap(({ name, role, of }) =>
      role === "input" || role === "target" ? [[name, slots.get(of ?? name) ?? 1] as const] : [],
    ),
  );
  const [problem] = verifyProgram(program, { batchSizes: [1, batchSize], categories });
  invariant(problem === undefined, `the program ${program.name} is well formed: ${problem ?? ""}`);
}

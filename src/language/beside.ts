import type { Graph } from "../graph/index.ts";
import { TypeProblem } from "../operations/index.ts";
import type { Declarations } from "./builtins/builtin.ts";
import { Evaluator } from "./evaluate.ts";
import type { Report } from "./problem.ts";

const refuse = () => {
  throw new TypeProblem("an optimizer declares no parameters: its states are its own");
};

/** For what is computed beside the network, which declares nothing. */
export const noDeclarations: Declarations = {
  input: refuse,
  parameter: refuse,
  stream: undefined,
  uniqueName: refuse,
  ownedBy: () => new Map(),
};

/** Evaluates functions of the file that are no part of its network: those of optimizers and schedules. */
export function evaluatorBeside(graph: Graph, report: Report): Evaluator {
  return new Evaluator({
    graph,
    report,
    declare: noDeclarations,
    explainName: (name) => ({ code: "unknown-name", message: `There is no ${name}.` }),
  });
}

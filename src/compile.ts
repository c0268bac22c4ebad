import { checkSizes } from "./check-sizes.ts";
import { chooseTarget, type ChosenModule } from "./choose-target.ts";
import { checkOptions, checkSource, type CompileOptions } from "./compile-options.ts";
import { type Diagnostic, quotedPath, type Source } from "./diagnostics/index.ts";
import { derive, expand } from "./derive.ts";
import { emitKernel, emitModule, planKernelMemory, vectorLanes } from "./emit/index.ts";
import { type DerivedNetwork, type Graph, type Network, type Node, reachableFrom } from "./graph/index.ts";
import { conventionsOf, formulas, type FormulaSheet, type Notation, stepFormula } from "./inspect/index.ts";
import { createOptimizer, readNetwork } from "./language/index.ts";
import { lowerModule } from "./lower/index.ts";
import {
  countProgram,
  type ModuleProgram,
  type OptimizerText,
  type TargetChoice,
  type TargetName,
} from "./program/index.ts";
import { simplify } from "./rewrite/index.ts";
import { sha256, withoutComments } from "./source-hash.ts";

export type { CompileOptions } from "./compile-options.ts";

/** How many scalar operations one sample costs, averaged over a batch of the module's batch size. */
export interface Costs {
  /** Of the loss that training makes small: what `loss` computes, unless the network is another when it trains. */
  readonly loss: number;
  /** Of `gradient`: the loss and all gradients together. */
  readonly lossAndGradients: number;
  /** Their ratio: Griewank's cheap-gradient principle promises a small constant, about 4. */
  readonly ratio: number;
}

/** Everything that compiling a network yields. */
export interface Compilation {
  /** The network as the file says it. */
  readonly network: Network;
  /** The graph that all nodes live in: the network's, and those of its gradients and updates. */
  readonly graph: Graph;
  /**
   * The derivative of the loss by each parameter, by the parameter's name (`W1`, `h.weight`), in the order of their
   * declarations: a node of the parameter's shape, for the whole batch.
   */
  readonly gradients: ReadonlyMap<string, Node>;
  /** The gradients as formulas for people, in matrix and in index notation; as plain text and as LaTeX. */
  readonly formulas: Readonly<Record<Notation, FormulaSheet>>;
  /** Stabilised, differentiated and simplified: what the formulas show, with names and each rewrite that fired. */
  readonly derived: DerivedNetwork;
  /** Loss, gradient, training step and prediction as loops over memory, and the layout of that memory. */
  readonly program: ModuleProgram;
  /** What computes in the generated module, and why. */
  readonly target: TargetChoice;
  readonly costs: Costs;
  /** The generated TypeScript module. */
  readonly code: string;
  /** What is no mistake but probably not meant: a parameter that is never used. In source order. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Compiles a network to a TypeScript module, and gives everything on the way there: graph, gradients, formulas,
 * program and code.
 *
 * @param source `name` is what messages and the module's header call the network; nothing is read from a disk.
 * @param options What to override of the file, and how to store numbers.
 * @returns The module's text as `code`, and all that it was made from.
 * @throws {DiagnosticError} with every mistake of the file, in source order.
 * @throws {OptionError} with every mistake of the options.
 * @throws {TypeError} when `source` is no network's name and text.
 */
export async function compile(source: Source, options: CompileOptions = {}): Promise<Compilation> {
  checkSource(source);
  checkOptions(options);
  const network = readWithOverrides(source, options);
  const derived = derive(network);
  checkSizes(derived);
  const { program, target } = lowerForTarget(derived, source.name, options);
  const costs = countCosts(program);
  const sheets = { text: formulas(derived), latex: formulas(derived, { notation: "latex" }) };
  const code = await emitModule({
    module: program,
    kernel: target.name === "wasm" ? emitKernel(program) : undefined,
    networkHash: await sha256(withoutComments(source.text)),
    header: {
      regenerate: options.regenerate ?? `nabla generate ${quotedPath(source.name)}`,
      sourceHash: await sha256(source.text),
      sourceText: source.text,
      gradients: sheets.text.gradients.map(({ name, matrix }) => ({ name, formula: matrix })),
      definitions: sheets.text.definitions.map(({ name, matrix }) => ({ name, formula: matrix })),
      operations: costs,
      target: (options.target ?? "typescript") === "typescript" ? undefined : target,
      conventions: conventionsOf(derived),
    },
  });
  return {
    network,
    graph: network.graph,
    gradients: new Map(derived.gradients.map(({ parameter, node }) => [parameter.name, node])),
    formulas: sheets,
    derived,
    program,
    target,
    costs,
    code,
    warnings: network.warnings,
  };
}

function lowerForTarget(derived: DerivedNetwork, sourceName: string, options: CompileOptions): ChosenModule {
  const { network } = derived;
  const { precision = "f64" } = options;
  const expanded = expand(derived);
  const lower = (target: TargetName): ModuleProgram =>
    lowerModule(expanded, {
      name: moduleName(sourceName),
      precision,
      batchSize: network.training.batchSize,
      epochs: network.training.epochs,
      schedule: options.schedule ?? "auto",
      optimizer: describeOptimizer(network),
      lanes: target === "wasm" ? vectorLanes[precision] : undefined,
    });
  return chooseTarget(options.target, lower, (kernel) => planKernelMemory(kernel).pages);
}

function readWithOverrides(source: Source, options: CompileOptions): Network {
  const network = readNetwork(source, { prediction: options.prediction });
  const { epochs = network.training.epochs, batchSize = network.training.batchSize } = options;
  const optimizer =
    options.optimizer === undefined ? network.optimizer : createOptimizer(options.optimizer, network);
  return { ...network, training: { epochs, batchSize }, optimizer };
}

function describeOptimizer({ graph, optimizer, clip }: Network): OptimizerText {
  const { name, options, exceptions = [] } = optimizer;
  const formula = (option: number | Node): number | string => {
    if (typeof option === "number") return option;
    const simple = simplify(graph, [option]).replace(option);
    const step = reachableFrom([simple]).find(({ operation }) => operation === "step");
    return stepFormula(simple, step ?? simple);
  };
  const say = (given: typeof options) =>
    Object.fromEntries(Object.entries(given).map(([key, option]) => [key, formula(option)]));
  return {
    name,
    options: say(options),
    ...(exceptions.length === 0
      ? {}
      : { exceptions: exceptions.map((each) => ({ ...each, options: say(each.options) })) }),
    ...(clip === undefined ? {} : { clip: clip.text }),
  };
}

function countCosts(module: ModuleProgram): Costs {
  const perSample = (program: ModuleProgram["programs"]["loss"]): number =>
    countProgram(program, module.batchSize).total / module.batchSize;
  const loss = perSample(module.trainingLoss ?? module.programs.loss);
  const lossAndGradients = perSample(module.programs.gradient);
  return { loss, lossAndGradients, ratio: lossAndGradients / loss };
}

/** `examples/xor.nabla` → `xor`. */
function moduleName(sourceName: string): string {
  const base = sourceName.split(/[\\/]/).at(-1) ?? sourceName;
  return base.replace(/\.nabla$/, "");
}

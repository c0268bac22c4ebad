import { differentiate } from "./calculus/index.ts";
import { checkSizes } from "./check-sizes.ts";
import { chooseTarget, type ChosenModule } from "./choose-target.ts";
import { checkOptions, checkSource, type CompileOptions } from "./compile-options.ts";
import { type Diagnostic, quotedPath, type Source } from "./diagnostics/index.ts";
import { emitKernel, emitModule, planKernelMemory, vectorLanes } from "./emit/index.ts";
import { clipperOf } from "./clip.ts";
import { flatUpdate } from "./flat-update.ts";
import {
  type DerivedNetwork,
  type FlatUpdate,
  type Graph,
  nameNodes,
  type Network,
  type Node,
  type ParameterDeclaration,
  reachableFrom,
  trainable,
  type Update,
} from "./graph/index.ts";
import {
  conventionsOf,
  formulas,
  type FormulaSheet,
  type Notation,
  partNames,
  stepFormula,
} from "./inspect/index.ts";
import { createOptimizer, readNetwork } from "./language/index.ts";
import { lowerModule } from "./lower/index.ts";
import {
  countProgram,
  type ModuleProgram,
  type OptimizerText,
  type TargetChoice,
  type TargetName,
} from "./program/index.ts";
import { nameDerived } from "./naming.ts";
import { expandForLowering, simplify, stabilise } from "./rewrite/index.ts";

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

/**
 * The passes from the network as written to its gradients and updates. Stabilising comes before differentiating, so
 * that what is differentiated is already safe; the optimizer's updates are built on the simplified gradients.
 */
export function derive(network: Network): DerivedNetwork {
  const { graph, parameters, evaluation } = network;
  const statements = [...network.statements, ...evaluation.statements].map(({ node }) => node);
  const states = parameters.flatMap(({ node, next }) => (next === undefined ? [] : { node, next }));
  const nexts = states.map(({ next }) => next);
  const stable = stabilise(graph, [network.loss, ...statements, evaluation.loss, ...nexts]);
  const loss = stable.replace(network.loss);

  const changing = trainable(parameters);
  const wrt = changing.map(({ node }) => node);
  const reverse = differentiate(graph, loss, wrt);
  const gradientOf = (node: Node): Node => reverse.gradients.get(node) ?? node;
  const forward = [loss, ...[...statements, evaluation.loss, ...nexts].map(stable.replace)];
  const simple = simplify(graph, [...forward, ...wrt.map(gradientOf)], { forward });

  const gradients = changing.map((parameter) => ({
    parameter,
    node: simple.replace(gradientOf(parameter.node)),
  }));
  const flat = flatUpdate(
    network,
    gradients.map(({ node }) => node),
  );
  const flattened = simplify(
    graph,
    flat?.groups.flatMap(({ updates }) => updates.map(({ value }) => value)) ?? [],
  );
  const layout = layoutOf(network, flat);

  const clip = clipperOf(
    network,
    gradients.map(({ node }) => node),
  );
  const optimized = new Map(
    gradients.map(({ parameter, node }) => [parameter, network.optimizer.update(parameter, clip(node))]),
  );
  // States that several parameters share are written once.
  const updates = distinct(
    [...optimized.values()].flatMap((each) => each.updates),
    ({ target }) => target,
  );
  const updated = simplify(
    graph,
    updates.map(({ value }) => value),
  );

  const current = (node: Node): Node => simple.replace(stable.replace(node));
  const computed = {
    loss: simple.replace(loss),
    evaluation: {
      loss: current(evaluation.loss),
      statements: evaluation.statements.map(({ name, node }) => ({ name, node: current(node) })),
    },
    prediction: network.prediction && current(network.prediction.node),
    gradients,
    updates: [
      ...updates.map(({ target, value }) => ({ target, value: updated.replace(value) })),
      ...states.map(({ node, next }) => ({ target: node, value: current(next) })),
    ],
  };
  const { prediction } = computed;
  const live = reachableFrom([
    computed.loss,
    computed.evaluation.loss,
    ...(prediction === undefined ? [] : [prediction]),
    ...gradients.map(({ node }) => node),
  ]);
  const named = { network, gradients, adjoints: reverse.adjoints, current, simplified: simple.replace };
  return {
    network,
    ...computed,
    layout,
    states: byName(layout.flatMap((parameter) => optimized.get(parameter)?.states ?? [])),
    flatUpdate: flat && mapUpdates(flat, flattened.replace),
    ...nameDerived({ ...named, live: new Set(live) }),
    trace: [...stable.trace, ...simple.trace, ...updated.trace],
  };
}

/** Groups one after the other, frozen parameters after them, and then states. */
function layoutOf({ parameters }: Network, flat: FlatUpdate | undefined): readonly ParameterDeclaration[] {
  if (flat === undefined) return parameters;
  return [
    ...flat.groups.flatMap(({ members }) => members),
    ...parameters.filter(({ isFrozen, next }) => isFrozen === true && next === undefined),
    ...parameters.filter(({ next }) => next !== undefined),
  ];
}

function mapUpdates(flat: FlatUpdate, replace: (node: Node) => Node): FlatUpdate {
  return {
    ...flat,
    groups: flat.groups.map((group) => ({
      ...group,
      updates: group.updates.map(({ target, value }) => ({ target, value: replace(value) })),
    })),
  };
}

/** States of one name together, names in order of appearance. */
function byName(states: DerivedNetwork["states"]): DerivedNetwork["states"] {
  const names = [...new Set(states.map(({ node }) => node.attributes.name))];
  const all = distinct(states, ({ node }) => node);
  return names.flatMap((name) => all.filter(({ node }) => node.attributes.name === name));
}

/** The first of those with one key. */
function distinct<Item>(items: readonly Item[], keyOf: (item: Item) => Node): readonly Item[] {
  const seen = new Map<Node, Item>();
  for (const item of items) if (!seen.has(keyOf(item))) seen.set(keyOf(item), item);
  return [...seen.values()];
}

/** Replaces the operations that no program can say directly (logSumExp) in everything that will be lowered. */
function expand(derived: DerivedNetwork): DerivedNetwork {
  const { loss, evaluation, prediction, gradients, updates, flatUpdate: flat, names, labels } = derived;
  const { replace } = expandForLowering(derived.network.graph, [
    loss,
    evaluation.loss,
    ...(prediction === undefined ? [] : [prediction]),
    ...gradients.map(({ node }) => node),
    ...[...updates, ...(flat?.groups.flatMap((group) => group.updates) ?? [])].map(({ value }) => value),
    ...(flat?.sums?.nodes ?? []),
  ]);
  const replaceValue = ({ target, value }: Update): Update => ({ target, value: replace(value) });
  return {
    ...derived,
    loss: replace(loss),
    evaluation: {
      loss: replace(evaluation.loss),
      statements: evaluation.statements.map(({ name, node }) => ({ name, node: replace(node) })),
    },
    prediction: prediction && replace(prediction),
    gradients: gradients.map(({ parameter, node }) => ({ parameter, node: replace(node) })),
    updates: updates.map(replaceValue),
    flatUpdate: flat && {
      ...mapUpdates(flat, replace),
      ...(flat.sums === undefined ? {} : { sums: { ...flat.sums, nodes: flat.sums.nodes.map(replace) } }),
    },
    names: nameNodes(
      [...names, ...partNames(derived), ...labels].map(([node, name]) => ({ name, node: replace(node) })),
    ),
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

/** What no change of a comment or of spacing alters. */
function withoutComments(text: string): string {
  return text
    .replace(/#.*/g, "")
    .replace(/[^\S\n]+/g, " ")
    .replace(/\s*\n\s*/g, "\n")
    .trim();
}

/** Hexadecimal SHA-256 of `text` in UTF-8, by the Web Crypto interface that Node and browsers share. */
async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

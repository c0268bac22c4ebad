import type { Diagnostic, Source, SourceSpan } from "../diagnostics/index.ts";
import type { Graph } from "./graph.ts";
import type { NamedNode } from "./names.ts";
import type { Node, NodeOf } from "./node.ts";

/** How a parameter starts. `fanIn` and `fanOut` are taken from the shape: [out, in] for a matrix, [n] counts as fan-in 1. */
export type Initializer =
  | { readonly kind: "zeros" }
  | { readonly kind: "ones" }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "values"; readonly data: readonly number[] }
  | { readonly kind: "uniform"; readonly low: number; readonly high: number }
  | { readonly kind: "normal"; readonly mean: number; readonly standardDeviation: number }
  | {
      readonly kind:
        "xavierUniform" | "xavierNormal" | "heUniform" | "heNormal" | "lecunNormal" | "orthogonal";
      readonly gain: number;
    };

/** A parameter of the file, what training changes; or a state, which is kept with them. */
export interface ParameterDeclaration {
  /** As in the file: `W1`, or `h.weight` for a parameter that a layer owns. */
  readonly name: string;
  readonly node: NodeOf<"parameter">;
  readonly initializer: Initializer;
  readonly span: SourceSpan;
  /** Whether training leaves it as it is: it has no gradient and no optimizer state. */
  readonly isFrozen?: boolean;
  /**
   * Of a state, which is frozen as far as the optimizer goes: what a training step makes of it, an unbatched node of its shape
   * as training sees it.
   */
  readonly next?: Node;
}

/** The parameters that the optimizer changes, in the order of their declaration. */
export function trainable(parameters: readonly ParameterDeclaration[]): readonly ParameterDeclaration[] {
  return parameters.filter(({ isFrozen }) => isFrozen !== true);
}

/** An input or a target of the file. */
export interface InputDeclaration {
  readonly name: string;
  readonly node: NodeOf<"input">;
  readonly span: SourceSpan;
}

/** A named expression of the file, in the order of the file. */
export interface Statement {
  readonly name: string;
  readonly node: Node;
  readonly span: SourceSpan;
}

/** The defaults that the file's `training = {…}` statement sets; the command line and the API override them. */
export interface TrainingDefaults {
  readonly epochs: number;
  readonly batchSize: number;
}

/** One leaf that a training step overwrites, and with what. All values are computed from the old leaves. */
export interface Update {
  readonly target: NodeOf<"parameter"> | NodeOf<"state">;
  readonly value: Node;
}

/** What an optimizer says about one parameter. */
export interface ParameterUpdate {
  readonly updates: readonly Update[];
  /** The state leaves of this parameter and the value each starts with. */
  readonly states: readonly OptimizerState[];
}

/** A state leaf and the value that each of its elements starts with. */
export interface OptimizerState {
  readonly node: NodeOf<"state">;
  readonly initial: number;
  /** Whether it is one number, the same for all parameters that are treated alike; it bears the name of the first of these. */
  readonly isShared: boolean;
}

/** An optimizer as an expression: how a parameter and its state change, given its gradient. */
export interface Optimizer {
  /** `adam` */
  readonly name: string;
  /** Its options in declaration order, defaults filled in; one that follows the step is a real scalar of the leaf `step`. */
  readonly options: Readonly<Record<string, number | Node>>;
  /** Options of its own for parameters whose names match a pattern; of two that match, the later one counts. */
  readonly exceptions?: readonly ParameterException[];
  /**
   * Builds the update of one parameter in the parameter's own graph, with the options for `like`: by default the parameter
   * itself, or one that all those are treated like which the parameter is made of.
   */
  readonly update: (
    parameter: ParameterDeclaration,
    gradient: Node,
    like?: ParameterDeclaration,
  ) => ParameterUpdate;
}

/** `"*.bias": {weightDecay: 0}` */
export interface ParameterException {
  /** `*` stands for any characters. */
  readonly pattern: string;
  /** In place of the optimizer's. */
  readonly options: Readonly<Record<string, number | Node>>;
  readonly isFrozen?: boolean;
}

/** What becomes of a parameter's gradient before the optimizer sees it. */
export interface Clip {
  /** As the file says it: `clipByGlobalNorm({limit: 1})`. */
  readonly text: string;
  /** Whether it reads the norm of all gradients together. */
  readonly readsNorm: boolean;
  /** The gradient as it is clipped, of the same shape; `norm` is a real scalar. */
  readonly apply: (gradient: Node, norm: Node) => Node;
}

/** A network that is used and not trained: each `whenTraining(a, b)` in it is b. */
export interface Evaluation {
  /** What `loss` of the module computes, on data held out as a rule: as `Network.loss`, or the same node. */
  readonly loss: Node;
  /** The file's statements; those that depend on no `whenTraining` are the nodes that training has. */
  readonly statements: readonly NamedNode[];
}

/** A network file, read and typed. */
export interface Network {
  readonly source: Source;
  readonly graph: Graph;
  readonly inputs: readonly InputDeclaration[];
  readonly targets: readonly InputDeclaration[];
  readonly parameters: readonly ParameterDeclaration[];
  /** As training sees them: each `whenTraining(a, b)` is a. */
  readonly statements: readonly Statement[];
  /** What training makes small. An unbatched real scalar: the implicit batch mean is already in it. */
  readonly loss: Node;
  readonly evaluation: Evaluation;
  /** What `predict` returns, of `evaluation`; absent when every statement depends on a target. */
  readonly prediction: Statement | undefined;
  readonly training: TrainingDefaults;
  readonly optimizer: Optimizer;
  /** Absent where gradients go to the optimizer as they are. */
  readonly clip?: Clip | undefined;
  readonly warnings: readonly Diagnostic[];
}

/**
 * What one optimizer step does to all parameters at once: those that are treated alike lie end to end in memory, as one
 * vector of all their elements. Only where the optimizer looks at every element by itself, as all usual ones do.
 */
export interface FlatUpdate {
  /** In the order of memory. */
  readonly groups: readonly FlatGroup[];
  /**
   * Where every gradient is a mean over the batch, or the same multiple of one: the gradients of the groups are then sums,
   * which the updates divide, so that nobody goes through all of them just for that.
   */
  readonly sums?: {
    /** Those of each trainable parameter, of its shape; in declaration order. */
    readonly nodes: readonly Node[];
    /** All of them end to end, a leaf of shape [n] with n the size of all parameters; and the gradients, from these. */
    readonly all: NodeOf<"parameter">;
    readonly means: Node;
  };
}

/** Parameters that the optimizer treats alike. */
export interface FlatGroup {
  /** In declaration order. */
  readonly members: readonly ParameterDeclaration[];
  /** All of them, and all their gradients, end to end: leaves of shape [n]. */
  readonly parameters: NodeOf<"parameter">;
  readonly gradients: NodeOf<"parameter">;
  readonly updates: readonly Update[];
}

/** A network after differentiation and every rewrite: what `lower/`, `inspect/` and `verify/` start from. */
export interface DerivedNetwork {
  readonly network: Network;
  /** Rewritten (stabilised, simplified) counterparts of the network's own nodes. */
  readonly loss: Node;
  readonly evaluation: Evaluation;
  readonly prediction: Node | undefined;
  /** Of the parameters that are not frozen, in declaration order; the node has the parameter's shape and is unbatched. */
  readonly gradients: readonly { readonly parameter: ParameterDeclaration; readonly node: Node }[];
  /** What one optimizer step writes. */
  readonly updates: readonly Update[];
  /**
   * All parameters in the order in which they lie in memory: as they are declared, but where some are treated unlike others
   * those that are treated alike lie together, and frozen ones come last.
   */
  readonly layout: readonly ParameterDeclaration[];
  /** Those of one name lie together, in the order of the parameters in memory. */
  readonly states: readonly OptimizerState[];
  readonly flatUpdate?: FlatUpdate | undefined;
  /**
   * Names for people, unique and valid as identifiers once dots are replaced: statements by their own name, gradients
   * as `dW1`, other adjoints as `dh` or `dh.forget`. Not every node has one.
   */
  readonly names: ReadonlyMap<Node, string>;
  /**
   * For values inside of statements, what their functions call them: `h.forget`. Unique like the names, and no node has
   * both.
   */
  readonly labels: ReadonlyMap<Node, string>;
  /** Each rewrite that fired, in order. */
  readonly trace: readonly RewriteStep[];
}

/** A rule that fired: `from` was replaced by `to`. */
export interface RewriteStep {
  /** The pass it fired in: `stabilise`, `simplify`. */
  readonly pass: string;
  readonly rule: string;
  readonly from: Node;
  readonly to: Node;
}

import { invariant } from "../../diagnostics/index.ts";
import {
  type Buffer,
  bufferLength,
  contentKey,
  countParameters,
  countState,
  type DataSlot,
  type MemoryPlan,
  type ModuleProgram,
  parameterOffset,
  planMemory,
  type Program,
  stateOffset,
  visitMentions,
} from "../../program/index.ts";
import type { Kernel } from "../kernel.ts";
import { Scope } from "./names.ts";
import { templateNames } from "./templates.ts";

/** Names that every generated module exports. */
const exportedValues = [
  "batchSize",
  "gradient",
  "initialParameters",
  "initialState",
  "loadParameters",
  "loss",
  "parameterCount",
  "parameterLayout",
  "predict",
  "saveParameters",
  "stateCount",
  "train",
  "trainStep",
  "saveCheckpoint",
  "loadCheckpoint",
  "watchGradients",
];
const exportedTypes = ["TrainData", "TrainOptions", "TrainProgress", "TrainResult"];
/** Names that the emitter itself gives to arguments, locals and functions. */
const ownNames = [
  "arena",
  "checkBatch",
  "checkInputs",
  "count",
  "data",
  "gradients",
  "lossAndGradientSums",
  "lossAndGradients",
  "networkFacts",
  "options",
  "output",
  "ownGradients",
  "ownParameters",
  "parameters",
  "predictBatch",
  "samples",
  "seed",
  "_seed",
  "size",
  "start",
  "updateParameters",
  "state",
  "step",
  "text",
];

/** And where the programs are a kernel of WebAssembly. */
const kernelNames = [
  "gradientsView",
  "kernel",
  "KernelFunction",
  "KernelFunctions",
  "kernelText",
  "memory",
  "outputView",
  "parametersView",
  "ready",
  "starting",
  "startKernel",
  "stateView",
  "views",
];

/** Exports that no body of a program mentions: a local may have such a name, as `loss` in `loss`. */
const hideable = ["gradient", "initialParameters", "initialState", "loss", "predict", "train", "trainStep"];

/** A buffer as a module-level constant. */
export interface StaticBuffer {
  readonly identifier: string;
  readonly buffer: Buffer;
}

/** The names and places of one module. */
export class ModuleContext {
  readonly module: ModuleProgram;
  /** What computes, if not TypeScript does. */
  readonly kernel: Kernel | undefined;
  /** Of real scratch buffers, in elements. */
  readonly memory: MemoryPlan;
  /** Of the caller's reals: `Float64Array` or `Float32Array`. */
  readonly realArray: string;
  /** Template functions that the printed code calls. */
  readonly helpers = new Set<string>();
  /** In the order in which programs declare them. */
  readonly statics: readonly StaticBuffer[];
  readonly #scope = new Scope([...exportedValues, ...exportedTypes, ...ownNames, ...templateNames]);
  readonly #identifierOfStatic = new Map<string, string>();
  readonly #pieceOfText = new Map<string, string>();

  constructor(module: ModuleProgram, kernel?: Kernel) {
    this.module = module;
    this.kernel = kernel;
    if (kernel !== undefined) this.#scope.reserve(...kernelNames);
    this.realArray = module.precision === "f64" ? "Float64Array" : "Float32Array";
    for (const slot of this.data) this.#scope.declare(`data:${slot.name}`, slot.name);
    const programs = kernel === undefined ? this.programs : [];
    this.memory = planMemory(programs, (buffer) =>
      buffer.element === "real" ? bufferLength(buffer, module.batchSize) : undefined,
    );
    this.statics = this.#declareStatics(programs);
    // Before any function's locals: a local must not hide a piece that its function calls.
    for (const program of programs) {
      visitMentions(program.body, {
        piece: (piece) => {
          for (const name of pieceNames(program, piece)) this.#scope.declare(`piece:${name}`, name);
        },
      });
    }
  }

  get data(): readonly DataSlot[] {
    return [...this.module.inputs, ...this.module.targets];
  }

  /** Elements of the flat array of parameters. */
  get parameterCount(): number {
    return countParameters(this.module);
  }

  /** Elements of the flat array of state, of which the first counts the steps. */
  get stateCount(): number {
    return countState(this.module);
  }

  /** The programs that there are, the largest first, so that it gets the plainest names. */
  get programs(): readonly Program[] {
    const { loss, gradient, trainStep, update, means, predict } = this.module.programs;
    const steps = update === undefined ? [trainStep, gradient] : [update, trainStep];
    return [
      ...steps,
      ...(means === undefined ? [] : [means]),
      loss,
      ...(predict === undefined ? [] : [predict]),
    ];
  }

  /** The identifier of an input or target. */
  dataIdentifier(name: string): string {
    return this.#scope.declare(`data:${name}`, name);
  }

  /** The identifier of the kernel's array of an input or target. */
  viewIdentifier(name: string): string {
    return this.#scope.declare(`view:${name}`, `${this.dataIdentifier(name)}View`);
  }

  /**
   * The function of a piece, by what it does (arguments and body): pieces that do the same share one, whichever program
   * they are of. `forward`, or `trainStepForward` where another program's `forward` does something else.
   *
   * @returns Its identifier, and whether it is new.
   */
  pieceFunction(
    program: Program,
    piece: string,
    text: string,
  ): { readonly identifier: string; readonly isNew: boolean } {
    const known = this.#pieceOfText.get(text);
    if (known !== undefined) return { identifier: known, isNew: false };
    const used = new Set(this.#pieceOfText.values());
    const free = pieceNames(program, piece).find(
      (name) => !used.has(this.#scope.declare(`piece:${name}`, name)),
    );
    invariant(free !== undefined, `the pieces of ${program.name} have different names`);
    const identifier = this.#scope.declare(`piece:${free}`, free);
    this.#pieceOfText.set(text, identifier);
    return { identifier, isNew: true };
  }

  staticIdentifier(buffer: Buffer): string {
    const identifier = this.#identifierOfStatic.get(contentKey(buffer));
    invariant(identifier !== undefined, `the buffer ${buffer.name} was declared`);
    return identifier;
  }

  /** The name of a local of the emitter's own, which an input may have. */
  ownLocal(name: string): string {
    return this.functionScope().declare(`own:${name}`, name);
  }

  /** A scope for the locals of one function. */
  functionScope(): Scope {
    return this.#scope.inner(hideable);
  }

  /**
   * Whether programs work on the module's own array instead of the caller's: on a copy of parameters that they read very
   * often, and on gradients that `trainStep` goes on with.
   */
  isOwn({ role, resident, of }: Buffer): boolean {
    if (of === undefined) return false;
    return role === "parameter"
      ? resident === true
      : role === "gradient" && this.module.programs.update !== undefined;
  }

  /** Where the buffer of a parameter, or of its gradient, starts in the flat array; of all parameters, if of none. */
  parameterOffset(buffer: Buffer): number {
    return parameterOffset(this.module, buffer);
  }

  /** Where a slot of the state starts in the flat array; the first of its name, if it is of no parameter. */
  stateOffset(buffer: Buffer): number {
    return stateOffset(this.module, buffer);
  }

  /** Whether memory limits the program to `batchSize` samples: that of the kernel, or scratch memory. */
  limitsCount(program: Program): boolean {
    return (
      this.kernel !== undefined ||
      program.buffers.some((buffer) => buffer.role === "scratch" && buffer.batched)
    );
  }

  #declareStatics(programs: readonly Program[]): readonly StaticBuffer[] {
    const statics = new Map<string, StaticBuffer>();
    for (const program of programs) {
      for (const buffer of program.buffers) {
        if (buffer.role !== "scratch" && buffer.role !== "constant" && !this.isOwn(buffer)) continue;
        const key = contentKey(buffer);
        if (statics.has(key)) continue;
        const identifier = this.#scope.declare(`static:${key}`, `${buffer.name}_memory`);
        statics.set(key, { identifier, buffer });
        this.#identifierOfStatic.set(key, identifier);
      }
    }
    return [...statics.values()];
  }
}

/** What the function of a piece may be called, the best first. */
function pieceNames(program: Program, piece: string): readonly string[] {
  return [piece, program.name + piece.charAt(0).toUpperCase() + piece.slice(1)];
}

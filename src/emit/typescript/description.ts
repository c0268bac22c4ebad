import type { Kernel } from "../kernel.ts";
import type { ModuleProgram, TargetChoice } from "../../program/index.ts";

/** `name = formula` */
export interface HeaderFormula {
  readonly name: string;
  readonly formula: string;
}

/** What the header of a generated module tells its reader. All text may be the user's own: the emitter escapes it. */
export interface HeaderText {
  /** The command that writes this module again. */
  readonly regenerate: string;
  /** SHA-256 of `sourceText`, in hexadecimal digits. */
  readonly sourceHash: string;
  /** The network file, in full. */
  readonly sourceText: string;
  /** `∂L/∂W1` and its formula, in declaration order. */
  readonly gradients: readonly HeaderFormula[];
  /** The named parts of those formulas, each after those that it mentions. */
  readonly definitions?: readonly HeaderFormula[];
  /** Scalar operations for one sample. */
  readonly operations: { readonly loss: number; readonly lossAndGradients: number; readonly ratio: number };
  /** What computes and why, where that is not TypeScript by default. */
  readonly target?: TargetChoice | undefined;
  /** What is chosen where the mathematics leaves a choice: `max′ at a tie goes to the second operand`. */
  readonly conventions: readonly string[];
}

/** All that the TypeScript target needs. */
export interface ModuleDescription {
  readonly module: ModuleProgram;
  /** What computes, if not TypeScript is to. */
  readonly kernel?: Kernel | undefined;
  /** Tells the network's text from others, whatever its comments and spaces. */
  readonly networkHash: string;
  readonly header: HeaderText;
}

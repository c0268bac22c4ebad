import { type Diagnostic, didYouMean, OptionError, type Source, suggestOption } from "./diagnostics/index.ts";
import type { Precision, ScheduleName, TargetName } from "./program/index.ts";

/** What a caller may override; everything else comes from the network file. */
export interface CompileOptions {
  /** Storage of parameters, data and scratch memory; arithmetic is in double, but for a kernel's vectors. Default `f64`. */
  readonly precision?: Precision;
  /** Samples per step. Default: the file's `training`, else 32. */
  readonly batchSize?: number;
  /** Default: the file's `training`, else 100. */
  readonly epochs?: number;
  /** In the language of the file: `adam`, or `adam({learningRate: 0.01})`. Default: the file's `training`, else SGD. */
  readonly optimizer?: string;
  /**
   * The statement that `predict` is to give, so that one file makes several modules with the same parameters: that of an
   * autoencoder, say, and that of its encoder. Default: what the file predicts.
   */
  readonly prediction?: string;
  /** Default `auto`: chosen per program by predicted bytecode. */
  readonly schedule?: ScheduleName | "auto";
  /**
   * What computes: TypeScript, a kernel of WebAssembly that the module brings along as text, or, with `auto`, what is
   * predicted to be faster. Default `typescript`.
   */
  readonly target?: TargetName | "auto";
  /** The command that the generated header names. Default `nabla generate <file>`, the file quoted for a shell. */
  readonly regenerate?: string;
}

/** What an option must be, in words, and whether a value is. */
interface Expectation {
  readonly expected: string;
  readonly holds: (value: unknown) => boolean;
  /** The values there are, where they can be listed. */
  readonly choices?: readonly string[];
}

const count: Expectation = {
  expected: "a whole number of at least 1",
  holds: (value) => Number.isSafeInteger(value) && (value as number) >= 1, // a safe integer is a number
};

const text = (expected: string): Expectation => ({
  expected,
  holds: (value) => typeof value === "string",
});

const oneOf = (choices: readonly string[]): Expectation => ({
  expected: `one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`,
  holds: (value) => choices.some((choice) => choice === value),
  choices,
});

const expectations: { readonly [Name in keyof CompileOptions]-?: Expectation } = {
  precision: oneOf(["f64", "f32"] satisfies Precision[]),
  batchSize: count,
  epochs: count,
  optimizer: text('a string in the language of the file, such as "adam({learningRate: 0.01})"'),
  prediction: text("a string, the name of a statement"),
  schedule: oneOf(["auto", "unrolled", "rows", "tiled"] satisfies CompileOptions["schedule"][]),
  target: oneOf(["typescript", "wasm", "auto"] satisfies CompileOptions["target"][]),
  regenerate: text("a string, the command that writes the module"),
};

/**
 * Checks what a caller without a type checker may get wrong.
 *
 * @throws {OptionError} with every option that does not exist or cannot have its value.
 */
export function checkOptions(options: CompileOptions): void {
  const given: unknown = options;
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new OptionError([
      wrongOption(`The options of compile must be an object, not ${said(given)}.`, "write {batchSize: 16}"),
    ]);
  }
  const mistakes = Object.entries(given).flatMap(([name, value]) => mistakesOf(name, value));
  if (mistakes.length > 0) throw new OptionError(mistakes);
}

function mistakesOf(name: string, value: unknown): readonly Diagnostic[] {
  const names = Object.keys(expectations);
  // `Object.hasOwn`, because the name is the caller's.
  const expectation = Object.hasOwn(expectations, name)
    ? expectations[name as keyof CompileOptions]
    : undefined;
  if (expectation === undefined) {
    const meant = suggestOption(name, names);
    const hint = meant === undefined ? `the options are ${names.join(", ")}` : `did you mean ${meant}?`;
    const message = `compile has no option ${JSON.stringify(name)}.`;
    return [{ code: "unknown-option", severity: "error", message, hint }];
  }
  const { expected, holds, choices = [] } = expectation;
  if (value === undefined || holds(value)) return [];
  const hint = typeof value === "string" ? didYouMean(value, choices) : undefined;
  return [
    wrongOption(
      `${name} must be ${expected}, not ${said(value)}.`,
      hint ?? `leave ${name} out for its default`,
    ),
  ];
}

function wrongOption(message: string, hint: string): Diagnostic {
  return { code: "wrong-option", severity: "error", message, hint };
}

/** A value in a sentence: as JavaScript writes it where that is short, else its kind. */
function said(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length <= 40 ? value : `${value.slice(0, 39)}…`);
  if (typeof value === "number" || typeof value === "boolean" || value === null || value === undefined)
    return String(value);
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** @throws {TypeError} unless `source` is a network's name and text. */
export function checkSource(source: Source): void {
  const given: unknown = source;
  const { name, text: content } = (typeof given === "object" && given !== null ? given : {}) as Partial<
    Record<keyof Source, unknown>
  >; // whatever it holds, if anything
  if (typeof name === "string" && typeof content === "string") return;
  const found = typeof given === "object" && given !== null ? describeFields(name, content) : said(given);
  throw new TypeError(
    `compile takes a network as {name, text}, both strings, such as {name: "xor.nabla", text: "x = input([2]) …"}; it got ${found}.`,
  );
}

function describeFields(name: unknown, content: unknown): string {
  return `an object whose name is ${said(name)} and whose text is ${said(content)}`;
}

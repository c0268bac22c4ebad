import { parseArgs } from "node:util";
import { didYouMean } from "../diagnostics/index.ts";

/** The command line itself is wrong: exit code 2. */
export class UsageError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
  }
}

/** A flag (`--check`) or an option with a value (`--out <dir>`). */
export interface OptionSpecification {
  /** Without the dashes. */
  readonly name: string;
  /** What the value is called in help texts; absent for flags. */
  readonly value?: string;
  readonly short?: string;
  /** Whether it may be given more than once. */
  readonly repeats?: boolean;
  readonly description: string;
}

/** A command's own words and options as the user gave them, checked against its specification. */
export class Arguments {
  readonly words: readonly string[];
  /** What was given for each option, in order; nothing for flags. */
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(words: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.words = words;
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  /** All that was given for an option that may be repeated. */
  texts(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  oneOf<Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const choice = choices.find((each) => each === text);
    if (choice !== undefined) return choice;
    const list = `it is one of ${choices.join(", ")}`;
    throw new UsageError(`--${name} cannot be "${text}"`, didYouMean(text, choices) ?? list);
  }

  /** A whole number of at least `least`. */
  integer(name: string, least: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
    throw new UsageError(`--${name} takes a whole number of at least ${least}, not "${text}"`);
  }

  /** A number from 0 to below 1. */
  fraction(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text) && value < 1) return value;
    throw new UsageError(`--${name} takes a part from 0 to below 1, such as 0.2, not "${text}"`);
  }
}

/**
 * Reads the words after the command's name. `--name value` and `--name=value` are the same; `--` ends the options.
 *
 * @throws {UsageError} for an unknown, repeated or incomplete option.
 */
export function readArguments(argv: readonly string[], options: readonly OptionSpecification[]): Arguments {
  const config = Object.fromEntries(
    options.map(({ name, value, short }) => {
      const type = value === undefined ? ("boolean" as const) : ("string" as const);
      return [name, { type, ...(short === undefined ? {} : { short }) }];
    }),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words: string[] = [];
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const option = options.find(({ name }) => name === token.name);
    if (option === undefined) throw unknownOption(token.rawName, options);
    const before = values.get(option.name);
    if (before !== undefined && option.repeats !== true)
      throw new UsageError(`--${option.name} is given twice`);
    values.set(option.name, [
      ...(before ?? []),
      ...optionValue(option, token.value, token.inlineValue === true),
    ]);
  }
  return new Arguments(words, values);
}

function optionValue(
  option: OptionSpecification,
  value: string | undefined,
  isInline: boolean,
): readonly string[] {
  if (option.value === undefined) {
    if (isInline) throw new UsageError(`--${option.name} takes no value`);
    return [];
  }
  // After `--out --check`, the second option is no directory: that slip is much likelier than such a name. `-1` is a
  // value, if a wrong one.
  const isOption = value !== undefined && !isInline && /^-\D/.test(value);
  if (value === undefined || value === "" || isOption) {
    throw new UsageError(`--${option.name} needs a value`, `--${option.name} ${option.value}`);
  }
  return [value];
}

function unknownOption(rawName: string, options: readonly OptionSpecification[]): UsageError {
  const known = options.map(({ name }) => `--${name}`);
  return new UsageError(`unknown option ${rawName}`, didYouMean(rawName, known));
}

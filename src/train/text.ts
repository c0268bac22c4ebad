import type { Compilation } from "../compile.ts";
import { DiagnosticError, type Diagnostic, OptionError, type Source } from "../diagnostics/index.ts";
import type { DataSlot } from "../program/index.ts";
import { widthOf } from "./columns.ts";
import { countOf, dataFault, throwLimited } from "./faults.ts";
import type { SlotData } from "./prepare.ts";
import type { PreparedData } from "./prepared.ts";

/** How to turn a text into training data. */
export interface TextOptions {
  /** The characters, in the order of their numbers. Default: those of the text, by code point. */
  readonly vocabulary?: string | undefined;
  /** From the beginning of one sample to that of the next. Default: a sample's length, so that none overlap. */
  readonly stride?: number | undefined;
  /** What to hold out: the last part of the text, from 0 to below 1, or another text. */
  readonly validation?: number | Source | undefined;
}

/** In a vocabulary, what stands for all characters that are not in it. */
const unknownCharacter = "\ufffd";

/** The input and the target of a network that reads characters. */
interface CharacterSlots {
  readonly input: DataSlot;
  readonly target: DataSlot;
}

/**
 * Cuts a text into samples of as many characters as the network's input takes. Its target is of the same length and gets
 * the same characters moved on by one, so that each is predicted from those up to the one before it; or it is a scalar
 * and gets the one after the sample. Characters are code points; line ends stay as they are. What is left at the end
 * makes no sample.
 *
 * @throws {DiagnosticError} when the network takes no text, or the text is too short or has characters without a number.
 * @throws {OptionError} when the vocabulary repeats a character, or has more than the network.
 */
export function prepareText(
  { program }: Pick<Compilation, "program">,
  source: Source,
  options: TextOptions = {},
): PreparedData {
  const slots = characterSlots(program.inputs, program.targets);
  const { validation = 0 } = options;
  const characters = charactersOf(source);
  const vocabulary =
    options.vocabulary === undefined ? sortedCharacters(characters) : Array.from(options.vocabulary);
  checkVocabulary(vocabulary, slots, source, options.vocabulary !== undefined);
  const ids = encode(characters, vocabulary, source);
  const length = widthOf(slots.input);
  const stride = options.stride ?? length;
  const end = typeof validation === "number" ? ids.length - Math.round(ids.length * validation) : ids.length;
  const held =
    typeof validation === "number"
      ? { ids: ids.subarray(end), what: `what is held out of ${source.name}` }
      : { ids: encode(charactersOf(validation), vocabulary, validation), what: validation.name };
  const training = windows(
    ids.subarray(0, end),
    slots,
    stride,
    end < ids.length ? `the rest of ${source.name}` : source.name,
  );
  const heldOut = validation === 0 ? [] : windows(held.ids, slots, stride, held.what);
  const samplesOf = ([first]: readonly SlotData[]): number => (first?.values.length ?? 0) / length;
  return {
    training,
    heldOut,
    samples: samplesOf(training),
    heldOutSamples: samplesOf(heldOut),
    incompleteRows: 0,
    scalings: {},
    labels: {},
    oneHot: [],
    columns: undefined,
    text: { length, stride, vocabulary },
  };
}

/** Code points, without a byte order mark. */
function charactersOf({ text }: Source): readonly string[] {
  return Array.from(text.startsWith("\ufeff") ? text.slice(1) : text);
}

function sortedCharacters(characters: readonly string[]): readonly string[] {
  return [...new Set(characters)].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
}

function characterSlots(inputs: readonly DataSlot[], targets: readonly DataSlot[]): CharacterSlots {
  const [input, ...otherInputs] = inputs;
  const [target, ...otherTargets] = targets;
  const isText =
    input?.element === "integer" &&
    target?.element === "integer" &&
    otherInputs.length + otherTargets.length === 0 &&
    input.shape.length <= 1 &&
    (target.shape.length === 0 || String(target.shape) === String(input.shape));
  if (isText) return { input, target };
  const found = [
    ...inputs.map((slot) => slotText(slot, "input")),
    ...targets.map((slot) => slotText(slot, "target")),
  ];
  throw new DiagnosticError([
    dataFault(
      "text-network",
      "A text needs a network with one input of characters, and one target of as many or of one. " +
        `This one has ${found.length === 0 ? "neither" : found.join(" and ")}.`,
      "declare x = input([64], {categories: 96}) and t = target([64], {categories: 96}), or t = target({categories: 96})",
    ),
  ]);
}

/** `x = input([4])`, `t = target({categories: 3})` */
function slotText({ name, shape, categories }: DataSlot, kind: string): string {
  const words = [
    ...(shape.length === 0 ? [] : [`[${shape.join(", ")}]`]),
    ...(categories === undefined ? [] : [`{categories: ${categories}}`]),
  ];
  return `${name} = ${kind}(${words.join(", ")})`;
}

function checkVocabulary(
  vocabulary: readonly string[],
  { input, target }: CharacterSlots,
  source: Source,
  isTold: boolean,
): void {
  const repeated = vocabulary.find((character, k) => vocabulary.indexOf(character) < k);
  if (repeated !== undefined) {
    const message = `The vocabulary has ${characterName(repeated)} twice.`;
    throw new OptionError([dataFault("vocabulary-option", message, "write each character once")]);
  }
  const faults = [input, target].flatMap((slot): Diagnostic[] => {
    const { name, categories = 0 } = slot;
    if (vocabulary.length <= categories) return [];
    const has = isTold ? "The vocabulary has" : `${source.name} has`;
    return [
      dataFault(
        "too-many-characters",
        `${has} ${vocabulary.length} different characters; ${name} has room for ${categories}.`,
        `declare ${name} with {categories: ${vocabulary.length}}, or give a vocabulary of the characters to keep, ` +
          `in which ${unknownCharacter} (U+FFFD) stands for all others`,
      ),
    ];
  });
  if (faults.length > 0) throw isTold ? new OptionError(faults) : new DiagnosticError(faults);
}

/** The number of each character. */
function encode(characters: readonly string[], vocabulary: readonly string[], source: Source): Int32Array {
  const numbers = new Map(vocabulary.map((character, number) => [character, number]));
  const other = numbers.get(unknownCharacter);
  const missing = new Map<string, number>();
  let offset = source.text.startsWith("\ufeff") ? 1 : 0;
  const ids = Int32Array.from(characters, (character) => {
    const number = numbers.get(character) ?? other;
    if (number === undefined && !missing.has(character)) missing.set(character, offset);
    offset += character.length;
    return number ?? 0;
  });
  throwLimited([...missing], ([character, start]) =>
    dataFault(
      "unknown-character",
      `${characterName(character)} is not in the vocabulary.`,
      `add it, or ${unknownCharacter} (U+FFFD), which then stands for all characters that are not in it`,
      { source, start, end: start + character.length },
    ),
  );
  return ids;
}

/** `"é" (U+00E9)` */
function characterName(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `${JSON.stringify(character)} (U+${code})`;
}

/** Samples that begin every `stride` characters. */
function windows(
  ids: Int32Array,
  { input, target }: CharacterSlots,
  stride: number,
  what: string,
): readonly SlotData[] {
  const length = widthOf(input);
  const targetLength = widthOf(target);
  const samples = Math.max(0, Math.floor((ids.length - length - 1) / stride) + 1);
  if (samples === 0) {
    const message =
      `A sample is ${countOf(length, "character")} and the one after them, but ${what} has ` +
      `${countOf(ids.length, "character")}.`;
    throw new DiagnosticError([
      dataFault(
        "too-short-text",
        message,
        `take a longer text, or a smaller shape of ${input.name} in the network`,
      ),
    ]);
  }
  const inputs = new Int32Array(samples * length);
  const targets = new Int32Array(samples * targetLength);
  for (let n = 0; n < samples; n++) {
    const end = n * stride + length;
    inputs.set(ids.subarray(end - length, end), n * length);
    targets.set(ids.subarray(end + 1 - targetLength, end + 1), n * targetLength);
  }
  return [
    { slot: input, values: inputs },
    { slot: target, values: targets },
  ];
}

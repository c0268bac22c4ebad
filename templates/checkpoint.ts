/* eslint-disable @typescript-eslint/no-non-null-assertion -- indices are in bounds by the loops around them; `!` costs nothing */
import type { Column, Rows } from "./samples.ts";
import type { TrainOptions, TrainProgress } from "./train.ts";

/** What tells a network, or a run, from others, by what it is called. */
export type Facts = Readonly<Record<string, string | number | boolean>>;

/** Parameters after an epoch's end, with the loss that was watched there and the optimizer's state. */
export interface KeptParameters {
  readonly epoch: number;
  readonly loss: number;
  readonly parameters: Float64Array;
  readonly state: Float64Array;
}

/** All that a run has come to. What goes on from it ends as if there had been no break. */
export interface Checkpoint {
  /** What the network is. */
  readonly network: Facts;
  /** What the run was asked for, and a fingerprint of its data. */
  readonly run: Facts;
  readonly firstEpoch: number;
  /** The epoch that is under way, or that is next. */
  readonly epoch: number;
  /** Samples of that epoch that steps have taken. */
  readonly position: number;
  /** The sum of their losses. */
  readonly total: number;
  readonly steps: number;
  readonly firstLoss: number | undefined;
  readonly history: readonly TrainProgress[];
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  /** The best of any epoch's end, with `patience`; else the last epoch's end. */
  readonly kept: KeptParameters;
}

/** What must be as it was for a run to go on as if there had been no break. */
export function identifyRun(
  columns: readonly Column[],
  batchSize: number,
  rows: Rows,
  { seed = 0, shuffle = true, validationSplit = 0, patience, minimumImprovement = 0 }: TrainOptions,
): Facts {
  return {
    seed,
    batchSize,
    shuffle,
    validationSplit,
    "with patience": patience !== undefined && patience !== Infinity,
    minimumImprovement,
    samples: rows.training.length,
    "validation samples": rows.validation.length,
    "fingerprint of the data": fingerprint(columns),
  };
}

/** @throws {Error} unless the facts are the same; says which are not. */
export function checkFacts(kind: string, found: Facts, expected: Facts): void {
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  const different = [...names].filter((name) => found[name] !== expected[name]);
  if (different.length === 0) return;
  const list = different.map((name) => `${name} ${factText(found[name])}, here ${factText(expected[name])}`);
  throw wrongCheckpoint("foreign", `this is a checkpoint of another ${kind}: ${list.join("; ")}`);
}

/** What is thrown at a checkpoint that is of no use here; its name tells it from other errors. */
function wrongCheckpoint(kind: "damaged" | "foreign", message: string): Error {
  return Object.assign(new Error(message), { name: "CheckpointError", kind });
}

function factText(fact: string | number | boolean | undefined): string {
  return fact === undefined ? "unknown" : String(fact);
}

/** `nabla-ck`, by which a checkpoint begins. */
const checkpointMark = [0x6e, 0x61, 0x62, 0x6c, 0x61, 0x2d, 0x63, 0x6b] as const;

/** Where the text begins: after the mark, the checksum of all that follows it, and the text's length. */
const textStart = 16;

/** The numbers of a checkpoint that are not whole, in the order of the file. */
function realsOf({
  total,
  firstLoss,
  history,
  parameters,
  state,
  kept,
}: Checkpoint): readonly ArrayLike<number>[] {
  return [
    [total, firstLoss ?? NaN, kept.loss],
    history.flatMap(({ epoch, step, loss, validationLoss }) => [epoch, step, loss, validationLoss ?? NaN]),
    parameters,
    state,
    kept.parameters,
    kept.state,
  ];
}

/**
 * A mark, a checksum, and the length of a text in ASCII; the text, which is JSON and padded with spaces to 8 bytes; then reals
 * of 8 bytes, to the last bit. All low byte first.
 */
export function checkpointToBytes(checkpoint: Checkpoint): Uint8Array {
  const { network, run, firstEpoch, epoch, position, steps, history, parameters, state, kept } = checkpoint;
  const head = { network, run, firstEpoch, epoch, position, steps, keptEpoch: kept.epoch };
  const sizes = { epochs: history.length, parameters: parameters.length, state: state.length };
  const escaped = (letter: string): string => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  const json = JSON.stringify({ ...head, sizes }).replace(/[^ -~]/g, escaped);
  const text = json.padEnd(Math.ceil(json.length / 8) * 8);
  const reals = realsOf(checkpoint);
  const count = reals.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(textStart + text.length + 8 * count);
  const view = new DataView(bytes.buffer);
  bytes.set(checkpointMark);
  for (let i = 0; i < text.length; i++) bytes[textStart + i] = text.charCodeAt(i);
  let at = textStart + text.length;
  for (const part of reals)
    for (let i = 0; i < part.length; i++, at += 8) view.setFloat64(at, part[i]!, true);
  view.setUint32(12, text.length, true);
  view.setUint32(8, checksum(view), true);
  return bytes;
}

/**
 * The checkpoint that `checkpointToBytes` wrote.
 *
 * @throws {Error} if the bytes are no checkpoint, cut short, changed, or of another network.
 */
export function checkpointFromBytes(bytes: Uint8Array, network: Facts): Checkpoint {
  if (checkpointMark.some((byte, i) => bytes[i] !== byte))
    throw wrongCheckpoint("damaged", "this is no checkpoint: it does not begin as one");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const textLength = bytes.length < textStart ? Infinity : view.getUint32(12, true);
  const first = textStart + textLength;
  if (first > bytes.length)
    throw wrongCheckpoint("damaged", `this checkpoint is cut short: it has ${bytes.length} bytes`);
  if (bytes.length % 8 !== 0 || view.getUint32(8, true) !== checksum(view)) {
    throw wrongCheckpoint(
      "damaged",
      `this checkpoint is cut short or damaged: its ${bytes.length} bytes do not have its checksum`,
    );
  }
  let text = "";
  for (let i = textStart; i < first; i++) text += String.fromCharCode(bytes[i]!);
  const { sizes, keptEpoch, ...head } = JSON.parse(text) as Omit<Checkpoint, "history"> & {
    // by its checksum it is what was written
    readonly keptEpoch: number;
    readonly sizes: { readonly epochs: number; readonly parameters: number; readonly state: number };
  };
  checkFacts("network", head.network, network);
  let at = first;
  const take = (): number => {
    at += 8;
    return view.getFloat64(at - 8, true);
  };
  const takeAll = (length: number): Float64Array => new Float64Array(length).map(take);
  const [total, firstLoss, keptLoss] = [take(), take(), take()];
  const history = Array.from({ length: sizes.epochs }, () => {
    const [epoch, step, loss, validationLoss] = [take(), take(), take(), take()];
    return { epoch, step, loss, validationLoss: Number.isNaN(validationLoss) ? undefined : validationLoss };
  });
  const [parameters, state] = [takeAll(sizes.parameters), takeAll(sizes.state)];
  const kept = {
    epoch: keptEpoch,
    loss: keptLoss,
    parameters: takeAll(sizes.parameters),
    state: takeAll(sizes.state),
  };
  return {
    ...head,
    total,
    firstLoss: Number.isNaN(firstLoss) ? undefined : firstLoss,
    history,
    parameters,
    state,
    kept,
  };
}

function checksum(view: DataView): number {
  return hashWords((view.byteLength - 12) >> 2, (i) => view.getInt32(12 + 4 * i, true), 0);
}

/** Of all samples, so that a run does not go on with others. */
function fingerprint(columns: readonly Column[]): number {
  let hash = 0;
  for (const { values, validation } of columns) {
    for (const { buffer, byteOffset, byteLength } of validation === undefined
      ? [values]
      : [values, validation]) {
      const words = new Int32Array(buffer, byteOffset, byteLength >> 2);
      hash = hashWords(words.length, (i) => words[i]!, hash);
    }
  }
  return hash;
}

/** MurmurHash3 of A. Appleby, the 32-bit one, of `count` words: a change of any one word changes it. */
function hashWords(count: number, wordAt: (index: number) => number, seed: number): number {
  let hash = seed;
  for (let i = 0; i < count; i++) {
    const mixed = Math.imul(wordAt(i), 0xcc9e2d51);
    hash ^= Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  hash ^= 4 * count;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

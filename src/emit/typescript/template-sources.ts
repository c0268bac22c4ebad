// Written by scripts/embed-templates.ts from templates/: change those, and run it again.

/** A declaration of a template, without `export`, and the other declarations that its text mentions. */
export interface TemplatePart {
  readonly needs: readonly string[];
  readonly text: string;
}

export const templateSources: Readonly<Record<string, TemplatePart>> = {
  Facts: {
    needs: [],
    text: `/** What tells a network, or a run, from others, by what it is called. */
type Facts = Readonly<Record<string, string | number | boolean>>;`,
  },
  KeptParameters: {
    needs: [],
    text: `/** Parameters after an epoch's end, with the loss that was watched there and the optimizer's state. */
interface KeptParameters {
  readonly epoch: number;
  readonly loss: number;
  readonly parameters: Float64Array;
  readonly state: Float64Array;
}`,
  },
  Checkpoint: {
    needs: ["Facts", "KeptParameters", "TrainProgress"],
    text: `/** All that a run has come to. What goes on from it ends as if there had been no break. */
interface Checkpoint {
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
  /** The best of any epoch's end, with \`patience\`; else the last epoch's end. */
  readonly kept: KeptParameters;
}`,
  },
  identifyRun: {
    needs: ["Column", "Facts", "Rows", "TrainOptions", "fingerprint"],
    text: `/** What must be as it was for a run to go on as if there had been no break. */
function identifyRun(
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
}`,
  },
  checkFacts: {
    needs: ["Facts", "factText", "wrongCheckpoint"],
    text: `/** @throws {Error} unless the facts are the same; says which are not. */
function checkFacts(kind: string, found: Facts, expected: Facts): void {
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  const different = [...names].filter((name) => found[name] !== expected[name]);
  if (different.length === 0) return;
  const list = different.map((name) => \`\${name} \${factText(found[name])}, here \${factText(expected[name])}\`);
  throw wrongCheckpoint("foreign", \`this is a checkpoint of another \${kind}: \${list.join("; ")}\`);
}`,
  },
  wrongCheckpoint: {
    needs: [],
    text: `/** What is thrown at a checkpoint that is of no use here; its name tells it from other errors. */
function wrongCheckpoint(kind: "damaged" | "foreign", message: string): Error {
  return Object.assign(new Error(message), { name: "CheckpointError", kind });
}`,
  },
  factText: {
    needs: [],
    text: `function factText(fact: string | number | boolean | undefined): string {
  return fact === undefined ? "unknown" : String(fact);
}`,
  },
  checkpointMark: {
    needs: [],
    text: `/** \`nabla-ck\`, by which a checkpoint begins. */
const checkpointMark = [0x6e, 0x61, 0x62, 0x6c, 0x61, 0x2d, 0x63, 0x6b] as const;`,
  },
  textStart: {
    needs: [],
    text: `/** Where the text begins: after the mark, the checksum of all that follows it, and the text's length. */
const textStart = 16;`,
  },
  realsOf: {
    needs: ["Checkpoint"],
    text: `/** The numbers of a checkpoint that are not whole, in the order of the file. */
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
}`,
  },
  checkpointToBytes: {
    needs: ["Checkpoint", "checkpointMark", "checksum", "realsOf", "textStart"],
    text: `/**
 * A mark, a checksum, and the length of a text in ASCII; the text, which is JSON and padded with spaces to 8 bytes; then reals
 * of 8 bytes, to the last bit. All low byte first.
 */
function checkpointToBytes(checkpoint: Checkpoint): Uint8Array {
  const { network, run, firstEpoch, epoch, position, steps, history, parameters, state, kept } = checkpoint;
  const head = { network, run, firstEpoch, epoch, position, steps, keptEpoch: kept.epoch };
  const sizes = { epochs: history.length, parameters: parameters.length, state: state.length };
  const escaped = (letter: string): string => \`\\\\u\${letter.charCodeAt(0).toString(16).padStart(4, "0")}\`;
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
}`,
  },
  checkpointFromBytes: {
    needs: [
      "Checkpoint",
      "Facts",
      "checkFacts",
      "checkpointMark",
      "checksum",
      "textStart",
      "wrongCheckpoint",
    ],
    text: `/**
 * The checkpoint that \`checkpointToBytes\` wrote.
 *
 * @throws {Error} if the bytes are no checkpoint, cut short, changed, or of another network.
 */
function checkpointFromBytes(bytes: Uint8Array, network: Facts): Checkpoint {
  if (checkpointMark.some((byte, i) => bytes[i] !== byte))
    throw wrongCheckpoint("damaged", "this is no checkpoint: it does not begin as one");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const textLength = bytes.length < textStart ? Infinity : view.getUint32(12, true);
  const first = textStart + textLength;
  if (first > bytes.length)
    throw wrongCheckpoint("damaged", \`this checkpoint is cut short: it has \${bytes.length} bytes\`);
  if (bytes.length % 8 !== 0 || view.getUint32(8, true) !== checksum(view)) {
    throw wrongCheckpoint(
      "damaged",
      \`this checkpoint is cut short or damaged: its \${bytes.length} bytes do not have its checksum\`,
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
}`,
  },
  checksum: {
    needs: ["hashWords"],
    text: `function checksum(view: DataView): number {
  return hashWords((view.byteLength - 12) >> 2, (i) => view.getInt32(12 + 4 * i, true), 0);
}`,
  },
  fingerprint: {
    needs: ["Column", "hashWords"],
    text: `/** Of all samples, so that a run does not go on with others. */
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
}`,
  },
  hashWords: {
    needs: [],
    text: `/** MurmurHash3 of A. Appleby, the 32-bit one, of \`count\` words: a change of any one word changes it. */
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
}`,
  },
  wrongLength: {
    needs: [],
    text: `/** What is thrown at an array that has not exactly the \`expected\` number of elements. */
function wrongLength(name: string, found: number, expected: number): RangeError {
  return new RangeError(\`\${name} has \${found} elements; this network needs \${expected}\`);
}`,
  },
  wrongCount: {
    needs: [],
    text: `/** What is thrown at a \`count\` that is no number of samples. */
function wrongCount(count: number): RangeError {
  if (count >= 0x40000000)
    return new RangeError(\`\${count} samples at once: no more than 2^30 - 1 can be counted\`);
  return new RangeError(
    \`the number of samples must be a positive integer, not \${count}: are the arrays whole samples?\`,
  );
}`,
  },
  tooShort: {
    needs: [],
    text: `/** What is thrown at an array that does not hold \`count\` samples of \`width\` elements. */
function tooShort(name: string, found: number, count: number, width: number): RangeError {
  return new RangeError(\`\${name} has \${found} elements; \${count} samples of \${width} need \${count * width}\`);
}`,
  },
  tooMany: {
    needs: [],
    text: `/** What is thrown at more samples than scratch memory was laid out for. */
function tooMany(count: number, most: number): RangeError {
  return new RangeError(
    \`\${count} samples at once, but this module was generated for at most \${most}: \` +
      \`pass them in batches, or generate it with a larger batch size\`,
  );
}`,
  },
  checkSeed: {
    needs: [],
    text: `/** @throws {RangeError} unless the seed is a whole number: of NaN or a half, the bits that count are those of another seed. */
function checkSeed(seed: number): void {
  if (!Number.isInteger(seed)) throw new RangeError(\`seed must be a whole number, not \${seed}\`);
}`,
  },
  wrongLabel: {
    needs: [],
    text: `/** What is thrown at a label that is not from 0 to \`categories - 1\`. */
function wrongLabel(name: string, label: number, categories: number): RangeError {
  return new RangeError(\`\${name} is \${label}; it must be from 0 to \${categories - 1}\`);
}`,
  },
  checkLabels: {
    needs: ["wrongLabel"],
    text: `/** @throws {RangeError} unless the first \`length\` labels are integers from 0 to \`categories - 1\`. */
function checkLabels(name: string, labels: Int32Array, length: number, categories: number): void {
  for (let i = 0; i < length; i++) {
    const label = labels[i]!;
    if (!(label >= 0 && label < categories)) throw wrongLabel(\`\${name}[\${i}]\`, label, categories);
  }
}`,
  },
  Divergence: {
    needs: ["NotFinite"],
    text: `/** How training diverged. */
interface Divergence {
  /** The step, counted from the run's first as 1, whose loss was not finite or had exploded, or which made something infinite. */
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  /** What was first not finite; absent where the loss only exploded. */
  readonly first: NotFinite | undefined;
}`,
  },
  NotFinite: {
    needs: [],
    text: `/** The first value that was not finite: of a step, in the order loss, gradient, parameter. */
interface NotFinite {
  readonly what: "loss" | "gradient" | "parameter";
  /** Of a gradient or parameter: which element, counted from 1 as in the network file: \`h.weight[4, 3]\`. */
  readonly name: string | undefined;
  /** Of a loss: which sample of the data, counted from 0; absent where no sample alone has such a loss. */
  readonly sample: number | undefined;
  readonly value: number;
  /**
   * Whether it is so at the parameters of the result, too, those of the last sound epoch or of the start: then no step has
   * led there, but the data or where the network starts.
   */
  readonly isFromStart: boolean;
}`,
  },
  EpochStart: {
    needs: [],
    text: `/** Where an epoch began, or where a run was resumed in its middle. */
interface EpochStart {
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  readonly position: number;
  /** Taken before it. */
  readonly steps: number;
  readonly epoch: number;
  /** Those of the last sound epoch. */
  readonly sound: Float64Array;
}`,
  },
  findDivergence: {
    needs: ["Divergence", "EpochStart", "Trainee", "findInLoss", "findInUpdate", "isNotFinite", "takeBatch"],
    text: `/**
 * Takes the steps of an epoch again, to the one that made something infinite, and looks for it; a run itself looks at
 * losses alone. \`undefined\` if all is finite.
 */
function findDivergence(
  trainee: Trainee,
  rows: Int32Array,
  start: EpochStart,
): Divergence | undefined {
  const { columns, batchSize } = trainee;
  const [parameters, state] = [start.parameters.slice(), start.state.slice()];
  const before = parameters.slice();
  let step = start.steps;
  for (let from = start.position; from < rows.length; from += batchSize) {
    const count = takeBatch(columns, rows, from, batchSize);
    before.set(parameters);
    const loss = trainee.step(parameters, state, count);
    step++;
    const bad = parameters.findIndex(isNotFinite);
    if (Number.isFinite(loss) && bad < 0) continue;
    const at = { trainee, rows, from, count, before, start, number: state[0]! };
    const first = Number.isFinite(loss) ? findInUpdate(at, parameters, bad) : findInLoss(at, loss);
    return { step, epoch: start.epoch, loss, first };
  }
  return undefined;
}`,
  },
  isNotFinite: {
    needs: [],
    text: `function isNotFinite(value: number): boolean {
  return !Number.isFinite(value);
}`,
  },
  StepStart: {
    needs: ["EpochStart", "Trainee"],
    text: `/** A step, before it was taken. */
interface StepStart {
  readonly trainee: Trainee;
  readonly rows: Int32Array;
  readonly from: number;
  readonly count: number;
  readonly before: Float64Array;
  readonly start: EpochStart;
  /** As the state counts steps, which chooses random numbers. */
  readonly number: number;
}`,
  },
  findInLoss: {
    needs: ["NotFinite", "StepStart", "isNotFinite", "takeBatch"],
    text: `/** The first sample of the batch whose loss is not finite by itself. */
function findInLoss(
  { trainee, rows, from, count, before, start, number }: StepStart,
  loss: number,
): NotFinite {
  const { columns, gradient, parameters } = trainee;
  const scratch = new Float64Array(parameters.length);
  for (let n = 0; n < count; n++) {
    takeBatch(columns, rows, from + n, 1);
    const value = gradient(before, scratch, 1, number);
    if (Number.isFinite(value)) continue;
    const isFromStart = isNotFinite(gradient(start.sound, scratch, 1, number));
    return { what: "loss", name: undefined, sample: rows[from + n]!, value, isFromStart };
  }
  return { what: "loss", name: undefined, sample: undefined, value: loss, isFromStart: false };
}`,
  },
  findInUpdate: {
    needs: ["NotFinite", "StepStart", "elementName", "isNotFinite"],
    text: `/** The loss is finite: the first element of the gradient that is not, or, if they all are, of what the step made. */
function findInUpdate(
  { trainee, before, count, start, number }: StepStart,
  after: Float64Array,
  bad: number,
): NotFinite {
  const { gradient, layout } = trainee;
  const gradients = new Float64Array(after.length);
  gradient(before, gradients, count, number);
  const found = gradients.findIndex(isNotFinite);
  if (found < 0) {
    const name = elementName(layout, bad);
    return { what: "parameter", name, sample: undefined, value: after[bad]!, isFromStart: false };
  }
  const value = gradients[found]!;
  gradient(start.sound, gradients, count, number);
  const isFromStart = isNotFinite(gradients[found]!);
  return { what: "gradient", name: elementName(layout, found), sample: undefined, value, isFromStart };
}`,
  },
  elementName: {
    needs: ["Layout"],
    text: `/** \`b\`, \`h.weight[4, 3]\` */
function elementName(layout: Layout, index: number): string {
  for (const [name, { offset, length, shape }] of Object.entries(layout)) {
    if (index < offset || index >= offset + length) continue;
    let left = index - offset;
    const indices = shape.map(() => 0);
    for (let k = shape.length - 1; k >= 0; k--) {
      const extent = shape[k]!;
      indices[k] = (left % extent) + 1;
      left = Math.floor(left / extent);
    }
    return shape.length === 0 ? name : \`\${name}[\${indices.join(", ")}]\`;
  }
  return \`element \${index}\`;
}`,
  },
  scramble: {
    needs: [],
    text: `/**
 * Two multiplications and three shifts, after which each bit of the result depends on each bit of \`x\`: lowbias32 of Wellons,
 * "Prospecting for hash functions" (2018). One-to-one on 32 bits.
 */
function scramble(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}`,
  },
  randomKey: {
    needs: ["scramble"],
    text: `/** What the numbers of one stream in one step begin with. All three are integers of which the low 32 bits count. */
function randomKey(seed: number, step: number, stream: number): number {
  return scramble(scramble(scramble((seed | 0) + 0x9e3779b9) + step) + stream);
}`,
  },
  randomAt: {
    needs: ["scramble"],
    text: `/** A number from 0 (inclusive) to 1 (exclusive), of 32 random bits. */
function randomAt(key: number, index: number): number {
  return (scramble(scramble(index ^ key) + Math.imul(key, 0x85ebca6b)) >>> 0) / 0x100000000;
}`,
  },
  powersOfTwo: {
    needs: ["tabulatePowersOfTwo"],
    text: `/** 2^k at k + 1022, for |k| ≤ 1022. */
const powersOfTwo = /* @__PURE__ */ tabulatePowersOfTwo();`,
  },
  tabulatePowersOfTwo: {
    needs: [],
    text: `/** By products, which are exact; \`**\` need not be. */
function tabulatePowersOfTwo(): readonly number[] {
  const powers = [2.2250738585072014e-308];
  for (let k = 1; k < 2045; k++) powers.push(powers[k - 1]! * 2);
  return powers;
}`,
  },
  rootsOfTwo: {
    needs: [],
    text: `/** 2^(j/64) at j, rounded to nearest. */
const rootsOfTwo: readonly number[] = [
  1, 1.0108892860517005, 1.0218971486541166, 1.0330248790212284, 1.0442737824274138, 1.0556451783605572,
  1.0671404006768237, 1.0787607977571199, 1.0905077326652577, 1.102382583307841, 1.1143867425958924,
  1.1265216186082418, 1.1387886347566916, 1.1511892299529827, 1.1637248587775775, 1.1763969916502812,
  1.189207115002721, 1.202156731452703, 1.215247359980469, 1.22848053610687, 1.241857812073484,
  1.255380757024691, 1.2690509571917332, 1.2828700160787783, 1.2968395546510096, 1.3109612115247644,
  1.3252366431597413, 1.339667524053303, 1.3542555469368927, 1.3690024229745905, 1.383909881963832,
  1.3989796725383112, 1.4142135623730951, 1.42961333839197, 1.4451808069770467, 1.460917794180647,
  1.4768261459394993, 1.4929077282912648, 1.5091644275934228, 1.5255981507445384, 1.5422108254079407,
  1.559004400237837, 1.5759808451078865, 1.593142151342267, 1.6104903319492543, 1.6280274218573478,
  1.645755478153965, 1.6636765803267364, 1.681792830507429, 1.7001063537185235, 1.718619298122478,
  1.7373338352737062, 1.7562521603732995, 1.7753764925265212, 1.7947090750031072, 1.8142521755003989,
  1.8340080864093424, 1.8539791250833855, 1.8741676341103, 1.8945759815869656, 1.9152065613971474,
  1.9360617934922943, 1.9571441241754002, 1.978456026387951,
];`,
  },
  tanhSteps: {
    needs: ["tabulateTanhSteps"],
    text: `/** tanh(k ln 2 / 2) at k + 58, for |k| ≤ 58. */
const tanhSteps = /* @__PURE__ */ tabulateTanhSteps();`,
  },
  tabulateTanhSteps: {
    needs: ["powersOfTwo"],
    text: `/** tanh(k ln 2 / 2) = −(1 − 2^k)/(1 + 2^k); as −0 at k = 0, because −0 + x is x for both zeros. */
function tabulateTanhSteps(): readonly number[] {
  const steps: number[] = [];
  for (let k = -58; k <= 58; k++) {
    const power = powersOfTwo[k + 1022]!;
    steps.push(-((1 - power) / (1 + power)));
  }
  return steps;
}`,
  },
  exp: {
    needs: ["farExp", "powersOfTwo", "rootsOfTwo"],
    text: `/** e^x, to within 1.02 units in the last place; 2 beyond ±700. */
function exp(x: number): number {
  if (!(x > -700 && x < 700)) return farExp(x);
  const n = x * 92.33248261689366 + 6755399441055744 - 6755399441055744; // the nearest whole number to 64x / ln 2
  const r = x - n * 0.01083042469326756 - n * 2.981585826985293e-12;
  const s = r * r;
  const low = 0.4999999999994855 + r * 0.16666666666666666;
  const high = 0.041666723373163794 + r * 0.008333333333333333;
  const p = r + s * (low + s * high);
  const power = powersOfTwo[(n >> 6) + 1022]! * rootsOfTwo[n & 63]!;
  return power + power * p;
}`,
  },
  farExp: {
    needs: ["exp", "powersOfTwo"],
    text: `/** e^x where parts of it might overflow or be subnormal: 2^±512 e^(x ∓ 512 ln 2). */
function farExp(x: number): number {
  if (!(x > -746 && x < 710)) return x > 0 ? Infinity : x < 0 ? 0 : x; // NaN stays NaN
  const n = x > 0 ? 512 : -512;
  const e = exp(x - n * 0.6931471803691238); // an exact difference
  const rest = n * 1.9082149292705877e-10;
  return (e - e * (rest - (rest * rest) / 2)) * powersOfTwo[n + 1022]!;
}`,
  },
  tanh: {
    needs: ["tanhSteps"],
    text: `/** tanh x, to within 2.5 units in the last place. */
function tanh(x: number): number {
  if (!(x > -20 && x < 20)) return Math.sign(x); // NaN stays NaN
  const n = x * 2.8853900817779268 + 6755399441055744 - 6755399441055744; // the nearest whole number to 2x / ln 2
  const r = x + x - n * 0.6931471803691238 - n * 1.9082149292705877e-10;
  const t = r * r;
  const p = r + r * t * (0.027774755626540918 + t * 6.608723490498889e-5);
  const q = t * (0.2222161779197444 + t * 0.001983522630061502);
  const step = tanhSteps[(n | 0) + 58]!;
  // tanh(u + v) = tanh u + (1 − tanh² u) tanh v/(1 + tanh u tanh v) with tanh v = p/(2 + q)
  return step + ((1 - step * step) * p) / (2 + (q + step * p));
}`,
  },
  erf: {
    needs: [],
    text: `/**
 * erf x = 2/√π ∫₀ˣ e^(−s²) ds, to within 1.5 units in the last place. Below 1 a polynomial in x² for erf x / x; from
 * there to 6, where erf rounds to 1, 1 − e^(−x²) Q(u) with Q(u) = e^(x²) erfc x and u a Möbius map of [1, 6] to [−1, 1].
 * Both interpolate at Chebyshev nodes, computed with 60 digits, to under 10⁻¹⁷.
 */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 1) {
    const z = x * x;
    let p = -7.795898827002142e-10;
    p = p * z + 1.3720064546777686e-8;
    p = p * z - 1.6208483801871705e-7;
    p = p * z + 1.6447424703317362e-6;
    p = p * z - 1.492473690741966e-5;
    p = p * z + 0.00012055294904839707;
    p = p * z - 0.0008548325975389692;
    p = p * z + 0.0052239776071164225;
    p = p * z - 0.02686617064323777;
    p = p * z + 0.11283791670945006;
    p = p * z - 0.37612638903183543;
    p = p * z + 0.12837916709551256;
    return x + x * p;
  }
  if (!(a < 6)) return Math.sign(x); // NaN stays NaN
  const u = (72 / (a + 3) - 13) / 5;
  let q = 6.0857915906870915e-12;
  q = q * u - 6.047405945991704e-12;
  q = q * u - 2.571511429603255e-10;
  q = q * u + 2.6381508985080735e-10;
  q = q * u + 1.1339538061744706e-8;
  q = q * u + 4.526700764248741e-9;
  q = q * u - 5.541274478467714e-7;
  q = q * u - 2.4255574719050315e-6;
  q = q * u + 1.9563583246137112e-5;
  q = q * u + 0.0003316029605764125;
  q = q * u + 0.002479314697078186;
  q = q * u + 0.012713147695692198;
  q = q * u + 0.04969844540339464;
  q = q * u + 0.15436117429436919;
  q = q * u + 0.20798329133342885;
  const result = 1 - Math.exp(-a * a) * q;
  return x < 0 ? -result : result;
}`,
  },
  GradientWatch: {
    needs: ["GradientReport"],
    text: `/** Collects the gradients of steps. */
interface GradientWatch {
  /** What \`onGradient\` of \`TrainOptions\` is to be. */
  readonly add: (gradient: Float64Array, parameters: Float64Array) => void;
  /** What the gradients since the last report were like, as after each epoch. */
  readonly report: () => GradientReport;
}`,
  },
  GradientReport: {
    needs: ["GradientNorms", "GradientWarning"],
    text: `interface GradientReport {
  readonly steps: number;
  readonly parameters: readonly GradientNorms[];
  /** What is amiss; see \`GradientWarning\`. */
  readonly warnings: readonly GradientWarning[];
}`,
  },
  GradientNorms: {
    needs: [],
    text: `/** The gradient of one parameter, over the steps of a report. */
interface GradientNorms {
  readonly name: string;
  /** Root of the mean of its squared Euclidean norm. */
  readonly norm: number;
  /**
   * That norm, relative to the parameter's own: the part of itself by which a step at the rate 1 changes it. An element
   * counts as 0.01 at least on average, so that a bias that starts at zero does not look as if it exploded.
   */
  readonly relative: number;
  /** Indices along the first dimension, counted from 1, of which no step's gradient was other than zero. */
  readonly deadRows: readonly number[];
}`,
  },
  GradientWarning: {
    needs: [],
    text: `/**
 * - \`exploding\`: a relative norm above 100, or one that is not finite: at a rate of 0.01, usual for gradient descent, a step is
 *   larger than the parameter.
 * - \`vanishing\`: a relative norm below 1e-5 of the largest in the network: what a sigmoid does, whose derivative is at most
 *   1/4, eight times over. That all of them are small is no cause for a warning: so they are where a loss is least.
 * - \`dead\`: units of a relu that are off for every sample get no gradient and will not come on again; nor do rows of a table
 *   that no sample looks up.
 */
interface GradientWarning {
  readonly kind: "exploding" | "vanishing" | "dead";
  readonly parameter: string;
  /** Of \`dead\`; counted from 1. */
  readonly rows: readonly number[];
  /** A sentence. */
  readonly message: string;
}`,
  },
  explodingNorm: { needs: [], text: `const explodingNorm = 100;` },
  vanishingPart: { needs: [], text: `const vanishingPart = 1e-5;` },
  leastElement: { needs: [], text: `const leastElement = 0.01;` },
  ParameterSums: {
    needs: [],
    text: `/** Sums over the steps since the last report. */
interface ParameterSums {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  readonly rows: number;
  squares: number;
  relativeSquares: number;
  /** By row: whether some element of some step was not zero. */
  readonly isAlive: Uint8Array;
}`,
  },
  newGradientWatch: {
    needs: ["GradientWatch", "Layout", "ParameterSums", "addStep", "normsOf", "warningsOf"],
    text: `/** Watches the gradients of the parameters that the layout describes; frozen ones have none. */
function newGradientWatch(layout: Layout, frozen: readonly string[] = []): GradientWatch {
  const trained = Object.entries(layout).filter(([name]) => !frozen.includes(name));
  const sums = trained.map(([name, { offset, length, shape }]): ParameterSums => {
    const rows = shape.length < 2 ? 1 : shape[0]!;
    return { name, offset, length, rows, squares: 0, relativeSquares: 0, isAlive: new Uint8Array(rows) };
  });
  let steps = 0;
  return {
    add: (gradient, parameters) => {
      steps++;
      for (const sum of sums) addStep(sum, gradient, parameters);
    },
    report: () => {
      const norms = sums.map((sum) => normsOf(sum, steps));
      const report = { steps, parameters: norms, warnings: steps === 0 ? [] : warningsOf(norms, sums) };
      for (const sum of sums) {
        sum.squares = sum.relativeSquares = 0;
        sum.isAlive.fill(0);
      }
      steps = 0;
      return report;
    },
  };
}`,
  },
  addStep: {
    needs: ["ParameterSums", "leastElement"],
    text: `function addStep(sum: ParameterSums, gradient: Float64Array, parameters: Float64Array): void {
  const { offset, length, rows, isAlive } = sum;
  const width = length / rows;
  let squares = 0;
  let size = 0;
  for (let row = 0, i = offset; row < rows; row++) {
    let alive = isAlive[row]!;
    for (const end = i + width; i < end; i++) {
      const [g, w] = [gradient[i]!, parameters[i]!];
      squares += g * g;
      size += w * w;
      if (g !== 0) alive = 1;
    }
    isAlive[row] = alive;
  }
  sum.squares += squares;
  sum.relativeSquares += squares / Math.max(size, length * leastElement * leastElement);
}`,
  },
  normsOf: {
    needs: ["GradientNorms", "ParameterSums"],
    text: `function normsOf({ name, squares, relativeSquares, isAlive }: ParameterSums, steps: number): GradientNorms {
  const deadRows = steps === 0 ? [] : Array.from(isAlive, (alive, row) => (alive === 0 ? row + 1 : 0));
  const count = Math.max(1, steps);
  return {
    name,
    norm: Math.sqrt(squares / count),
    relative: Math.sqrt(relativeSquares / count),
    deadRows: deadRows.filter((row) => row > 0),
  };
}`,
  },
  warningsOf: {
    needs: ["GradientNorms", "GradientWarning", "ParameterSums", "digits", "explodingNorm", "vanishingPart"],
    text: `function warningsOf(
  norms: readonly GradientNorms[],
  sums: readonly ParameterSums[],
): readonly GradientWarning[] {
  const largest = norms.reduce((most, { relative }) => (relative > most ? relative : most), 0);
  return norms.flatMap(({ name, norm, relative, deadRows }, index): GradientWarning[] => {
    const warning = (
      kind: GradientWarning["kind"],
      message: string,
      rows: readonly number[] = [],
    ): GradientWarning[] => [{ kind, parameter: name, rows, message: \`\${name}\${message}\` }];
    if (!(relative <= explodingNorm))
      return warning(
        "exploding",
        \`: the gradient explodes: its norm is \${digits(norm)}, \${digits(relative)} times the parameter's\`,
      );
    if (norm === 0) return warning("dead", ": the gradient is zero for every sample", deadRows);
    if (relative < vanishingPart * largest) {
      const part = \`\${digits(relative)} of the parameter's, where the largest in the network is \${digits(largest)}\`;
      return warning("vanishing", \`: the gradient vanishes: its norm is \${digits(norm)}, \${part}\`);
    }
    if (deadRows.length === 0 || sums[index]!.rows === 1) return [];
    const shown = deadRows.slice(0, 8).join(", ") + (deadRows.length > 8 ? ", …" : "");
    const which =
      deadRows.length === 1 ? \`row \${shown}\` : \`\${deadRows.length} rows of \${sums[index]!.rows} (\${shown})\`;
    return warning("dead", \`, \${which}: the gradient is zero for every sample\`, deadRows);
  });
}`,
  },
  digits: {
    needs: [],
    text: `/** Three significant digits. */
function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}`,
  },
  fillUniform: {
    needs: ["uniformAt"],
    text: `/** Fills with numbers spread evenly from \`low\` to \`high\`. */
function fillUniform(
  values: Float64Array,
  seed: number,
  stream: number,
  low: number,
  high: number,
): void {
  for (let i = 0; i < values.length; i++) values[i] = low + (high - low) * uniformAt(seed, stream, i);
}`,
  },
  fillNormal: {
    needs: ["uniformAt"],
    text: `/** Fills with normally distributed numbers, two from two uniform ones (Box and Muller 1958). */
function fillNormal(
  values: Float64Array,
  seed: number,
  stream: number,
  mean: number,
  standardDeviation: number,
): void {
  for (let i = 0; i < values.length; i += 2) {
    const radius = standardDeviation * Math.sqrt(-2 * Math.log(1 - uniformAt(seed, stream, i)));
    const angle = 2 * Math.PI * uniformAt(seed, stream, i + 1);
    values[i] = mean + radius * Math.cos(angle);
    if (i + 1 < values.length) values[i + 1] = mean + radius * Math.sin(angle);
  }
}`,
  },
  fillOrthogonal: {
    needs: ["fillNormal", "removeComponent", "scaleToUnit"],
    text: `/**
 * Fills with a random \`rows\` × \`columns\` matrix whose rows (or columns, if there are fewer of them) are orthogonal and
 * of length \`gain\` (Saxe, McClelland and Ganguli 2013): normal vectors, made orthonormal by Gram and Schmidt's method.
 */
function fillOrthogonal(
  values: Float64Array,
  seed: number,
  stream: number,
  rows: number,
  columns: number,
  gain: number,
): void {
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  const vectors = new Float64Array(count * length);
  fillNormal(vectors, seed, stream, 0, 1);
  for (let i = 0; i < count; i++) {
    const vector = vectors.subarray(i * length, (i + 1) * length);
    // The second time removes what rounding left of the first.
    for (let time = 0; time < 2; time++) {
      for (let j = 0; j < i; j++) removeComponent(vector, vectors.subarray(j * length, (j + 1) * length));
      scaleToUnit(vector);
    }
  }
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < length; j++) {
      const place = rows < columns ? i * columns + j : j * columns + i;
      values[place] = gain * vectors[i * length + j]!;
    }
  }
}`,
  },
  removeComponent: {
    needs: [],
    text: `/** vector ← vector − (vector · unit) unit */
function removeComponent(vector: Float64Array, unit: Float64Array): void {
  let product = 0;
  for (let i = 0; i < vector.length; i++) product += vector[i]! * unit[i]!;
  for (let i = 0; i < vector.length; i++) vector[i]! -= product * unit[i]!;
}`,
  },
  scaleToUnit: {
    needs: [],
    text: `/** vector ← vector / |vector| */
function scaleToUnit(vector: Float64Array): void {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i]! * vector[i]!;
  const length = Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i]! /= length;
}`,
  },
  WebAssemblyInterface: {
    needs: ["KernelInstance", "LinearMemory"],
    text: `/** What of \`WebAssembly\` is used. Not every configuration of TypeScript knows it; every engine does. */
interface WebAssemblyInterface {
  readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => LinearMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, surroundings: object) => KernelInstance;
  readonly instantiate: (
    bytes: Uint8Array,
    surroundings: object,
  ) => Promise<{ readonly instance: KernelInstance }>;
}`,
  },
  LinearMemory: {
    needs: [],
    text: `/** Memory of the kernel's; it never grows, so what looks at its buffer stays good. */
interface LinearMemory {
  readonly buffer: ArrayBuffer;
}`,
  },
  KernelInstance: {
    needs: [],
    text: `interface KernelInstance {
  readonly exports: object;
}`,
  },
  webAssembly: {
    needs: ["WebAssemblyInterface"],
    text: `function webAssembly(): WebAssemblyInterface {
  return (globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface }).WebAssembly; // see the interface
}`,
  },
  newMemory: {
    needs: ["LinearMemory", "webAssembly"],
    text: `/** Memory of so many pages of 64 KiB. */
function newMemory(pages: number): LinearMemory {
  return new (webAssembly().Memory)({ initial: pages, maximum: pages });
}`,
  },
  realsAt: {
    needs: ["LinearMemory"],
    text: `/** The reals at \`offset\`, in bytes. */
function realsAt(memory: LinearMemory, offset: number, length: number): Float64Array {
  return new Float64Array(memory.buffer, offset, length);
}`,
  },
  integersAt: {
    needs: ["LinearMemory"],
    text: `/** The integers at \`offset\`, in bytes. */
function integersAt(memory: LinearMemory, offset: number, length: number): Int32Array {
  return new Int32Array(memory.buffer, offset, length);
}`,
  },
  instantiateNow: {
    needs: ["LinearMemory", "decodeBase64", "webAssembly"],
    text: `/** The functions of a kernel, at once: it is compiled before this returns. */
function instantiateNow(text: string, memory: LinearMemory): object {
  const { Instance, Module } = webAssembly();
  return new Instance(new Module(decodeBase64(text)), { env: { memory } }).exports;
}`,
  },
  instantiateLater: {
    needs: ["LinearMemory", "decodeBase64", "webAssembly"],
    text: `/** The functions of a kernel, which is compiled while others go on. */
async function instantiateLater(text: string, memory: LinearMemory): Promise<object> {
  const { instance } = await webAssembly().instantiate(decodeBase64(text), { env: { memory } });
  return instance.exports;
}`,
  },
  Decoders: {
    needs: [],
    text: `/** What decodes base64: the first is Node's, and fast. */
interface Decoders {
  readonly Buffer?: { from(text: string, encoding: "base64"): Uint8Array };
  readonly atob: (text: string) => string;
}`,
  },
  decodeBase64: {
    needs: ["Decoders"],
    text: `/** The bytes that a text in base64, of any number of lines, stands for. */
function decodeBase64(text: string): Uint8Array {
  const decoders = globalThis as unknown as Decoders; // engines have one or both
  if (decoders.Buffer !== undefined) return decoders.Buffer.from(text, "base64");
  const characters = decoders.atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}`,
  },
  fewElements: {
    needs: [],
    text: `/** Below so many elements, a loop copies faster than a call of \`set\`. */
const fewElements = 14;`,
  },
  copyReals: {
    needs: ["fewElements"],
    text: `/** Copies \`count\` reals, from one place in an array to another place in another. */
function copyReals(
  from: Float64Array,
  fromStart: number,
  to: Float64Array,
  toStart: number,
  count: number,
): void {
  if (count <= fewElements) for (let i = 0; i < count; i++) to[toStart + i] = from[fromStart + i]!;
  else if (from.length === count) to.set(from, toStart);
  else to.set(from.subarray(fromStart, fromStart + count), toStart);
}`,
  },
  copyIntegers: {
    needs: ["fewElements"],
    text: `/** The same of integers. An engine compiles each for one kind of array. */
function copyIntegers(
  from: Int32Array,
  fromStart: number,
  to: Int32Array,
  toStart: number,
  count: number,
): void {
  if (count <= fewElements) for (let i = 0; i < count; i++) to[toStart + i] = from[fromStart + i]!;
  else if (from.length === count) to.set(from, toStart);
  else to.set(from.subarray(fromStart, fromStart + count), toStart);
}`,
  },
  KernelPlace: {
    needs: ["LinearMemory"],
    text: `/** Where training takes place. */
interface KernelPlace {
  readonly memory: LinearMemory;
  /** Of the memory's beginning: all that callers of the kernel see. */
  readonly bytes: number;
  readonly parameters: Float64Array;
  readonly state: Float64Array;
}`,
  },
  trainInPlace: {
    needs: [
      "KernelPlace",
      "TrainOptions",
      "TrainResult",
      "Trainee",
      "checkPlace",
      "outsideMemory",
      "runTraining",
    ],
    text: `/**
 * Trains in the kernel's memory, so that no step copies parameters or a batch. What lay there before is there again when training
 * ends. A callback may call any function of the module: what that leaves in the memory does not stay.
 */
function trainInPlace(place: KernelPlace, trainee: Trainee, options: TrainOptions): TrainResult {
  const visible = new Uint8Array(place.memory.buffer, 0, place.bytes);
  const before = visible.slice();
  const during = visible.slice();
  const guard = <Arguments extends readonly unknown[]>(
    callback: ((...given: Arguments) => void) | undefined,
  ): ((...given: Arguments) => void) | undefined =>
    callback &&
    ((...given) => {
      during.set(visible);
      try {
        callback(...given);
      } finally {
        visible.set(during);
      }
    });
  const guarded = {
    ...options,
    onEpoch: guard(options.onEpoch),
    onCheckpoint: guard(options.onCheckpoint),
    onGradient: guard(options.onGradient),
  };
  checkPlace("parameters", trainee.parameters, place.parameters);
  checkPlace("state", trainee.state, place.state);
  const columns = trainee.columns.map((column) => outsideMemory(column, place.memory));
  const { parameters, state } = place;
  parameters.set(trainee.parameters);
  state.set(trainee.state);
  try {
    const result = runTraining({ ...trainee, columns, parameters, state }, guarded);
    return { ...result, parameters: result.parameters.slice(), state: result.state.slice() };
  } finally {
    visible.set(before);
  }
}`,
  },
  outsideMemory: {
    needs: ["Column", "LinearMemory"],
    text: `/** Data that the caller has put into the kernel's memory are copied: batches will lie there. */
function outsideMemory(column: Column, { buffer }: LinearMemory): Column {
  const { values, validation } = column;
  return {
    ...column,
    values: values.buffer === buffer ? values.slice() : values,
    validation: validation?.buffer === buffer ? validation.slice() : validation,
  };
}`,
  },
  checkPlace: {
    needs: ["wrongLength"],
    text: `function checkPlace(name: string, { length }: Float64Array, place: Float64Array): void {
  if (length !== place.length) throw wrongLength(name, length, place.length);
}`,
  },
  uniformAt: {
    needs: [],
    text: `/**
 * A number from 0 (inclusive) to 1 (exclusive), of 53 random bits: Philox2x32-10 of Salmon, Moraes, Dror and Shaw,
 * "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), with the seed as its key and (index, stream) as its counter.
 * All three are integers of which the low 32 bits count.
 */
function uniformAt(seed: number, stream: number, index: number): number {
  let key = seed | 0;
  let left = index | 0;
  let right = stream | 0;
  for (let round = 0; round < 10; round++) {
    // high:low = 0xd256d193 · left, by halves of 16 bits
    const leftHigh = left >>> 16;
    const leftLow = left & 0xffff;
    const middle = leftLow * 0xd256 + ((leftLow * 0xd193) >>> 16);
    const other = leftHigh * 0xd193 + (middle & 0xffff);
    const high = leftHigh * 0xd256 + (middle >>> 16) + (other >>> 16);
    left = high ^ key ^ right;
    right = (other << 16) | ((leftLow * 0xd193) & 0xffff);
    key = (key + 0x9e3779b9) | 0;
  }
  return ((left >>> 5) * 0x4000000 + (right >>> 6)) / 0x20000000000000;
}`,
  },
  shuffle: {
    needs: ["uniformAt"],
    text: `/** Puts \`order\` in random order: Fisher and Yates's shuffle. */
function shuffle(order: Int32Array, seed: number, stream: number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(uniformAt(seed, stream, i) * (i + 1));
    const moved = order[i]!;
    order[i] = order[j]!;
    order[j] = moved;
  }
}`,
  },
  Column: {
    needs: [],
    text: `/** One input or target: all its samples, and the array that steps read a batch from. */
interface Column {
  readonly name: string;
  /** Elements of a sample. */
  readonly width: number;
  readonly values: Float64Array | Int32Array;
  readonly validation: Float64Array | Int32Array | undefined;
  readonly batch: Float64Array | Int32Array;
}`,
  },
  Rows: {
    needs: [],
    text: `/** Which samples to train on and which to measure on: row numbers, in the order in which they are taken. */
interface Rows {
  readonly training: Int32Array;
  readonly validation: Int32Array;
}`,
  },
  splitStream: {
    needs: [],
    text: `/** Of the random numbers that choose what to hold out; those of smaller streams belong to the initial parameters. */
const splitStream = 0x40000000;`,
  },
  chooseRows: {
    needs: ["Column", "Rows", "TrainOptions", "countSamples", "shuffle", "splitStream"],
    text: `/** @throws {RangeError} if the data, or what to hold out of them, make no sense. */
function chooseRows(columns: readonly Column[], options: TrainOptions, seed: number): Rows {
  const { validation, validationSplit = 0 } = options;
  const samples = countSamples(columns, (column) => column.values, "");
  const rows = Int32Array.from({ length: samples }, (_, row) => row);
  if (validation !== undefined) {
    if (validationSplit !== 0) throw new RangeError("give validation or validationSplit, not both");
    const count = countSamples(columns, (column) => column.validation ?? column.values, "validation ");
    return { training: rows, validation: Int32Array.from({ length: count }, (_, row) => row) };
  }
  if (!(validationSplit >= 0 && validationSplit < 1)) {
    throw new RangeError(\`validationSplit must be at least 0 and less than 1, not \${validationSplit}\`);
  }
  const held = validationSplit === 0 ? 0 : Math.max(1, Math.round(samples * validationSplit));
  if (held === samples)
    throw new RangeError(\`validationSplit \${validationSplit} leaves none of \${samples} samples\`);
  if (held > 0) shuffle(rows, seed, splitStream);
  const training = rows.slice(0, samples - held);
  return {
    training: options.shuffle === false ? training.sort() : training,
    validation: rows.slice(samples - held),
  };
}`,
  },
  countSamples: {
    needs: ["Column"],
    text: `/** How many samples the columns hold: as many in each, and finite numbers only. */
function countSamples(
  columns: readonly Column[],
  valuesOf: (column: Column) => Float64Array | Int32Array,
  kind: string,
): number {
  let samples: number | undefined;
  for (const column of columns) {
    const values = valuesOf(column);
    const count = values.length / column.width;
    if (count === 0 || !Number.isInteger(count)) {
      throw new RangeError(
        \`\${kind}\${column.name} has \${values.length} elements: not a positive number of samples of \${column.width}\`,
      );
    }
    if (samples !== undefined && count !== samples) {
      throw new RangeError(
        \`\${kind}\${column.name} has \${count} samples, \${columns[0]?.name ?? ""} has \${samples}\`,
      );
    }
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new RangeError(\`\${kind}\${column.name}[\${bad}] is \${values[bad]!}: data must be finite numbers\`);
    samples = count;
  }
  return samples ?? 1;
}`,
  },
  takeBatch: {
    needs: ["Column", "gather"],
    text: `/** Copies the samples of the row numbers \`rows[from …]\`, \`most\` of them or what is left, to the columns' batches; tells how many. */
function takeBatch(columns: readonly Column[], rows: Int32Array, from: number, most: number): number {
  const count = Math.min(most, rows.length - from);
  for (const column of columns) gather(column.values, column, rows, from, count);
  return count;
}`,
  },
  takeValidation: {
    needs: ["Column", "gather"],
    text: `/** The same of the validation samples. */
function takeValidation(
  columns: readonly Column[],
  rows: Int32Array,
  from: number,
  most: number,
): number {
  const count = Math.min(most, rows.length - from);
  for (const column of columns) gather(column.validation ?? column.values, column, rows, from, count);
  return count;
}`,
  },
  gather: {
    needs: ["Column"],
    text: `function gather(
  values: Float64Array | Int32Array,
  { batch, width }: Column,
  rows: Int32Array,
  from: number,
  count: number,
): void {
  for (let n = 0; n < count; n++) {
    const start = rows[from + n]! * width;
    for (let i = 0; i < width; i++) batch[n * width + i] = values[start + i]!;
  }
}`,
  },
  chooseBatchSize: {
    needs: ["checkWhole", "tooMany"],
    text: `/**
 * The number of samples of a step: what was asked for, but no more than there are, so that batches take no more memory
 * than the data.
 *
 * @throws {RangeError} if that is no number of samples, or more than fit in scratch memory.
 */
function chooseBatchSize(wanted: number, most: number, samples: number): number {
  checkWhole("batchSize", wanted, 1);
  if (wanted >= 0x40000000) {
    throw new RangeError(
      \`batchSize must be less than 2^30, not \${wanted}: for one step an epoch, give the number of samples\`,
    );
  }
  if (wanted > most) throw tooMany(wanted, most);
  return Math.min(wanted, Math.max(1, Math.ceil(samples)));
}`,
  },
  checkWhole: {
    needs: [],
    text: `function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(\`\${name} must be a whole number of at least \${least}, not \${value}\`);
  }
}`,
  },
  Layout: {
    needs: [],
    text: `/** Where each parameter lies in the flat array. */
interface Layout {
  readonly [name: string]: {
    readonly offset: number;
    readonly length: number;
    readonly shape: readonly number[];
  };
}`,
  },
  parametersToJson: {
    needs: ["Layout"],
    text: `/**
 * Parameters as JSON, in which every number reads back to the same bits (−0 too).
 *
 * @throws {RangeError} if one of them is not finite.
 */
function parametersToJson(network: string, layout: Layout, parameters: Float64Array): string {
  const entries = Object.entries(layout).map(([name, { offset, length, shape }]) => {
    const values = Array.from(parameters.subarray(offset, offset + length), (value, i) => {
      if (!Number.isFinite(value)) {
        throw new RangeError(
          \`\${name}[\${i}] is \${value}: such parameters are of no use, so they are not saved\`,
        );
      }
      return Object.is(value, -0) ? "-0" : String(value);
    });
    return \`    {"name": \${JSON.stringify(name)}, "shape": \${JSON.stringify(shape)}, "values": [\${values.join(", ")}]}\`;
  });
  const head = \`  "format": "nabla-parameters-1",\\n  "network": \${JSON.stringify(network)},\`;
  return \`{\\n\${head}\\n  "parameters": [\\n\${entries.join(",\\n")}\\n  ]\\n}\\n\`;
}`,
  },
  parametersFromJson: {
    needs: ["Layout", "parseSaved", "savedValues"],
    text: `/**
 * The parameters that \`parametersToJson\` wrote.
 *
 * @throws {Error} if the text is not such JSON, or of another network.
 */
function parametersFromJson(network: string, layout: Layout, text: string): Float64Array {
  const saved = parseSaved(text);
  if (saved["network"] !== network) {
    throw new Error(
      \`these are parameters of the network \${JSON.stringify(saved["network"])}, not of \${JSON.stringify(network)}; \` +
        \`if the network was only renamed, change the name in the file\`,
    );
  }
  const entries: readonly unknown[] = Array.isArray(saved["parameters"]) ? saved["parameters"] : [];
  const names = Object.keys(layout);
  if (entries.length !== names.length) {
    throw new Error(
      \`the file holds \${entries.length} parameters, the network has \${names.length}: \${names.join(", ")}\`,
    );
  }
  const last = Object.values(layout).reduce((end, { offset, length }) => Math.max(end, offset + length), 0);
  const parameters = new Float64Array(last);
  Object.entries(layout).forEach(([name, slot], i) => {
    parameters.set(savedValues(entries[i], name, slot.shape, slot.length), slot.offset);
  });
  return parameters;
}`,
  },
  parseSaved: {
    needs: ["isRecord"],
    text: `function parseSaved(text: string): Record<string, unknown> {
  let saved: unknown;
  try {
    saved = JSON.parse(text);
  } catch (error) {
    throw new Error("this is not a file of saved parameters, or it is cut short: it does not parse as JSON", {
      cause: error,
    });
  }
  if (!isRecord(saved) || saved["format"] !== "nabla-parameters-1") {
    throw new Error('this is not a file of saved parameters: its "format" is not "nabla-parameters-1"');
  }
  return saved;
}`,
  },
  savedValues: {
    needs: ["isRecord"],
    text: `/** The checked values of one parameter. */
function savedValues(
  entry: unknown,
  name: string,
  shape: readonly number[],
  length: number,
): readonly number[] {
  if (!isRecord(entry) || entry["name"] !== name || String(entry["shape"]) !== String(shape)) {
    const found = isRecord(entry)
      ? \`\${String(entry["name"])} of shape [\${String(entry["shape"])}]\`
      : String(entry);
    throw new Error(\`the file has \${found} where the network has \${name} of shape [\${shape.join(",")}]\`);
  }
  const values: unknown = entry["values"];
  if (!Array.isArray(values) || values.length !== length) {
    const found = Array.isArray(values) ? values.length : "no";
    throw new Error(\`\${name} has \${found} values in the file; it needs \${length}\`);
  }
  return values.map((value: unknown, i) => {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new Error(\`\${name}[\${i}] is \${JSON.stringify(value)} in the file; it must be a finite number\`);
  });
}`,
  },
  isRecord: {
    needs: [],
    text: `function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}`,
  },
  TrainOptions: {
    needs: ["Checkpoint", "TrainProgress"],
    text: `/** How to train. */
interface TrainOptions {
  /** How often to go through the data, in this call. */
  readonly epochs?: number | undefined;
  /** Samples of a step, fewer than 2^30; the last step of an epoch takes what is left. */
  readonly batchSize?: number | undefined;
  /**
   * Of the initial parameters, the random numbers that the network draws, the order of the samples and the choice of the
   * validation samples: a whole number, of which the low 32 bits count; 0 by default.
   */
  readonly seed?: number | undefined;
  /** Whether each epoch takes the samples in a random order of its own, which \`seed\` and its number make; by default so. */
  readonly shuffle?: boolean | undefined;
  /** Data to measure on after each epoch, not to train on. */
  readonly validation?: TrainData | undefined;
  /** Instead of \`validation\`: the part of the data, from 0 to 1, that is randomly held out for it: one sample at least. */
  readonly validationSplit?: number | undefined;
  /**
   * Stop when the loss (on the validation data, if there are any) has not fallen for this many epochs, and give back
   * the best parameters rather than the last.
   */
  readonly patience?: number | undefined;
  /** What counts as fallen for \`patience\`: by more than this, which is not negative; 0 by default. */
  readonly minimumImprovement?: number | undefined;
  /** Where to start, instead of \`initialParameters(seed)\`; copied. */
  readonly parameters?: Float64Array | undefined;
  /** The optimizer state to start with, instead of \`initialState()\`; copied. */
  readonly state?: Float64Array | undefined;
  /**
   * The number of the first epoch; 1 by default. To go on from a result, give its \`parameters\`, its \`state\` and its
   * \`epoch + 1\` here: with the same data, seed and batch size, 2 epochs and then 2 more are 4 epochs, bit for bit.
   * \`patience\` and the watch for divergence begin anew; where they are to go on, too, see \`resume\`.
   */
  readonly firstEpoch?: number | undefined;
  /** Called after each epoch. */
  readonly onEpoch?: ((progress: TrainProgress) => void) | undefined;
  /**
   * Called with a checkpoint after every \`checkpointEvery\` steps, by default after each epoch; and when training ends other
   * than by divergence. Nothing changes a checkpoint later. \`saveCheckpoint\` makes bytes of it.
   */
  readonly onCheckpoint?: ((checkpoint: Checkpoint) => void) | undefined;
  /** Steps from one checkpoint to the next. */
  readonly checkpointEvery?: number | undefined;
  /**
   * A checkpoint to go on from, in place of \`parameters\`, \`state\` and \`firstEpoch\`: the run ends with the bits that it
   * would have ended with without a break. Data and options must be as they were, but for \`epochs\`, which counts the epochs
   * before the checkpoint, too, and for how long \`patience\` is.
   */
  readonly resume?: Checkpoint | undefined;
  /**
   * Called before each step with the gradient that it takes, and the parameters at which: both are the run's own arrays, to
   * be read and not kept. It costs a backward pass more a step. See \`watchGradients\`.
   */
  readonly onGradient?: ((gradient: Float64Array, parameters: Float64Array) => void) | undefined;
  /**
   * An \`AbortSignal\`, or anything like it: looked at before each step. \`train\` returns only when it is done, and no timer
   * or click comes in between: what can set the signal while it runs is \`onEpoch\`. For others to, train an epoch to a call
   * (see \`firstEpoch\`) and await something between calls; or end the worker that trains.
   */
  readonly signal?: { readonly aborted: boolean } | undefined;
}`,
  },
  TrainProgress: {
    needs: [],
    text: `/** One epoch. */
interface TrainProgress {
  /** Counted from \`firstEpoch\`. */
  readonly epoch: number;
  /** Steps taken so far: in this call, and before the checkpoint that it goes on from. */
  readonly step: number;
  /** Mean of the losses of the epoch's steps, each measured before its update and weighted by its samples. */
  readonly loss: number;
  /** Loss on the validation data after the epoch, if there are any: the mean over its batches, weighted likewise. */
  readonly validationLoss: number | undefined;
}`,
  },
  TrainResult: {
    needs: ["Divergence", "TrainProgress"],
    text: `interface TrainResult {
  /**
   * The last parameters; the best of any epoch's end, if there was \`patience\`; if training diverged, those of the last
   * sound epoch.
   */
  readonly parameters: Float64Array;
  /** The optimizer's state that belongs to them. */
  readonly state: Float64Array;
  readonly history: readonly TrainProgress[];
  /** Steps taken, counted as in \`TrainProgress\`; \`state[0]\` counts those that are in the parameters, of earlier calls too. */
  readonly steps: number;
  /**
   * The last epoch that the parameters have behind them as a whole; \`firstEpoch - 1\`, so 0 by default, if none. Where
   * the signal stopped training in the middle of an epoch, and without \`patience\`, the steps of that epoch are in the
   * parameters as well.
   */
  readonly epoch: number;
  /** Why training ended: all epochs done, no progress for \`patience\` epochs, the signal, or divergence. */
  readonly stopped: "finished" | "patience" | "aborted" | "diverged";
  readonly divergence: Divergence | undefined;
}`,
  },
  Trainee: {
    needs: ["Column", "Facts", "Layout"],
    text: `/** A network as the training loop sees it: steps work on the columns' batches. */
interface Trainee {
  /** What tells this network from others. */
  readonly network: Facts;
  readonly layout: Layout;
  readonly columns: readonly Column[];
  readonly batchSize: number;
  readonly epochs: number;
  /** With what it starts; steps change both in place. */
  readonly parameters: Float64Array;
  readonly state: Float64Array;
  readonly step: (parameters: Float64Array, state: Float64Array, count: number) => number;
  readonly loss: (parameters: Float64Array, count: number) => number;
  /**
   * Of what \`step\` makes small; gives its value. \`step\`, as the state counts, chooses the random numbers of a network that draws
   * some.
   */
  readonly gradient: (
    parameters: Float64Array,
    gradients: Float64Array,
    count: number,
    step: number,
  ) => number;
}`,
  },
  explosion: {
    needs: [],
    text: `/** A loss of this many times the magnitude of the first one (or of 1, if that is more) counts as divergence: past hope. */
const explosion = 1e12;`,
  },
  shuffleStream: {
    needs: [],
    text: `/** Of the random numbers that make the order of an epoch; those of smaller streams are for other things. */
const shuffleStream = 0x50000000;`,
  },
  Run: {
    needs: ["Checkpoint", "KeptParameters", "Mutable", "TrainProgress"],
    text: `/** What training has come to so far: what a checkpoint holds, while it changes. */
type Run = Mutable<Omit<Checkpoint, "network" | "run" | "history" | "kept">> & {
  readonly history: TrainProgress[];
  readonly kept: Mutable<KeptParameters>;
};`,
  },
  Mutable: {
    needs: [],
    text: `type Mutable<Fields> = { -readonly [Field in keyof Fields]: Fields[Field] };`,
  },
  Plan: {
    needs: ["Checkpointer", "Rows", "TrainOptions", "Trainee"],
    text: `/** What stays as it is through a run. */
interface Plan {
  readonly trainee: Trainee;
  readonly options: TrainOptions;
  readonly rows: Rows;
  /** The training rows, in the order of the epoch. */
  readonly order: Int32Array;
  /** Told after each step, and at each epoch's end. */
  readonly checkpoints: Checkpointer;
}`,
  },
  runTraining: {
    needs: [
      "Plan",
      "TrainOptions",
      "TrainResult",
      "Trainee",
      "checkOptions",
      "chooseRows",
      "describeDivergence",
      "endEpoch",
      "newCheckpointer",
      "runEpoch",
      "startEpoch",
      "startRun",
    ],
    text: `/** Trains until one of the reasons of \`TrainResult.stopped\` to end. */
function runTraining(trainee: Trainee, options: TrainOptions): TrainResult {
  checkOptions(trainee.epochs, options);
  const { patience = Infinity, seed = 0 } = options;
  const rows = chooseRows(trainee.columns, options, seed);
  const run = startRun(trainee, rows, options);
  const end = run.firstEpoch + trainee.epochs;
  const checkpoints = newCheckpointer(run, trainee, rows, options);
  const plan: Plan = { trainee, options, rows, order: rows.training.slice(), checkpoints };
  let stopped: TrainResult["stopped"] | undefined;
  let divergence: TrainResult["divergence"];
  while (stopped === undefined) {
    if (run.epoch - 1 - run.kept.epoch >= patience) stopped = "patience";
    else if (run.epoch >= end) stopped = "finished";
    else {
      const start = startEpoch(run, patience);
      const ended = runEpoch(plan, run);
      stopped = ended.stopped;
      if (stopped === undefined) endEpoch(plan, run);
      if (stopped === "diverged") divergence = describeDivergence(plan, run, ended.loss, start);
    }
  }
  if (stopped !== "diverged") checkpoints.end();
  const isKept = stopped === "diverged" || patience !== Infinity;
  const { parameters, state, epoch } = isKept ? run.kept : { ...run, epoch: run.epoch - 1 };
  return { parameters, state, epoch, history: run.history, steps: run.steps, stopped, divergence };
}`,
  },
  startRun: {
    needs: ["Rows", "Run", "TrainOptions", "Trainee", "checkFacts", "copyRun", "identifyRun"],
    text: `/** A run at its beginning, or where the checkpoint left it. */
function startRun(trainee: Trainee, rows: Rows, options: TrainOptions): Run {
  const { resume, firstEpoch = 1 } = options;
  const { parameters, state } = trainee;
  if (resume !== undefined) {
    checkFacts("network", resume.network, trainee.network);
    checkFacts("run", resume.run, identifyRun(trainee.columns, trainee.batchSize, rows, options));
    parameters.set(resume.parameters);
    state.set(resume.state);
    return { ...copyRun(resume), parameters, state };
  }
  const kept = {
    epoch: firstEpoch - 1,
    loss: Infinity,
    parameters: parameters.slice(),
    state: state.slice(),
  };
  const nothing = { position: 0, total: 0, steps: 0, firstLoss: undefined, history: [] };
  return { firstEpoch, epoch: firstEpoch, ...nothing, parameters, state, kept };
}`,
  },
  copyRun: {
    needs: ["Checkpoint", "Run"],
    text: `/** With arrays of its own. */
function copyRun({ kept, history, parameters, state, ...numbers }: Omit<Checkpoint, "network" | "run">): Run {
  return {
    ...numbers,
    history: history.slice(),
    parameters: parameters.slice(),
    state: state.slice(),
    kept: { ...kept, parameters: kept.parameters.slice(), state: kept.state.slice() },
  };
}`,
  },
  startEpoch: {
    needs: ["EpochStart", "Run"],
    text: `/** Without patience, what is kept is where an epoch begins; but one that is resumed begins in its middle. */
function startEpoch({ position, steps, epoch, parameters, state, kept }: Run, patience: number): EpochStart {
  const isKept = patience === Infinity && position === 0;
  return {
    position,
    steps,
    epoch,
    parameters: isKept ? kept.parameters : parameters.slice(),
    state: isKept ? kept.state : state.slice(),
    sound: kept.parameters,
  };
}`,
  },
  EpochEnd: {
    needs: [],
    text: `interface EpochEnd {
  readonly stopped: "aborted" | "diverged" | undefined;
  /** Of the last step. */
  readonly loss: number;
}`,
  },
  runEpoch: {
    needs: ["EpochEnd", "Plan", "Run", "isSound", "shuffle", "shuffleStream", "takeBatch"],
    text: `/** The rest of a pass over the training rows; why it ended, if before its end. */
function runEpoch({ trainee, options, rows, order, checkpoints }: Plan, run: Run): EpochEnd {
  const { columns, batchSize } = trainee;
  const { parameters, state } = run;
  if (options.shuffle !== false) {
    order.set(rows.training); // from the same start, so that an epoch's order needs nothing of the epochs before
    shuffle(order, options.seed ?? 0, shuffleStream + run.epoch);
  }
  const gradients = options.onGradient === undefined ? undefined : new Float64Array(parameters.length);
  let loss = NaN;
  while (run.position < order.length) {
    if (options.signal?.aborted === true) return { stopped: "aborted", loss };
    const count = takeBatch(columns, order, run.position, batchSize);
    if (gradients !== undefined) {
      trainee.gradient(parameters, gradients, count, (state[0] ?? 0) + 1);
      options.onGradient?.(gradients, parameters);
    }
    loss = trainee.step(parameters, state, count);
    run.steps++;
    run.firstLoss ??= loss;
    run.total += loss * count;
    run.position += count;
    if (!isSound(loss, run.firstLoss)) return { stopped: "diverged", loss };
    checkpoints.step();
  }
  // The last update of the epoch may be the one that overflowed: no loss has shown it yet.
  return { stopped: parameters.every(Number.isFinite) ? undefined : "diverged", loss };
}`,
  },
  isSound: {
    needs: ["explosion"],
    text: `function isSound(loss: number, firstLoss: number): boolean {
  return Number.isFinite(loss) && Math.abs(loss) <= explosion * Math.max(1, Math.abs(firstLoss));
}`,
  },
  endEpoch: {
    needs: ["Plan", "Run", "measure"],
    text: `/** Measures, tells and keeps what an epoch has come to. */
function endEpoch({ trainee, options, rows, checkpoints }: Plan, run: Run): void {
  const { patience = Infinity, minimumImprovement = 0 } = options;
  const { epoch, steps, parameters, state, kept } = run;
  const loss = run.total / rows.training.length;
  const validationLoss = rows.validation.length === 0 ? undefined : measure(trainee, run, rows.validation);
  const progress = { epoch, step: steps, loss, validationLoss };
  const watched = validationLoss ?? loss;
  if (patience === Infinity || watched < kept.loss - minimumImprovement) {
    kept.parameters.set(parameters);
    kept.state.set(state);
    kept.epoch = epoch;
    kept.loss = watched;
  }
  run.history.push(progress);
  run.epoch++;
  run.position = 0;
  run.total = 0;
  options.onEpoch?.(progress);
  checkpoints.epoch();
}`,
  },
  measure: {
    needs: ["Run", "Trainee", "takeValidation"],
    text: `/** The mean loss over the validation rows, batch by batch. */
function measure(trainee: Trainee, { parameters }: Run, rows: Int32Array): number {
  const { columns, batchSize } = trainee;
  let total = 0;
  for (let from = 0; from < rows.length; from += batchSize) {
    const count = takeValidation(columns, rows, from, batchSize);
    total += trainee.loss(parameters, count) * count;
  }
  return total / rows.length;
}`,
  },
  describeDivergence: {
    needs: ["Divergence", "EpochStart", "Plan", "Run", "findDivergence"],
    text: `/** \`loss\` is what showed it, and all there is to say where it has exploded but is finite. */
function describeDivergence({ trainee, order }: Plan, run: Run, loss: number, start: EpochStart): Divergence {
  const { steps, epoch, position, parameters } = run;
  if (Number.isFinite(loss) && parameters.every(Number.isFinite))
    return { step: steps, epoch, loss, first: undefined };
  const first = {
    what: "loss",
    name: undefined,
    sample: undefined,
    value: loss,
    isFromStart: false,
  } as const;
  return findDivergence(trainee, order.subarray(0, position), start) ?? { step: steps, epoch, loss, first };
}`,
  },
  Checkpointer: {
    needs: [],
    text: `/** When to tell \`onCheckpoint\`. */
interface Checkpointer {
  readonly step: () => void;
  readonly epoch: () => void;
  readonly end: () => void;
}`,
  },
  newCheckpointer: {
    needs: ["Checkpointer", "Rows", "Run", "TrainOptions", "Trainee", "copyRun", "identifyRun"],
    text: `function newCheckpointer(run: Run, trainee: Trainee, rows: Rows, options: TrainOptions): Checkpointer {
  const { onCheckpoint, checkpointEvery } = options;
  const nothing = (): void => undefined;
  if (onCheckpoint === undefined) return { step: nothing, epoch: nothing, end: nothing };
  const facts = {
    network: trainee.network,
    run: identifyRun(trainee.columns, trainee.batchSize, rows, options),
  };
  let last = "";
  const tell = (): void => {
    const place = \`\${run.epoch} \${run.position}\`;
    if (place === last || !run.parameters.every(Number.isFinite)) return; // from such parameters nothing goes on
    last = place;
    onCheckpoint({ ...copyRun(run), ...facts });
  };
  return {
    step: () => {
      if (checkpointEvery !== undefined && run.steps % checkpointEvery === 0) tell();
    },
    epoch: () => {
      if (checkpointEvery === undefined) tell();
    },
    end: tell,
  };
}`,
  },
  checkOptions: {
    needs: ["TrainOptions", "checkSeed", "checkWhole"],
    text: `/** @throws {RangeError} if an option makes no sense, whatever the data. */
function checkOptions(epochs: number, options: TrainOptions): void {
  const {
    seed = 0,
    patience = Infinity,
    minimumImprovement = 0,
    firstEpoch = 1,
    checkpointEvery = 1,
  } = options;
  checkWhole("epochs", epochs, 0);
  checkWhole("firstEpoch", firstEpoch, 1);
  checkWhole("checkpointEvery", checkpointEvery, 1);
  if (patience !== Infinity) checkWhole("patience", patience, 1);
  checkSeed(seed);
  if (!(minimumImprovement >= 0 && minimumImprovement < Infinity)) {
    throw new RangeError(
      \`minimumImprovement must be a finite number of at least 0, not \${minimumImprovement}\`,
    );
  }
}`,
  },
};

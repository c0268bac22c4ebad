import { compile } from "../src/compile.ts";
import { median } from "./race.ts";

/** Compiling a Transformer of so many blocks. */
export interface BlocksResult {
  readonly blocks: number;
  /** Median, in milliseconds. */
  readonly time: number;
  /** Lines of the module. */
  readonly lines: number;
}

const repetitions = 3;

/** A GPT on sequences of 64 characters, 64 wide, with four heads. */
export function transformer(blocks: number): string {
  return `ids = input([64], {categories: 80})
next = target([64], {categories: 80})
tokens = embedding(ids, 64)
x = tokens + learnedPositions(64, 64)
h = repeat(${blocks}, block(z) = transformerBlock(z, {heads: 4, causal: true}), x)
logits = dense(layerNorm(h), 80)
loss = crossEntropyFromLogits(logits, next)
training = {optimizer: adamw, epochs: 1, batchSize: 16}
`;
}

/** How long compiling takes, for each number of blocks; after one compilation that pays for compiling the compiler. */
export async function timeBlocks(counts: readonly number[]): Promise<readonly BlocksResult[]> {
  const compiled = async (blocks: number): Promise<BlocksResult> => {
    const begin = performance.now();
    const { code } = await compile({ name: `transformer-${blocks}.nabla`, text: transformer(blocks) });
    return { blocks, time: performance.now() - begin, lines: code.split("\n").length };
  };
  await compiled(1);
  const results: BlocksResult[] = [];
  for (const blocks of counts) {
    const runs: BlocksResult[] = [];
    for (let run = 0; run < repetitions; run += 1) runs.push(await compiled(blocks));
    results.push({ blocks, lines: runs[0]?.lines ?? 0, time: median(runs.map(({ time }) => time)) });
  }
  return results;
}

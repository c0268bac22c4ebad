import type { ModuleProgram, Statement } from "../program/index.ts";

/** The numbers of samples that generated code is tried with. */
export interface BatchSizes {
  /** For judges that run the network once or twice. */
  readonly all: readonly number[];
  /** For judges that run it many times over. */
  readonly few: readonly number[];
}

/**
 * Code that takes k samples at a time has a loop over blocks of k and one over the rest. Each is tried alone, by one sample
 * and by three and by the module's own batch; and for every k that occurs there is a batch that runs both, wherever
 * memory allows one.
 *
 * @param usual the largest batch to try for its own sake.
 * @param most the largest batch that the code takes.
 */
export function batchSizes(roundings: readonly number[], usual: number, most: number): BatchSizes {
  const odd = Math.min(3, usual);
  const fewest = mixedSizes(roundings, most, (rounding) => rounding + 1);
  // Two blocks, so that what the first left behind meets the second, and as long a rest as there can be.
  const longest = mixedSizes(roundings, most, (rounding) => 3 * rounding - 1);
  return {
    all: [...new Set([1, odd, ...longest, usual])],
    few: fewest.length === 0 ? [odd] : fewest,
  };
}

/** Few sizes of which each rounding has one that is more than a block and no whole number of blocks. */
function mixedSizes(
  roundings: readonly number[],
  most: number,
  wanted: (rounding: number) => number,
): readonly number[] {
  const sizes: number[] = [];
  const isMixed = (size: number, rounding: number): boolean => size > rounding && size % rounding !== 0;
  // The largest first: what is one more or one less than its multiple is that of its divisors too.
  for (const rounding of [...roundings].sort((a, b) => b - a)) {
    if (sizes.some((size) => isMixed(size, rounding))) continue;
    let size = Math.min(wanted(rounding), most);
    if (size % rounding === 0) size -= 1;
    if (isMixed(size, rounding)) sizes.push(size);
  }
  return sizes;
}

/** Every k of which the module's loops take a multiple of samples. */
export function roundingsOf({ programs }: ModuleProgram): readonly number[] {
  const found = new Set<number>();
  const visit = (body: readonly Statement[]): void => {
    for (const statement of body) {
      if (statement.kind === "loop") {
        for (const bound of [statement.from, statement.to])
          if (typeof bound !== "number" && bound.multipleOf > 1) found.add(bound.multipleOf);
      }
      if ("body" in statement) visit(statement.body);
    }
  };
  for (const program of [programs.loss, programs.gradient, programs.trainStep, programs.predict])
    if (program !== undefined) visit(program.body);
  return [...found];
}

/** Where the program is not at hand: as many samples at a time as unrolled code has been seen to take. */
export const usualRoundings: readonly number[] = [8, 7, 6, 5, 4, 3, 2];

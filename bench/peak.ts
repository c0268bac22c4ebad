import { encodeModule } from "../src/emit/wasm/encode.ts";
import { FunctionBuilder } from "../src/emit/wasm/function-builder.ts";
import { type LaneType, laneTypes } from "../src/emit/wasm/lane-type.ts";
import { i32, op, type Value } from "../src/emit/wasm/value.ts";
import { Instance, Memory, Module } from "../test/support/webassembly.ts";

/*
 * What a loop needs in order to be a ceiling, and no product of matrices to come out above it:
 *
 * - Each operation waits for its own chain alone. In x ← x·c + d the sum waits for the product, too, which leaves the processor so
 *   little to choose from that what starts late is lost: 6 % here.
 * - As many chains as there are registers: 7 of products and 7 of sums, and one constant for both. V8 keeps the sixteenth.
 * - Several lengths of the loop. How its instructions fall into the lines of the cache of decoded ones is worth another 5 %, and
 *   no length is best everywhere.
 */
const chains = 7;
const lengths = [1, 3, 5];
/** Of all chains, in a run: a third of a millisecond. */
const rounds = 240_000;

/** Loops that do the same number of operations, the fastest of which is the ceiling. */
export interface PeakLoops {
  readonly runs: readonly (() => void)[];
  readonly operations: number;
}

/** The loops in one precision: multiplications and additions, as many of one as of the other, on what lies in registers. */
export function peakLoops(precision: LaneType["precision"]): PeakLoops {
  const runs = lengths.map((length) => {
    const run = instantiate(precision, length);
    return (): void => {
      run(rounds / length);
    };
  });
  return { runs, operations: 2 * chains * laneTypes[precision].width * rounds };
}

/** The most that this machine computes in vectors of 128 bits, in operations a second: the best of several runs of each loop. */
export function measurePeak(precision: LaneType["precision"]): number {
  const { runs, operations } = peakLoops(precision);
  let best = Infinity;
  for (let repetition = 0; repetition < 30; repetition++) {
    for (const run of runs) {
      const start = performance.now();
      run();
      best = Math.min(best, performance.now() - start);
    }
  }
  return operations / (best / 1000);
}

function instantiate(precision: LaneType["precision"], length: number): (turns: number) => number {
  const memory = new Memory({ initial: 1, maximum: 1 });
  const functions = [{ builder: loop(precision, length), exportName: "run" }];
  const { exports } = new Instance(new Module(encodeModule({ pages: 1, functions, data: [] })), {
    env: { memory },
  });
  return exports["run"] as (turns: number) => number; // what the module exports
}

/** p ← p·c and s ← s + c in each pair of chains, `length` times a turn; the result needs all of them. */
function loop(precision: LaneType["precision"], length: number): FunctionBuilder {
  const f = new FunctionBuilder({ parameters: ["i32"], result: "i32" });
  const { prefix } = laneTypes[precision];
  // 1, of the argument, so that nothing is known of it before it runs.
  const one = op("i32.gt_s", f.parameter(0), i32(0));
  const constant = f.let(op(`${prefix}.splat`, op(`${precision}.convert_i32_s`, one)));
  const pairs = Array.from({ length: chains }, () => [f.local("v128"), f.local("v128")] as const);
  for (const chain of pairs.flat()) f.set(chain, constant);
  const turn = f.local("i32");
  const goesOn = (to: Value): Value => op("i32.lt_s", f.get(turn), to);
  f.for(turn, { from: i32(0), to: f.parameter(0), step: i32(1), goesOn }, true, () => {
    for (const [product, sum] of Array.from({ length }, () => pairs).flat()) {
      f.set(product, op(`${prefix}.mul`, f.get(product), constant));
      f.set(sum, op(`${prefix}.add`, f.get(sum), constant));
    }
  });
  const all = pairs.flat().map((chain) => f.get(chain));
  f.result(
    op(
      "v128.any_true",
      all.reduce((a, b) => op("v128.or", a, b)),
    ),
  );
  return f;
}

import { encodeModule } from "../src/emit/wasm/encode.ts";
import { FunctionBuilder } from "../src/emit/wasm/function-builder.ts";
import { type LaneType, laneTypes } from "../src/emit/wasm/lane-type.ts";
import { i32, op, type Value } from "../src/emit/wasm/value.ts";
import { Instance, Memory, Module } from "../test/support/webassembly.ts";

/** With two constants, as many vectors as stay in 16 registers, one of which V8 keeps; enough to hide that each waits for itself. */
const chains = 12;
const turns = 50_000;
/** Of each chain in one iteration: with one, the loop itself takes a tenth of the time. */
const steps = 4;

/**
 * The most that this machine computes in vectors of 128 bits, in operations a second: multiplications and additions, as many of
 * one as of the other, on what lies in registers. The best of several runs.
 */
export function measurePeak(precision: LaneType["precision"]): number {
  const { run } = instantiate(precision);
  const { width } = laneTypes[precision];
  let best = Infinity;
  for (let k = 0; k < 50; k++) {
    const start = performance.now();
    run(turns);
    best = Math.min(best, performance.now() - start);
  }
  return (2 * chains * steps * width * turns) / (best / 1000);
}

function instantiate(precision: LaneType["precision"]): { readonly run: (turns: number) => number } {
  const memory = new Memory({ initial: 1, maximum: 1 });
  const functions = [{ builder: loop(precision), exportName: "run" }];
  const { exports } = new Instance(new Module(encodeModule({ pages: 1, functions, data: [] })), {
    env: { memory },
  });
  return { run: exports["run"] as (turns: number) => number }; // what the module exports
}

/** x ← x·c + d in each chain; the result needs all of them. */
function loop(precision: LaneType["precision"]): FunctionBuilder {
  const f = new FunctionBuilder({ parameters: ["i32"], result: "i32" });
  const { prefix } = laneTypes[precision];
  // Of the argument, so that nothing is known of them before it runs.
  const splat = (value: Value): Value => op(`${prefix}.splat`, op(`${precision}.convert_i32_s`, value));
  const factor = f.let(splat(op("i32.eqz", f.parameter(0))));
  const summand = f.let(splat(f.parameter(0)));
  const all = Array.from({ length: chains }, () => f.local("v128"));
  const turn = f.local("i32");
  const goesOn = (to: Value): Value => op("i32.lt_s", f.get(turn), to);
  f.for(turn, { from: i32(0), to: f.parameter(0), step: i32(1), goesOn }, false, () => {
    for (const chain of Array.from({ length: steps }, () => all).flat())
      f.set(chain, op(`${prefix}.add`, op(`${prefix}.mul`, f.get(chain), factor), summand));
  });
  const sum = all.map((chain) => f.get(chain)).reduce((a, b) => op("v128.or", a, b));
  f.result(op("v128.any_true", sum));
  return f;
}

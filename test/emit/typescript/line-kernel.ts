import wabt from "wabt";
import type { Kernel } from "../../../src/emit/kernel.ts";
import { planKernelMemory } from "../../../src/emit/wasm/memory.ts";
import { line } from "./networks.ts";

/** The network `line()`, written by hand in WebAssembly: nothing of the emitter of kernels is in it. */
export async function lineKernel(): Promise<Kernel> {
  const memory = planKernelMemory(line().module);
  const at = (offset: number | undefined): string => `(i32.const ${offset ?? NaN})`;
  const [w, b] = [memory.parameters.offset, memory.parameters.offset + 8];
  const [dw, db] = [memory.gradients.offset, memory.gradients.offset + 8];
  const sample = (offset: number | undefined): string =>
    `(i32.add ${at(offset)} (i32.shl (local.get $n) (i32.const 3)))`;
  const [x, t, y] = [memory.data.get("x")?.offset, memory.data.get("t")?.offset, memory.output?.offset].map(
    sample,
  );
  const predicted = `(f64.add (f64.mul (f64.load ${at(w)}) (f64.load ${x ?? ""})) (f64.load ${at(b)}))`;
  const descend = (parameter: number, sum: number): string =>
    `(f64.store ${at(parameter)} (f64.sub (f64.load ${at(parameter)}) (f64.mul (f64.const 0.01) (f64.load ${at(sum)}))))`;
  const [ownDw, ownDb] = [60000, 60008];
  const takes = "(param $count i32) (param $step f64) (param $seed i32)";
  const text = `(module
    (import "env" "memory" (memory ${memory.pages} ${memory.pages}))
    (func $sums (param $count i32) (result f64)
      (local $n i32) (local $r f64) (local $sum f64) (local $dw f64) (local $db f64)
      (loop $again
        (local.set $r (f64.sub ${predicted} (f64.load ${t ?? ""})))
        (local.set $sum (f64.add (local.get $sum) (f64.mul (local.get $r) (local.get $r))))
        (local.set $dw (f64.add (local.get $dw) (f64.mul (local.get $r) (f64.load ${x ?? ""}))))
        (local.set $db (f64.add (local.get $db) (local.get $r)))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $again (i32.lt_s (local.get $n) (local.get $count))))
      (f64.store ${at(ownDw)} (local.get $dw))
      (f64.store ${at(ownDb)} (local.get $db))
      (f64.div (local.get $sum) (f64.const 2)))
    (func (export "loss") ${takes} (result f64) (call $sums (local.get $count)))
    (func (export "gradient") ${takes} (result f64)
      (call $sums (local.get $count))
      (f64.store ${at(dw)} (f64.load ${at(ownDw)}))
      (f64.store ${at(db)} (f64.load ${at(ownDb)})))
    (func (export "trainStep") ${takes} (result f64)
      (call $sums (local.get $count)) ${descend(w, ownDw)} ${descend(b, ownDb)})
    (func (export "predict") ${takes}
      (local $n i32)
      (loop $again
        (f64.store ${y ?? ""} ${predicted})
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $again (i32.lt_s (local.get $n) (local.get $count)))))
  )`;
  const tools = await wabt();
  return { bytes: tools.parseWat("line.wat", text).toBinary({}).buffer, memory };
}

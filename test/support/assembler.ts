import wabt from "wabt";
import { type DataSegment, encodeModule } from "../../src/emit/wasm/encode.ts";
import { FunctionBuilder, type FunctionType } from "../../src/emit/wasm/function-builder.ts";

const assembler = await wabt();

/** The bytes of a module in the text format, which imports memory as ours do. */
export function assembled(fields: string, pages = 1): Uint8Array {
  const text = `(module (import "env" "memory" (memory ${pages} ${pages})) ${fields})`;
  const module = assembler.parseWat("module.wat", text);
  module.validate();
  const { buffer } = module.toBinary({ canonicalize_lebs: true });
  module.destroy();
  return Uint8Array.from(buffer);
}

export function built(type: FunctionType, body: (f: FunctionBuilder) => void): FunctionBuilder {
  const f = new FunctionBuilder(type);
  body(f);
  return f;
}

/** A module of functions, of which the first is exported as `f`. */
export function encoded(
  builders: readonly FunctionBuilder[],
  data: readonly DataSegment[] = [],
  pages = 1,
): Uint8Array {
  const functions = builders.map((builder, k) => (k === 0 ? { builder, exportName: "f" } : { builder }));
  return encodeModule({ pages, functions, data });
}

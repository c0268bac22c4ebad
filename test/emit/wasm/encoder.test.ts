import { describe, expect, it } from "vitest";
import { encodeModule } from "../../../src/emit/wasm/encode.ts";
import { call, FunctionBuilder, type FunctionType } from "../../../src/emit/wasm/function-builder.ts";
import type { ValueType } from "../../../src/emit/wasm/instructions.ts";
import { f64, i32, op, store, type Value } from "../../../src/emit/wasm/value.ts";
import { assembled, built, encoded } from "../../support/assembler.ts";
import { Instance, Memory, Module } from "../../support/webassembly.ts";

describe("functions", () => {
  const unary: FunctionType = { parameters: ["i32"], result: "i32" };

  it("branch, with and without another way", () => {
    const f = built(unary, (b) => {
      const x = b.parameter(0);
      const y = b.local("i32");
      b.if(op("i32.eqz", x), () => {
        b.set(y, i32(7));
      });
      b.if(
        op("i32.gt_s", x, i32(9)),
        () => {
          b.set(y, i32(8));
        },
        () => {
          b.set(y, op("i32.add", b.get(y), x));
        },
      );
      b.result(b.get(y));
    });
    const text = `(func (export "f") (param i32) (result i32) (local i32)
      (if (i32.eqz (local.get 0)) (then (local.set 1 (i32.const 7))))
      (if (i32.gt_s (local.get 0) (i32.const 9))
        (then (local.set 1 (i32.const 8)))
        (else (local.set 1 (i32.add (local.get 1) (local.get 0)))))
      (local.get 1))`;
    expect(encoded([f])).toEqual(assembled(text));
  });

  it("jump to the ends of blocks and the starts of loops, over others", () => {
    const f = built(unary, (b) => {
      b.block((end) => {
        b.loop((start) => {
          b.if(b.parameter(0), () => {
            b.jumpIf(b.parameter(0), end);
            b.jump(start);
          });
          b.block((inner) => {
            b.jump(inner);
          });
          b.jumpIf(i32(0), start);
        });
      });
      b.result(i32(1));
    });
    const text = `(func (export "f") (param i32) (result i32)
      (block $end (loop $start
        (if (local.get 0) (then (br_if $end (local.get 0)) (br $start)))
        (block $inner (br $inner))
        (br_if $start (i32.const 0))))
      (i32.const 1))`;
    expect(encoded([f])).toEqual(assembled(text));
  });

  it.each([true, false])("count in a loop that is known to run: %s", (runs) => {
    const f = built(unary, (b) => {
      const [k, sum] = [b.local("i32"), b.local("i32")];
      const goesOn = (to: Value): Value => op("i32.lt_s", b.get(k), to);
      const to = op("i32.mul", b.parameter(0), i32(2));
      b.for(k, { from: i32(1), to, step: i32(2), goesOn }, runs, () => {
        b.set(sum, op("i32.add", b.get(sum), b.get(k)));
      });
      b.result(b.get(sum));
    });
    const loop = `(loop $start
      (local.set 2 (i32.add (local.get 2) (local.get 1)))
      (local.set 1 (i32.add (local.get 1) (i32.const 2)))
      (br_if $start (i32.lt_s (local.get 1) (local.get 3))))`;
    const guarded = `(if (i32.lt_s (local.get 1) (local.get 3)) (then ${loop}))`;
    const text = `(func (export "f") (param i32) (result i32) (local i32 i32 i32)
      (local.set 1 (i32.const 1))
      (local.set 3 (i32.mul (local.get 0) (i32.const 2)))
      ${runs ? loop : guarded}
      (local.get 2))`;
    const bytes = encoded([f]);
    expect(bytes).toEqual(assembled(text));
    const memory = new Memory({ initial: 1, maximum: 1 });
    const sum = new Instance(new Module(bytes), { env: { memory } }).exports["f"] as (n: number) => number; // what it exports
    expect([1, 2, 100].map(sum)).toEqual([1, 4, 10_000]); // n² is the sum of n odd numbers
    expect(sum(0)).toBe(runs ? 1 : 0);
  });

  it("call each other, and share types", () => {
    const store64: FunctionType & { readonly result: undefined } = {
      parameters: ["i32", "f64"],
      result: undefined,
    };
    const square: FunctionType & { readonly result: "f64" } = { parameters: ["f64"], result: "f64" };
    const main = built({ parameters: ["i32", "f64"], result: undefined }, (b) => {
      b.run(call(1, store64, [b.parameter(0), call(2, square, [b.parameter(1)])]));
    });
    const storing = built(store64, (b) => {
      b.run(store("f64.store", b.parameter(0), 0, b.parameter(1)));
    });
    const squaring = built(square, (b) => {
      b.result(op("f64.mul", b.parameter(0), b.parameter(0)));
    });
    const text = `(func (export "f") (param i32 f64) (call 1 (local.get 0) (call 2 (local.get 1))))
      (func (param i32 f64) (f64.store align=4 (local.get 0) (local.get 1)))
      (func (param f64) (result f64) (f64.mul (local.get 0) (local.get 0)))`;
    expect(encoded([main, storing, squaring])).toEqual(assembled(text));
    expect(() => call(2, square, [i32(1)])).toThrow("a call has the function's arguments");
  });

  it("have locals of all types, grouped, and more than a byte can count", () => {
    const f = built(unary, (b) => {
      const types: readonly ValueType[] = [
        "f64",
        "f64",
        "v128",
        "i64",
        "f32",
        "v128",
        ...Array<"i32">(200).fill("i32"),
      ];
      const locals = types.map((type) => b.local(type));
      const last = locals.at(-1) ?? b.local("i32");
      b.set(last, i32(5));
      b.result(b.get(last));
    });
    const text = `(func (export "f") (param i32) (result i32)
      (local f64 f64 v128 i64 f32 v128 ${"i32 ".repeat(200)})
      (local.set 206 (i32.const 5)) (local.get 206))`;
    expect(encoded([f])).toEqual(assembled(text));
  });

  it("compute what is shared once", () => {
    const f = built(unary, (b) => {
      const shared = b.let(op("i32.add", b.parameter(0), i32(1)));
      expect(b.let(shared)).toBe(shared);
      expect(b.let(b.parameter(0))).toEqual(b.parameter(0));
      b.result(op("i32.mul", shared, shared));
    });
    const text = `(func (export "f") (param i32) (result i32) (local i32)
      (local.set 1 (i32.add (local.get 0) (i32.const 1)))
      (i32.mul (local.get 1) (local.get 1)))`;
    expect(encoded([f])).toEqual(assembled(text));
  });

  it("may nest operands deeper than a stack of calls is", () => {
    const deep = Array.from({ length: 50_000 }).reduce<Value>((sum) => op("i32.add", sum, i32(1)), i32(0));
    const f = built({ parameters: [], result: "i32" }, (b) => {
      b.result(deep);
    });
    const text = `(func (export "f") (result i32) i32.const 0 ${"i32.const 1 i32.add ".repeat(50_000)})`;
    expect(encoded([f])).toEqual(assembled(text));
  });

  it("refuse what does not fit their types", () => {
    const f = new FunctionBuilder(unary);
    expect(() => f.parameter(1)).toThrow();
    expect(() => {
      f.set(f.local("f32"), i32(0));
    }).toThrow("a local of type f32 holds no i32");
    expect(() => {
      f.result(f64(0));
    }).toThrow();
    expect(() => {
      f.if(f64(0), () => undefined);
    }).toThrow("a condition is an integer");
  });
});

describe("modules", () => {
  it("have bytes that lie in memory when they start, also beyond two gigabytes", () => {
    const f = built({ parameters: [], result: undefined }, () => undefined);
    const bytes = Uint8Array.from({ length: 256 }, (_, k) => k);
    const offsets = [0, 63, 64, 8191, 2 ** 31 - 256, 2 ** 31, 2 ** 32 - 256];
    const text = [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
    const segments = offsets.map((at) => `(data (i32.const ${at}) "${text}")`).join("\n");
    const ours = encoded(
      [f],
      offsets.map((at) => ({ offset: at, bytes })),
      65_536,
    );
    expect(ours).toEqual(assembled(`(func (export "f")) ${segments}`, 65_536));
  });

  it("export functions by name", () => {
    const [a, b] = [1, 2].map((value) =>
      built({ parameters: [], result: "i32" }, (builder) => {
        builder.result(i32(value));
      }),
    );
    if (a === undefined || b === undefined) throw new RangeError("two functions");
    const functions = [
      { builder: a, exportName: "one" },
      { builder: b, exportName: "zwei, ∇" },
    ];
    const text = `(func (export "one") (result i32) (i32.const 1)) (func (export "zwei, \\e2\\88\\87") (result i32) (i32.const 2))`;
    expect(encodeModule({ pages: 3, functions, data: [] })).toEqual(assembled(text, 3));
  });
});

import type { CompileOptions } from "../compile.ts";
import { quoted } from "../diagnostics/index.ts";
import type { Arguments, OptionSpecification } from "./arguments.ts";

/** What a network is compiled to: the options that several commands share. */
export const compileOptions: readonly OptionSpecification[] = [
  {
    name: "optimizer",
    value: "<name>",
    description: "in place of the file's: adam, or 'adam({learningRate: 0.01})'",
  },
  {
    name: "prediction",
    value: "<name>",
    description: "the statement to predict, in place of the file's own",
  },
  { name: "batch-size", value: "<n>", description: "samples a training step takes, in place of the file's" },
  { name: "precision", value: "<f64|f32>", description: "storage of numbers, f64 by default" },
  {
    name: "schedule",
    value: "<name>",
    description: "auto (default), unrolled, rows or tiled: how far loops are unrolled",
  },
  {
    name: "target",
    value: "<name>",
    description: "typescript (default), wasm: a WebAssembly kernel within; auto: the faster",
  },
];

/** @throws {UsageError} for a value that makes no sense. */
export function readCompileOptions(given: Arguments): CompileOptions {
  const optimizer = given.text("optimizer");
  const prediction = given.text("prediction");
  const batchSize = given.integer("batch-size", 1);
  const precision = given.oneOf("precision", ["f64", "f32"]);
  const schedule = given.oneOf("schedule", ["auto", "unrolled", "rows", "tiled"]);
  const target = given.oneOf("target", ["typescript", "wasm", "auto"]);
  return {
    ...(optimizer === undefined ? {} : { optimizer }),
    ...(prediction === undefined ? {} : { prediction }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(precision === undefined ? {} : { precision }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(target === undefined ? {} : { target }),
  };
}

/** The options as they stand on a command line again, quoted for a shell where need be. */
export function compileOptionsText(given: Arguments): string {
  const parts = compileOptions.flatMap(({ name }) => {
    const value = given.text(name);
    return value === undefined ? [] : [`--${name} ${quoted(value)}`];
  });
  return parts.map((part) => ` ${part}`).join("");
}

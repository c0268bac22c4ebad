import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { compile, type CompileOptions } from "../../src/compile.ts";
import { packagesFolder } from "./install.ts";
import type { Workload } from "./workloads.ts";

/** Bytes, minified. */
export interface Size {
  readonly raw: number;
  readonly gzipped: number;
}

/** How large programs are that take a workload's step in a browser. */
export interface Sizes {
  readonly workload: Workload;
  /** Everything that the generated module exports. */
  readonly module: Size;
  /** Initialisation and the training step of it. */
  readonly step: Size;
  readonly jax: Size;
  readonly tfjs: Size;
  /** With the file of WebAssembly that it fetches. */
  readonly tfjsWasm: Size;
}

const programs = fileURLToPath(new URL("programs/", import.meta.url));

/** Bundles what takes the step: Nabla's module, and the libraries' programs of `programs/`. */
export async function measureSizes(workload: Workload, options: CompileOptions): Promise<Sizes> {
  const { code } = await compile({ name: `${workload.name}.nabla`, text: workload.network() }, options);
  const name = workload.name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const use = (library: string): string =>
    `import { ${name} } from "./${library}-steps.ts";
     import { trainer } from "./${library}-trainer.ts";
     globalThis.trainer = (job) => trainer(job, ${name});`;
  const tfjs = await bundle(use("tfjs"));
  const tfjsWasm = await bundle(`import "@tensorflow/tfjs-backend-wasm"; ${use("tfjs")}`);
  const binary = readFileSync(
    `${packagesFolder}node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm`,
  );
  return {
    workload,
    module: sizeOf(await bundle(code)),
    step: sizeOf(
      await bundle(`${code}\nglobalThis.step = [initialParameters, initialState, trainStep];`, true),
    ),
    jax: sizeOf(await bundle(use("jax"))),
    tfjs: sizeOf(tfjs),
    tfjsWasm: sum(sizeOf(tfjsWasm), sizeOf(binary)),
  };
}

/** `isProgram` forgets the exports, so that what nothing uses is left out. */
async function bundle(contents: string, isProgram = false): Promise<Uint8Array> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    stdin: {
      contents: isProgram ? contents.replaceAll(/^export (?!type|interface)/gm, "") : contents,
      resolveDir: programs,
      loader: "ts",
    },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    logLevel: "error",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("esbuild gave no file");
  return file.contents;
}

function sizeOf(contents: Uint8Array): Size {
  return { raw: contents.length, gzipped: gzipSync(contents).length };
}

function sum(a: Size, b: Size): Size {
  return { raw: a.raw + b.raw, gzipped: a.gzipped + b.gzipped };
}

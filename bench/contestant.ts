import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";

export type Reals = Float64Array | Float32Array;
export type Samples = Reals | Int32Array;

/** Who takes the step: a module of its own, driven by a loop of its own. */
export interface Contestant {
  readonly name: string;
  /** Takes `times` steps in place; the last loss. */
  readonly run: (
    times: number,
    parameters: Reals,
    state: Reals,
    data: readonly Samples[],
    count: number,
  ) => number;
  readonly initialState: () => Reals;
  /** Of generated modules only. */
  readonly initialParameters?: (seed: number) => Reals;
  /** Of those with a kernel only: the arrays in its memory. */
  readonly views?: {
    readonly parameters: Reals;
    readonly state: Reals;
    readonly data: Readonly<Record<string, Samples>>;
  };
}

/**
 * Writes each contestant's JavaScript to a folder of its own and imports it from there, all in the same way. The loop that
 * calls the step is written out for each: a loop that they shared would see several steps, and V8 would inline none.
 */
export class Arena {
  readonly #folder = mkdtempSync(join(tmpdir(), "nabla-bench-"));

  constructor() {
    writeFileSync(join(this.#folder, "package.json"), '{"type": "module"}\n');
  }

  /** `arrays` is the number of data arrays that the step takes. */
  async enter(name: string, typescript: string, arrays: number): Promise<Contestant> {
    writeFileSync(join(this.#folder, `${name}.js`), javascriptOf(typescript));
    const data = Array.from({ length: arrays }, (_, k) => `data${k}`).join(", ");
    const loop = `
      import { trainStep } from "./${name}.js";
      export { initialState } from "./${name}.js";
      export function run(times, parameters, state, data, count) {
        const [${data}] = data;
        let loss = 0;
        for (let n = 0; n < times; n++) loss = trainStep(parameters, state, ${data}, count);
        return loss;
      }`;
    const file = join(this.#folder, `${name}.run.js`);
    const more = ["function initialParameters", "const views"]
      .filter((exported) => typescript.includes(`export ${exported}`))
      .map((exported) => `\nexport { ${exported.replace(/^\w+ /, "")} } from "./${name}.js";`);
    writeFileSync(file, `${loop}${more.join("")}\n`);
    const module = (await import(pathToFileURL(file).href)) as Omit<Contestant, "name">; // what `loop` exports
    return { ...module, name };
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

/** Without types and comments. */
export function javascriptOf(typescript: string): string {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    removeComments: true,
    rewriteRelativeImportExtensions: true,
    verbatimModuleSyntax: true,
  };
  return ts.transpileModule(typescript, { compilerOptions }).outputText;
}

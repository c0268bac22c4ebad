/** A typed array of reals as a module stores them: `Float32Array` when it was generated with precision `f32`. */
export type Reals = Float64Array | Float32Array;

/** What verification uses of a generated module. Data arguments are the inputs, then the targets, in the file's order. */
export interface GeneratedModule {
  readonly parameterCount: number;
  readonly parameterLayout: Readonly<
    Record<
      string,
      { readonly offset: number; readonly length: number; readonly shape: readonly number[] } | undefined
    >
  >;
  readonly stateCount: number;
  readonly batchSize: number;
  initialParameters(seed?: number): Reals;
  initialState(): Reals;
  /** (parameters, …inputs, count, output) */
  readonly predict?: (...operands: readonly (ArrayLike<number> | number)[]) => Reals;
  /** (parameters, …inputs, …targets, count) */
  readonly loss: (...operands: readonly (ArrayLike<number> | number)[]) => number;
  /** (parameters, …inputs, …targets, gradients, count), and seed and step where it draws random numbers */
  readonly gradient: (...operands: readonly (ArrayLike<number> | number)[]) => number;
  /** (parameters, state, …inputs, …targets, count), and the seed where it draws random numbers */
  readonly trainStep: (...operands: readonly (ArrayLike<number> | number)[]) => number;
}

/**
 * Runs the text of a generated module, as its users would: its types are erased, and it is imported from a `data:` URL,
 * so that nothing touches the disk. The compiler is loaded only here, because it is large.
 */
export async function loadModule<Module = GeneratedModule>(code: string): Promise<Module> {
  const { ts } = await import("ts-morph");
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(code, { compilerOptions });
  const url = `data:text/javascript;base64,${Buffer.from(outputText).toString("base64")}`;
  return (await import(/* @vite-ignore */ url)) as Module; // what the caller uses of the exports of every generated module
}

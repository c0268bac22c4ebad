import ts from "typescript";

/** Runs a generated module: its types erased, imported as data. */
export async function loadModule(source: string): Promise<Record<string, unknown>> {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  return (await import(
    /* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(outputText).toString("base64")}`
  )) as Record<string, unknown>;
}

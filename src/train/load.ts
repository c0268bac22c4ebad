import { ts } from "ts-morph";
import type { GeneratedModule } from "./generated.ts";

/**
 * Runs a generated module: its types are erased and it is imported from a data: URL, so that nothing touches the disk.
 */
export async function loadGenerated(code: string): Promise<GeneratedModule> {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  const { outputText } = ts.transpileModule(code, { compilerOptions });
  const url = `data:text/javascript;base64,${Buffer.from(outputText).toString("base64")}`;
  return (await import(url)) as GeneratedModule; // what every generated module exports; see that interface
}

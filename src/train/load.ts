import { loadModule } from "../verify/index.ts";
import type { GeneratedModule } from "./generated.ts";

/** Runs a generated module in this process, ready to train. */
export async function loadGenerated(code: string): Promise<GeneratedModule> {
  return loadModule<GeneratedModule>(code);
}

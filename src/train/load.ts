import { loadModule } from "../verify/index.ts";
import type { GeneratedModule } from "./generated.ts";

/** Runs a generated module in this process, ready to train. */
export async function loadGenerated(code: string): Promise<GeneratedModule> {
  return (await loadModule(code)) as unknown as GeneratedModule; // verification's view of the same exports, without types of arrays
}

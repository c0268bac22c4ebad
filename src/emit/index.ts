export { emitModule } from "./typescript/module.ts";
export type { HeaderText, ModuleDescription } from "./typescript/description.ts";
export { type MemoryPlan, planMemory } from "./typescript/memory.ts";

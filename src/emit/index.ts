export type { Kernel } from "./kernel.ts";
export { emitModule } from "./typescript/module.ts";
export type { HeaderText, ModuleDescription } from "./typescript/description.ts";
export { planKernelMemory } from "./wasm/memory.ts";
export { emitKernel } from "./wasm/kernel.ts";
export { vectorLanes } from "./wasm/lane-type.ts";

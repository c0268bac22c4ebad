export { emitModule } from "./typescript/module.ts";
export type { HeaderText, ModuleDescription } from "./typescript/description.ts";

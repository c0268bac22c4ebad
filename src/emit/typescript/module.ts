import { ModuleContext } from "./context.ts";
import type { ModuleDescription } from "./description.ts";
import { format } from "./format.ts";
import { printChecks } from "./checks.ts";
import { printFunctions } from "./functions.ts";
import { printHeader } from "./header.ts";
import type { Lines } from "./layout.ts";
import { printConstants, printLayout, printMemory } from "./constants.ts";
import { printInitial } from "./initial.ts";
import { printKernel, printKernelText } from "./kernel-memory.ts";
import { printTemplates } from "./templates.ts";
import { exportedTemplates, printRun, printSaving, printTraining } from "./training.ts";

/**
 * The TypeScript module of one network: dependency-free, strict-clean, the same bytes for the same description.
 *
 * @returns The module's source text, formatted.
 */
export async function emitModule(description: ModuleDescription): Promise<string> {
  const { kernel } = description;
  const context = new ModuleContext(description.module, kernel);
  const sections: readonly Lines[] = [
    printHeader(description),
    printConstants(context),
    printLayout(context),
    ...(kernel === undefined ? printMemory(context) : printKernel(kernel, context)),
    ...printInitial(context),
    ...printFunctions(context),
    ...printTraining(context),
    ...printSaving(context),
    ...printRun(context, description.networkHash),
    ...printChecks(context),
  ];
  // Last, when it is known what the rest calls. The templates are formatted where they are written.
  const templates = printTemplates(context, exportedTemplates);
  const formatted = [...templates, ...(kernel === undefined ? [] : [printKernelText(kernel)])];
  return [await format(sections), ...formatted.map((part) => `${part.toString()}\n`)].join("\n");
}

import { invariant } from "../../diagnostics/index.ts";
import type { ModuleContext } from "./context.ts";
import { Lines } from "./layout.ts";
import { templateSources } from "./template-sources.ts";

/** Names of all declarations of `templates/`: kept from everything else in a module, so that parts can be added freely. */
export const templateNames: readonly string[] = Object.keys(templateSources);

/** The declarations that the module's own code needs, and what those need, in the order of the templates. */
export function printTemplates(context: ModuleContext, exported: readonly string[]): readonly Lines[] {
  const needed = new Set([...context.helpers, ...exported]);
  for (const name of needed) {
    const part = templateSources[name];
    invariant(part !== undefined, `templates/ declares ${name}`);
    for (const other of part.needs) needed.add(other); // a set's iteration visits what is added on the way
  }
  return templateNames
    .filter((name) => needed.has(name))
    .map((name) => {
      const lines = new Lines();
      const text = (templateSources[name]?.text ?? "").replace(/\bFloat64Array\b/g, context.realArray);
      const isExported = exported.includes(name);
      lines.raw(
        (isExported ? text.replace(/^(?=interface |type |function )/m, "export ") : text).split("\n"),
      );
      return lines;
    });
}

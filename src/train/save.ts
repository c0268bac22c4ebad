import type { GeneratedModule } from "./generated.ts";
import type { PreparedData } from "./session.ts";

/**
 * The trained parameters as the generated module saves them (its `loadParameters` reads the text back), with a further
 * entry `data` that says how the columns became numbers.
 */
export function savedText(
  generated: Pick<GeneratedModule, "saveParameters">,
  parameters: Float64Array,
  { scalings, labels }: Pick<PreparedData, "scalings" | "labels">,
): string {
  const text = generated.saveParameters(parameters);
  if (Object.keys(scalings).length === 0 && Object.keys(labels).length === 0) return text;
  // Joined as text, because a number such as -0 would not survive being parsed and written again.
  const data = JSON.stringify({ standardisation: scalings, labels }, null, 2).replaceAll("\n", "\n  ");
  return `${text.replace(/\s*\}\s*$/, "")},\n  "data": ${data}\n}\n`;
}

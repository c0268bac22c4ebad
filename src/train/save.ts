import type { GeneratedModule } from "./generated.ts";
import type { PreparedData } from "./prepared.ts";

/**
 * The trained parameters as the generated module saves them (its `loadParameters` reads the text back), with a further
 * entry `data` that says how the columns became numbers: whoever predicts from raw data must do the same to them.
 */
export function savedText(
  generated: Pick<GeneratedModule, "saveParameters">,
  parameters: Float64Array,
  data: PreparedData,
): string {
  const text = generated.saveParameters(parameters);
  // Joined as text, because a number such as -0 would not survive being parsed and written again.
  const entry = JSON.stringify(describePreparation(data), null, 2).replaceAll("\n", "\n  ");
  return `${text.replace(/\s*\}\s*$/, "")},\n  "data": ${entry}\n}\n`;
}

/** What was done to a table, a text or arrays to make training data of it, for a file or a report in JSON. */
export function describePreparation({
  columns,
  scalings,
  labels,
  oneHot,
  text,
  arrays,
}: PreparedData): object {
  if (text !== undefined) return { text: { ...text, vocabulary: text.vocabulary.join("") } };
  if (arrays !== undefined) {
    const divisors = Object.fromEntries(arrays.map(({ name, divisor }) => [name, divisor]));
    return { divisors, standardisation: scalings, oneHot };
  }
  return { columns: columns?.names ?? {}, standardisation: scalings, labels, oneHot };
}

import { format as prettier } from "prettier";
import { type Lines, lineWidth } from "./layout.ts";

/** Beyond these, prettier is slow, or overflows its stack; the printed lines are tidy enough as they are. */
const limits = { lines: 3000, statement: 8000, nesting: 100 };

/** One text of all sections, a blank line between them. */
export async function format(sections: readonly Lines[]): Promise<string> {
  const text = `${sections.map(String).join("\n\n")}\n`;
  const lines = sections.reduce((sum, section) => sum + section.count, 0);
  const isSmall = sections.every(
    (section) => section.longestStatement <= limits.statement && section.deepestNesting <= limits.nesting,
  );
  if (lines > limits.lines || !isSmall) return text;
  return prettier(text, { parser: "babel-ts", printWidth: lineWidth });
}

import { format as prettier } from "prettier";
import { type Lines, lineWidth } from "./layout.ts";

/** Beyond these, prettier is slow (2 ms a line at worst) or overflows its stack; the printed lines are tidy as they are. */
const limits = { lines: 250, statement: 8000, nesting: 100 };

/** One text of all sections, a blank line between them; those that are small are formatted. */
export async function format(sections: readonly Lines[]): Promise<string> {
  const texts = await Promise.all(
    runs(sections).map(async ({ isSmall, text }) =>
      isSmall ? prettier(text, { parser: "babel-ts", printWidth: lineWidth }) : text,
    ),
  );
  return texts.join("\n");
}

interface RunOfSections {
  readonly isSmall: boolean;
  text: string;
}

/** Neighbouring sections of one kind together: each call of prettier has its price. */
function runs(sections: readonly Lines[]): readonly RunOfSections[] {
  const found: RunOfSections[] = [];
  for (const section of sections) {
    const isSmall =
      section.count <= limits.lines &&
      section.longestStatement <= limits.statement &&
      section.deepestNesting <= limits.nesting;
    const last = found.at(-1);
    if (last?.isSmall === isSmall) last.text += `\n${section.toString()}\n`;
    else found.push({ isSmall, text: `${section.toString()}\n` });
  }
  return found;
}

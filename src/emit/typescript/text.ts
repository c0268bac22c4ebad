/** A number as the shortest literal that reads back to the same bits (NaN has no payload here). */
export function numberLiteral(value: number): string {
  if (Object.is(value, -0)) return "-0";
  return String(value);
}

/** Control characters, line separators, bidirectional marks and lone surrogates: nothing that can hide or break text. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029]/gu;

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A string literal whose value is `text`, of printable characters only. */
export function stringLiteral(text: string): string {
  return JSON.stringify(text).replace(unprintable, (found) =>
    [...found.split("")].map(escapeCharacter).join(""),
  );
}

/**
 * `text` as lines that are safe inside a comment: no line ends the comment, none holds a character that an editor
 * would not show. Tabs become spaces.
 */
export function commentLines(text: string): readonly string[] {
  return text.split(/\r\n|[\n\r\u2028\u2029]/u).map((line) =>
    line
      .replace(/\t/g, "  ")
      .replace(unprintable, (found) => found.split("").map(escapeCharacter).join(""))
      .replace(/\*\//g, "*\\/")
      .trimEnd(),
  );
}

/** One line for a comment. */
export function commentText(text: string): string {
  return commentLines(text).join(" ");
}

const identifierName = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** A property name: the bare identifier where it is one, else a string; computed where a plain one would set a prototype. */
export function propertyKey(name: string): string {
  if (name === "__proto__") return `["__proto__"]`;
  return identifierName.test(name) ? name : stringLiteral(name);
}

/** `.name`, or `["na.me"]`. */
export function propertyAccess(name: string): string {
  return identifierName.test(name) ? `.${name}` : `[${stringLiteral(name)}]`;
}

/** A word as a shell reads it back, in quotes where need be. */
export function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** The path of a file as an argument: one that begins with a dash would be read as an option. */
export function quotedPath(path: string): string {
  return quoted(path.startsWith("-") ? `./${path}` : path);
}

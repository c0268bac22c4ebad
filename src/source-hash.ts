/** What no change of a comment or of spacing alters. */
export function withoutComments(text: string): string {
  return text
    .replace(/#.*/g, "")
    .replace(/[^\S\n]+/g, " ")
    .replace(/\s*\n\s*/g, "\n")
    .trim();
}

/** Hexadecimal SHA-256 of `text` in UTF-8, by the Web Crypto interface that Node and browsers share. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

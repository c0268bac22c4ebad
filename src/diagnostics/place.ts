import type { SourceSpan } from "./diagnostic.ts";

/**
 * Where a span starts, as editors count.
 *
 * @param span A place in a text.
 * @returns Line and column, both counted from 1; columns in characters.
 */
export function positionOf(span: SourceSpan): {
  readonly line: number;
  readonly column: number;
} {
  const { text } = span.source;
  const before = text.slice(textStart(text), span.start).split(/\r\n|\n|\r/);
  return { line: before.length, column: Array.from(before.at(-1) ?? "").length + 1 };
}

/** Where a text begins for people: a byte order mark before it is no character of its first line. */
export function textStart(text: string): number {
  return text.startsWith("\ufeff") ? 1 : 0;
}

/** `iris.nabla:9:12` */
export function placeOf(span: SourceSpan): string {
  const { line, column } = positionOf(span);
  return `${printable(span.source.name)}:${line}:${column}`;
}

/** Control characters, line separators and bidirectional overrides made visible and harmless. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|\p{Cs}/gu, "\ufffd");
}

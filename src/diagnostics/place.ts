import type { SourceSpan } from "./diagnostic.ts";

/** Line and column of the start of a span, both counted from 1; columns in characters. */
export function positionOf({ source, start }: SourceSpan): {
  readonly line: number;
  readonly column: number;
} {
  const before = source.text.slice(0, start).split(/\r\n|\n|\r/);
  return { line: before.length, column: Array.from(before.at(-1) ?? "").length + 1 };
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

import { describe, expect, it } from "vitest";
import { Lines, lineWidth } from "../../../src/emit/typescript/layout.ts";

function laidOut(statement: string, indent = ""): readonly string[] {
  const lines = new Lines(indent);
  lines.statement(statement);
  return lines.toString().split("\n");
}

describe("long statements", () => {
  const terms = Array.from({ length: 40 }, (_, k) => `W_${k} * h_${k}`);

  it("are broken between the terms of a sum, not inside a product", () => {
    const lines = laidOut(`const sum = ${terms.join(" + ")};`, "    ");
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(lineWidth);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {6}\+ W_\d+ \* h_\d+/);
  });

  it("are broken inside a product where there is nothing else to break", () => {
    const lines = laidOut(`const product = ${terms.map((_, k) => `x_${k}`).join(" * ")};`);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines.slice(1)) expect(line).toMatch(/^ {2}\* x_\d+/);
  });

  it("read the same without the breaks", () => {
    const statement = `total += (${terms.join(" * ")}) / Math.max(${terms.slice(0, 9).join(", ")});`;
    expect(
      laidOut(statement)
        .map((line) => line.trim())
        .join(" "),
    ).toBe(statement);
  });
});

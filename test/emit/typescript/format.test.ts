import { expect, test } from "vitest";
import { format } from "../../../src/emit/typescript/format.ts";
import { Lines } from "../../../src/emit/typescript/layout.ts";

test("sums of thousands of terms and deep nesting come through, in lines of bounded width", async () => {
  const terms = Array.from({ length: 3000 }, (_, i) => `W_${i} * x_${i}`).join(" + ");
  const nested = `${"f(".repeat(600)}x${")".repeat(600)}`;
  const lines = new Lines();
  lines.block("function long(): void", () => {
    lines.statement(`const sum = ${terms};`);
    lines.statement(`return sum + ${nested};`);
  });
  const text = await format([lines]);
  expect(text.replace(/\s+/g, " ")).toContain(terms);
  for (const line of text.split("\n"))
    if (!line.includes("f(f(")) expect(line.length).toBeLessThanOrEqual(110);
  expect(text).not.toMatch(/return *\n/);
});

test("small sections are formatted, large ones stand as they were printed", async () => {
  const small = new Lines();
  small.raw(["const a = {b:1}"]);
  const large = new Lines();
  for (let i = 0; i < 1000; i++) large.statement(`f( ${i});`);
  const text = await format([small, large, small]);
  expect(text.startsWith("const a = { b: 1 };\n\nf( 0);\n")).toBe(true);
  expect(text.endsWith("f( 999);\n\nconst a = { b: 1 };\n")).toBe(true);
});

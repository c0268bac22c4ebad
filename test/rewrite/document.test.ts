import { readFileSync, writeFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { expect, it } from "vitest";
import { documentRules } from "../../src/rewrite/index.ts";

const file = new URL("../../docs/rules.md", import.meta.url);

it("docs/rules.md says what the rules say; UPDATE_DOCS=1 rewrites it", async () => {
  const options = await resolveConfig(file);
  const expected = await format(documentRules(), { ...options, parser: "markdown" });
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(file, expected);
  expect(readFileSync(file, "utf8")).toBe(expected);
});

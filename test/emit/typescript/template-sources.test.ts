import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { embeddedTemplates } from "../../../scripts/embed-templates.ts";
import { templateSources } from "../../../src/emit/typescript/template-sources.ts";

test("the embedded templates are those of templates/", async () => {
  const file = new URL("../../../src/emit/typescript/template-sources.ts", import.meta.url);
  expect(readFileSync(file, "utf8")).toBe(await embeddedTemplates());
});

test("a part names what it needs", () => {
  expect(templateSources["fillOrthogonal"]?.needs).toEqual(["fillNormal", "removeComponent", "scaleToUnit"]);
  expect(templateSources["erf"]?.needs).toEqual([]);
});

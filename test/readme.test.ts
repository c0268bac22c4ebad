import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../src/compile.ts";
import { inspectNetwork } from "../src/inspect/index.ts";
import { readNetwork } from "../src/language/index.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The texts of the fenced blocks of a language. */
function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``, "g"))].map(
    ([, text = ""]) => text,
  );
}

/** The text of the first fenced block of a language. */
function block(language: string): string {
  const [text] = blocks(language);
  if (text === undefined) throw new Error(`README.md has no ${language} block`);
  return text;
}

const significantLines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim().replaceAll(/ +/g, " "))
    .filter((line) => line !== "" && !line.startsWith("// …"));

describe("README.md", async () => {
  const compilation = await compile({ name: "xor.nabla", text: block("nabla") });

  it("shows the gradients that its network has", () => {
    const printed = significantLines(inspectNetwork(compilation, { format: "text" }));
    for (const line of significantLines(block("text"))) expect(printed).toContain(line);
  });

  it("shows the recurrences that its recurrent network has", async () => {
    const [, , network = ""] = blocks("nabla");
    const [, formulas = ""] = blocks("text");
    const recurrent = await compile({ name: "recurrent.nabla", text: network });
    const printed = significantLines(inspectNetwork(recurrent, { format: "text" }));
    for (const line of significantLines(formulas)) expect(printed).toContain(line);
  });

  it("holds networks that can be read", () => {
    for (const text of blocks("nabla"))
      expect(readNetwork({ name: "readme.nabla", text }).warnings).toEqual([]);
  });

  it("shows lines of the code that its network compiles to, in order", () => {
    const code = significantLines(
      compilation.code.slice(compilation.code.indexOf("export function trainStep")),
    );
    let from = 0;
    for (const line of significantLines(block("ts"))) {
      const at = code.indexOf(line, from);
      expect(at, `"${line}" after line ${from} of trainStep`).toBeGreaterThanOrEqual(from);
      from = at + 1;
    }
  });

  it("names commands that package.json has", () => {
    const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    for (const [, name = ""] of readme.matchAll(/npm run ([a-z]+)/g))
      expect(Object.keys(scripts)).toContain(name);
  });
});

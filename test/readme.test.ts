import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile } from "../src/compile.ts";
import { inspectNetwork } from "../src/inspect/index.ts";
import { readNetwork } from "../src/language/index.ts";
import { loadModule } from "../src/verify/load-module.ts";
import { nabla } from "./cli/run.ts";
import { problemsOf } from "./support/strict-types.ts";

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

  const commands = [...readme.matchAll(/npx nabla ([^`<\n]+)/g)].map(([, command = ""]) => command.trim());

  it("shows commands", () => {
    expect(commands.map((command) => command.split(" ")[0])).toEqual(
      expect.arrayContaining(["generate", "inspect", "verify", "train"]),
    );
  });

  it.each([...new Set(commands)])("nabla %s does its work", async (command) => {
    const [name = "", ...options] = command.split(" ");
    // What it would write is there.
    const checked = name === "generate" ? [...options, "--check"] : options;
    const { code, stderr } = await nabla([name, ...checked]);
    expect(stderr).toMatch(/^(unchanged .*\n)?$/);
    expect(code).toBe(0);
  });

  it("shows how to train in the views of a kernel", async () => {
    const example = blocks("ts").find((text) => text.includes("views")) ?? "";
    const [, path = "", body = ""] = /^import .* from "\.\/(.*)";\n([^]*)$/.exec(example) ?? [];
    const code = readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
    const whole = `${code}
export async function example(images: Float32Array, labels: Int32Array): Promise<number> {
${body}
return loss;
}
`;
    expect(problemsOf(whole)).toEqual([]);
    const module = await loadModule<{
      example: (images: Float32Array, labels: Int32Array) => Promise<number>;
    }>(whole);
    const images = Float32Array.from({ length: 64 * 784 }, (_, k) => Math.max(0, Math.sin(k)));
    const labels = Int32Array.from({ length: 64 }, (_, k) => k % 10);
    expect(await module.example(images, labels)).toBeCloseTo(Math.log(10), 0);
  });
});

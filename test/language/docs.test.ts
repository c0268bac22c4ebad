import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { preludeSource, readNetwork } from "../../src/language/index.ts";
import { builtins, constants } from "../../src/language/builtins/index.ts";
import { read, valueOf } from "./support.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/language.md"), "utf8");
const blocks = [...page.matchAll(/^```nabla( fragment)?\n([\s\S]*?)^```$/gm)].map(
  ([, fragment, text = ""]) => ({
    isFragment: fragment !== undefined,
    text,
  }),
);

/** What the page says its names are. */
const declarations = "x = input([3])\ny = input([3])\nA = input([2, 3])\ns = input()\n";
const data = { x: [1, 2, 3], y: [4, 5, 6], A: [1, 2, 3, 4, 5, 6], s: [2] };

describe("docs/language.md", () => {
  it.each(blocks)("reads $text", ({ isFragment, text }) => {
    const network = isFragment ? read(declarations + text) : readNetwork({ name: "docs.nabla", text });
    const codes = network.warnings.map(({ code }) => code);
    const unused = ["unused-input", "unused-value"]; // what a page shows by itself
    expect(codes.filter((code) => !unused.includes(code))).toEqual([]);
  });

  const values = blocks.flatMap(({ isFragment, text }) =>
    [...text.matchAll(/^(\w+) = .*# (-?[0-9.]+|\[[-0-9., ]+\])$/gm)].map(([, name = "", value = ""]) => ({
      isFragment,
      text,
      name,
      value,
    })),
  );

  it("has values to check", () => {
    expect(values.length).toBeGreaterThan(50);
  });

  it.each(values.filter(({ isFragment }) => isFragment))(
    "$name is $value in $text",
    ({ text, name, value }) => {
      // What is known while reading has no node; adding an input makes one of it.
      const network = read(`${declarations}${text}\nresult = ${name} + 0 * s`);
      const expected = [JSON.parse(value) as number | number[]].flat();
      const found = valueOf(network, "result", data);
      expect(found).toHaveLength(expected.length);
      found.forEach((each, index) => {
        expect(each).toBeCloseTo(expected[index] ?? NaN, 10);
      });
    },
  );

  it("names everything the language defines", () => {
    const defined = [...preludeSource.text.matchAll(/^(\w+)(?:\(.*?\))? =/gm)].map(([, name = ""]) => name);
    const missing = [...defined, ...builtins.keys(), ...constants.keys()].filter(
      (name) => !new RegExp(`\\b${name}\\b`).test(page),
    );
    expect(defined.length).toBeGreaterThan(40);
    expect(missing).toEqual([]);
  });
});

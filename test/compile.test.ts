import { describe, expect, test } from "vitest";
import { compile } from "../src/compile.ts";

const text = "x = input()\nt = target()\nw = parameter()\nloss = (w * x - t)^2";

/** The command in the header of what a file of this name is compiled to. */
async function commandFor(name: string, options = {}): Promise<string | undefined> {
  const { code } = await compile({ name, text }, options);
  return /^ \* +(nabla generate .*)$/m.exec(code)?.[1];
}

describe("the command that the header names", () => {
  test("is by default the one that generates the file, as a shell must get it", async () => {
    expect(await commandFor("nets/line.nabla")).toBe("nabla generate nets/line.nabla");
    expect(await commandFor("a b.nabla")).toBe("nabla generate 'a b.nabla'");
    expect(await commandFor("it's.nabla")).toBe(String.raw`nabla generate 'it'\''s.nabla'`);
    expect(await commandFor("-v.nabla")).toBe("nabla generate ./-v.nabla");
  });

  test("is else what the caller says", async () => {
    const regenerate = "nabla generate a b.nabla --out src";
    expect(await commandFor("a b.nabla", { regenerate })).toBe(regenerate);
  });
});

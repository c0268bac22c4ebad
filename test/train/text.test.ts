import { describe, expect, it } from "vitest";
import { DiagnosticError, OptionError } from "../../src/diagnostics/index.ts";
import type { DataSlot, ModuleProgram } from "../../src/program/index.ts";
import { prepareText, type TextOptions } from "../../src/train/text.ts";

const letters = (name: string, shape: readonly number[], categories = 5): DataSlot => ({
  name,
  shape,
  element: "integer",
  categories,
});

function prepare(
  text: string,
  options: TextOptions = {},
  slots = [letters("x", [3]), letters("t", [3])],
): ReturnType<typeof prepareText> {
  const [input, target, ...others] = slots;
  const program = { inputs: [input, ...others], targets: [target] } as unknown as ModuleProgram; // no more is read
  return prepareText({ program }, { name: "book.txt", text }, options);
}

const valuesOf = (slots: ReturnType<typeof prepareText>["training"]): unknown =>
  slots.map(({ values }) => [...values]);

function fault(run: () => unknown): { code?: string; message?: string; at?: unknown; isOption: boolean } {
  try {
    run();
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    const [first] = error.diagnostics;
    return { ...first, at: first?.span?.start, isOption: error instanceof OptionError };
  }
  throw new Error("no fault was found");
}

describe("a text becomes samples", () => {
  it("each of whose characters is to be predicted from those before it", () => {
    const data = prepare("abcabca");
    expect(data).toMatchObject({ samples: 2, heldOutSamples: 0, heldOut: [] });
    expect(data.text).toEqual({ length: 3, stride: 3, vocabulary: ["a", "b", "c"] });
    expect(valuesOf(data.training)).toEqual([
      [0, 1, 2, 0, 1, 2],
      [1, 2, 0, 1, 2, 0],
    ]);
  });

  it("that overlap, where the stride says so", () => {
    expect(valuesOf(prepare("abcdd", { stride: 1 }).training)).toEqual([
      [0, 1, 2, 1, 2, 3],
      [1, 2, 3, 2, 3, 3],
    ]);
  });

  it("of which a scalar target gets the character that follows", () => {
    const slots = [letters("x", [3]), letters("t", [])];
    expect(valuesOf(prepare("abcdabcd", {}, slots).training)).toEqual([
      [0, 1, 2, 3, 0, 1],
      [3, 2],
    ]);
  });

  it("of code points, numbered in their order", () => {
    const data = prepare("\ufeff😀b\na😀");
    expect(data.text?.vocabulary).toEqual(["\n", "a", "b", "😀"]);
    expect(valuesOf(data.training)).toEqual([
      [3, 2, 0],
      [2, 0, 1],
    ]);
  });

  it("with numbers as a vocabulary says, � standing for what is not in it", () => {
    const data = prepare("abcx", { vocabulary: "c�ba" });
    expect(valuesOf(data.training)).toEqual([
      [3, 2, 0],
      [2, 0, 1],
    ]);
  });

  it("of which those of the end are held out", () => {
    const data = prepare("abcdabcd", { validation: 0.5 });
    expect(valuesOf(data.training)).toEqual([
      [0, 1, 2],
      [1, 2, 3],
    ]);
    expect(data).toMatchObject({ samples: 1, heldOutSamples: 1 });
    expect(valuesOf(data.heldOut)).toEqual(valuesOf(data.training));
  });

  it("with another text held out, in the numbers of the first", () => {
    const data = prepare("abcd", { validation: { name: "other.txt", text: "dcba" } });
    expect(valuesOf(data.heldOut)).toEqual([
      [3, 2, 1],
      [2, 1, 0],
    ]);
    const unknown = fault(() => prepare("abcd", { validation: { name: "other.txt", text: "abce" } }));
    expect(unknown).toMatchObject({ code: "unknown-character", at: 3 });
  });
});

describe("a text is refused", () => {
  it.each([
    ["that is too short", "abc", {}, "but book.txt has 3 characters"],
    ["that is empty", "", {}, "but book.txt has 0 characters"],
    [
      "of which too little is left",
      "abcdabcd",
      { validation: 0.9 },
      "but the rest of book.txt has 1 character.",
    ],
    [
      "of which too little is held out",
      "abcdabcd",
      { validation: 0.1 },
      "what is held out of book.txt has 1 char",
    ],
  ])("%s", (_, text, options, message) => {
    const { code, message: found } = fault(() => prepare(text, options));
    expect(code).toBe("too-short-text");
    expect(found).toContain(message);
  });

  it("with more characters than the network has numbers", () => {
    expect(fault(() => prepare("abcdef"))).toMatchObject({
      code: "too-many-characters",
      message: "book.txt has 6 different characters; x has room for 5.",
      isOption: false,
    });
  });

  it.each([
    ["abcdef", "too-many-characters", "The vocabulary has 6 different characters; x has room for 5."],
    ["aba", "vocabulary-option", 'The vocabulary has "a" (U+0061) twice.'],
  ])("with the vocabulary %s", (vocabulary, code, message) => {
    expect(fault(() => prepare("abca", { vocabulary }))).toMatchObject({ code, message, isOption: true });
  });

  it("where a character has no number, which is shown", () => {
    const found = fault(() => prepare("\ufeffab\u00e9", { vocabulary: "ab" }));
    expect(found).toMatchObject({
      code: "unknown-character",
      message: '"é" (U+00E9) is not in the vocabulary.',
      at: 3,
    });
  });

  it.each([
    [
      "of measured numbers",
      [{ name: "x", shape: [3], element: "real" }, letters("t", [3])],
      "x = input([3]) and",
    ],
    ["of another length", [letters("x", [3]), letters("t", [2])], "t = target([2], {categories: 5})"],
    ["of a matrix", [letters("x", [3, 2]), letters("t", [3, 2])], "x = input([3, 2], {categories: 5})"],
    [
      "with two inputs",
      [letters("x", [3]), letters("t", [3]), letters("y", [])],
      "y = input({categories: 5})",
    ],
  ] as const)("by a network %s", (_, slots, message) => {
    const found = fault(() => prepare("abcabc", {}, [...slots] as DataSlot[]));
    expect(found.code).toBe("text-network");
    expect(found.message).toContain(message);
  });
});

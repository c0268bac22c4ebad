import { describe, expect, it } from "vitest";
import { liesIn, parseRange, parseRanges, sayNumberIn, sayRange } from "../../src/language/ranges.ts";

describe("ranges", () => {
  it.each([
    ["[0, 1)", [0, 0.5], [-1, 1, 2], "of at least 0 and below 1"],
    ["(0, Infinity)", [1e-9, 1e9], [0, -1, Infinity], "above 0"],
    ["(-Infinity, 2]", [-1e9, 2], [2.5, -Infinity], "of at most 2"],
    ["1, 2, …", [1, 7], [0, 1.5, -1, Infinity], "of at least 1"],
    ["0, 1, ...", [0, 3], [-1, 0.5], "of at least 0"],
    ["[-1,1e3]", [-1, 1000], [-2, 1001], "of at least -1 and of at most 1000"],
  ])("%s", (text, inside, outside, said) => {
    const range = parseRange(text);
    if (range === undefined) throw new Error(`${text} is a range`);
    expect(inside.every((value) => liesIn(range, value))).toBe(true);
    expect([...outside, NaN].some((value) => liesIn(range, value))).toBe(false);
    expect(sayRange(range)).toBe(said);
  });

  it.each([
    "",
    "0, 1",
    "[1, 0]",
    "[0, 0]",
    "[a, b]",
    "[0, 1",
    "[0; 1]",
    "[0, 1, 2]",
    "1, 3, …",
    "2, 1, …",
    "1, 2",
    "[0, 1) × 2",
  ])("%j is none", (text) => {
    expect(parseRange(text)).toBeUndefined();
  });

  it("may be of several numbers", () => {
    expect(parseRanges("1, 2, … × 2")).toEqual({ ...parseRange("1, 2, …"), times: 2 });
    expect(parseRanges("[0, 1) × 3")).toEqual({ ...parseRange("[0, 1)"), times: 3 });
    expect(parseRanges("[0, 1)")).toEqual(parseRange("[0, 1)"));
    for (const none of ["[0, 1) × 0", "× 2", "[0, 1) × 2 × 2", "[0, 1) × x"])
      expect(parseRanges(none)).toBeUndefined();
  });

  it("say what a number in them is", () => {
    expect(sayNumberIn(parseRange("1, 2, …"))).toBe("a whole number of at least 1");
    expect(sayNumberIn(parseRange("(0, Infinity)"))).toBe("a number above 0");
    expect(sayNumberIn(undefined)).toBe("a finite number");
  });
});

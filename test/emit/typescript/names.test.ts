import fc from "fast-check";
import ts from "typescript";
import { expect, test } from "vitest";
import { mangle, Scope } from "../../../src/emit/typescript/names.ts";

test("names of formulas stay as they are", () => {
  for (const name of ["W1", "dW1", "θ", "x_1", "$a"]) expect(new Scope().declare(name, name)).toBe(name);
  expect(mangle("h.weight")).toBe("h_weight");
  expect(mangle("1st")).toBe("_1st");
});

test("reserved words and globals get an underscore, taken names a number", () => {
  const scope = new Scope(["loss"]);
  expect(
    ["class", "Math", "await", "eval", "arguments", "loss"].map((name) => scope.declare(name, name)),
  ).toEqual(["class_", "Math_", "await_", "eval_", "arguments_", "loss_2"]);
});

test("any text becomes an identifier, different keys different ones", () => {
  const names = fc.array(
    fc.string({ unit: fc.constantFrom("a", ".", "_", "2", "é", "\u200d", "*", "/", "𝔵", " ") }),
  );
  fc.assert(
    fc.property(names, (texts) => {
      const scope = new Scope();
      const keys = [...new Set(texts)];
      const identifiers = keys.map((key) => scope.declare(key, key));
      expect(new Set(identifiers).size).toBe(keys.length);
      for (const identifier of identifiers) expect(isIdentifier(identifier)).toBe(true);
      expect(keys.map((key) => scope.declare(key, key))).toEqual(identifiers);
    }),
  );
});

function isIdentifier(text: string): boolean {
  const scanner = ts.createScanner(ts.ScriptTarget.ES2022, false, ts.LanguageVariant.Standard, text);
  return scanner.scan() === ts.SyntaxKind.Identifier && scanner.getTokenEnd() === text.length;
}

test("an inner scope does not hide what its code mentions", () => {
  const outer = new Scope(["train", "erf"]);
  const inner = outer.inner(["train"]);
  expect(inner.declare("a", "train")).toBe("train");
  expect(inner.declare("b", "erf")).toBe("erf_2");
});

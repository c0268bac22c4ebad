import fc from "fast-check";
import { expect, test } from "vitest";
import {
  commentLines,
  numberLiteral,
  propertyKey,
  stringLiteral,
} from "../../../src/emit/typescript/text.ts";

function evaluate(text: string): unknown {
  // Of our own printing, and only in a test: the point is that it reads back.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  return new Function(`return (${text})`)();
}

test("numbers read back to the same bits", () => {
  fc.assert(fc.property(fc.double(), (value) => Object.is(evaluate(numberLiteral(value)), value)));
  for (const value of [0, -0, Infinity, -Infinity, NaN, 5e-324, Number.MAX_VALUE, 1e21, -1e-7]) {
    expect(evaluate(numberLiteral(value))).toBe(value);
  }
});

test("strings read back, and show nothing that an editor would hide", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, (value) => {
      const literal = stringLiteral(value);
      expect(evaluate(literal)).toBe(value);
      expect(literal).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    }),
  );
});

test("a comment cannot be ended, hidden in or broken by what it quotes", () => {
  const hostile = "a */ alert(1) /* b\u2028c\u202ed\0e\rf\r\ng\ttab *\u200b/";
  const lines = commentLines(hostile);
  expect(lines).toEqual(["a *\\/ alert(1) /* b", "c\\u202ed\\u0000e", "f", "g  tab *\\u200b/"]);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("*", "/", "\\", "\n", "\u2028", "a", "\r") }), (text) => {
      for (const line of commentLines(text)) expect(line).not.toMatch(/\*\/|[\n\r\u2028\u2029]/);
    }),
  );
});

test("a property key never sets a prototype", () => {
  expect(propertyKey("W1")).toBe("W1");
  expect(propertyKey("h.weight")).toBe('"h.weight"');
  expect(evaluate(`Object.getPrototypeOf({ ${propertyKey("__proto__")}: null }) === Object.prototype`)).toBe(
    true,
  );
});

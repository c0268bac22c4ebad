import { describe, expect, it } from "vitest";
import { testOperandsOfMaxima } from "../../../src/lower/rewrites/tested.ts";
import { formatStatements, type Statement } from "../../../src/program/index.ts";
import { apply, define, load, at, local, number } from "../../program/sample.ts";

const larger = apply("maximum", local("x"), number(0));
const asked = apply("less", number(0), local("h"));

function lines(x: Statement, h: Statement, test = asked): readonly string[] {
  return formatStatements(testOperandsOfMaxima([x, h, define("t", test)]));
}

describe("a test of max(x, c)", () => {
  const x = define("x", load("x", at(3)));

  it("asks about x, which is at hand", () => {
    expect(lines(x, define("h", larger))).toEqual(["let x = x[3]", "let h = maximum(x, 0)", "let t = 0 < x"]);
  });

  it("stays where c is another number, x may change, or it is no such test", () => {
    expect(lines(x, define("h", larger), apply("less", number(1), local("h")))[2]).toBe("let t = 1 < h");
    expect(lines(x, define("h", larger), apply("less", local("h"), number(0)))[2]).toBe("let t = h < 0");
    expect(lines(define("x", number(1), true), define("h", larger)).at(-1)).toBe("let t = 0 < h");
    expect(lines(x, define("h", larger, true)).at(-1)).toBe("let t = 0 < h");
    expect(lines(x, define("h", apply("maximum", local("x"), local("x")))).at(-1)).toBe("let t = 0 < h");
  });
});

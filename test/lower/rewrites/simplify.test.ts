import { describe, expect, it } from "vitest";
import { simplifyExpressions } from "../../../src/lower/rewrites/simplify.ts";
import { type Expression, type Statement, scalarNumber } from "../../../src/program/index.ts";

const local = (name: string): Expression => ({ kind: "local", name });
const apply = (operation: "and" | "lessEqual" | "add", ...operands: Expression[]): Expression => ({
  kind: "apply",
  operation,
  operands,
});
const define = (name: string, value: Expression, mutable = false): Statement => ({
  kind: "let",
  name,
  value,
  mutable,
});

describe("simplifyExpressions", () => {
  it("puts locals that turn out to be numbers where they are used, in loops too", () => {
    const statements: readonly Statement[] = [
      define("seen", apply("lessEqual", scalarNumber(1), scalarNumber(2))),
      define("hidden", apply("and", scalarNumber(0), local("mask"))),
      {
        kind: "loop",
        variable: "i",
        from: 0,
        to: 3,
        step: 1,
        body: [
          define("a", apply("and", local("seen"), local("mask"))),
          define("b", apply("and", local("hidden"), local("mask"))),
        ],
      },
    ];
    const found = simplifyExpressions(statements);
    expect(found.slice(0, 2)).toEqual([define("seen", scalarNumber(1)), define("hidden", scalarNumber(0))]);
    expect(found[2]).toMatchObject({ body: [define("a", local("mask")), define("b", scalarNumber(0))] });
  });

  it("leaves alone what is assigned again", () => {
    const statements = [
      define("total", scalarNumber(0), true),
      define("next", apply("add", local("total"), scalarNumber(1))),
    ];
    expect(simplifyExpressions(statements)).toEqual(statements);
  });
});

import { expect, it } from "vitest";
import { spellOutSigmoids } from "../../../src/lower/rewrites/spell-out.ts";
import { formatStatements, scalarApply, scalarNumber, type Statement } from "../../../src/program/index.ts";

it("writes exponentials for sigmoids, those within others and in loops too", () => {
  const inner = scalarApply("sigmoid", { kind: "local", name: "z" });
  const value = scalarApply("tanh", scalarApply("sigmoid", scalarApply("add", inner, scalarNumber(2))));
  const body: readonly Statement[] = [{ kind: "let", name: "y", value, mutable: false }];
  const loop: Statement = { kind: "loop", variable: "i", from: 0, to: 3, step: 1, body };
  expect(formatStatements(spellOutSigmoids([loop]))).toEqual([
    "for i = 0 to 3 {",
    "  let y = tanh(1 / (1 + exp(-(1 / (1 + exp(-z)) + 2))))",
    "}",
  ]);
});

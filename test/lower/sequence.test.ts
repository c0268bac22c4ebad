import { expect, it } from "vitest";
import { inSequence } from "../../src/lower/sequence.ts";
import { affineVariable, type Affine, type Statement } from "../../src/program/index.ts";

type Loop = Extract<Statement, { kind: "loop" }>;

function copied(to: string, from: string, offset: Affine): Statement {
  const value = { kind: "load", buffer: from, offset } as const;
  return { kind: "store", buffer: to, offset: affineVariable("i"), value, accumulate: false };
}

function overElements(...body: readonly Statement[]): Loop {
  return { kind: "loop", variable: "i", from: 0, to: 4, step: 1, body };
}

const [i, t] = [affineVariable("i"), affineVariable("t")];
const nest = overElements(copied("h", "w_T", i), copied("g", "h", i));
const sequence: Loop = { kind: "loop", variable: "t", from: 0, to: 3, step: 1, body: [nest] };

it("makes a copy of what no step changes once for all of them, be it in a function of its own", () => {
  const copy = overElements(copied("w_T", "w", i));
  const piece: Statement = { kind: "piece", name: "transpose_w", body: [copy] };
  for (const each of [copy, piece]) {
    const { before, statements } = inSequence(sequence, [{ before: [each], statements: [nest] }]);
    expect(before).toEqual([each]);
    expect(statements).toEqual([sequence]);
  }
});

it.each([
  ["a step stores", copied("w_T", "h", i)],
  ["moves with the steps", copied("w_T", "w", t)],
  [
    "lies where the steps say",
    copied("w_T", "w", {
      constant: 0,
      terms: [{ coefficient: 1, atom: { kind: "element", buffer: "ids", offset: t } }],
    }),
  ],
])("makes a copy of what %s at each of them", (_, store) => {
  const copy = overElements(store);
  const { before, statements } = inSequence(sequence, [{ before: [copy], statements: [nest] }]);
  expect(before).toEqual([]);
  expect(statements).toEqual([{ ...sequence, body: [copy, nest] }]);
});

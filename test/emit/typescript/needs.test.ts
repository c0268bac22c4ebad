import { expect, it } from "vitest";
import { roundedBounds, streamsOf } from "../../../src/emit/typescript/needs.ts";
import type { Statement } from "../../../src/program/index.ts";
import { at, define, number } from "../../program/sample.ts";

function upTo(multipleOf: number, ...body: readonly Statement[]): Statement {
  return { kind: "loop", variable: "n", from: 0, to: { kind: "batch", multipleOf }, step: 1, body };
}

function draw(stream: number): Statement {
  return define(`u${stream}`, { kind: "random", stream, value: at(0) });
}

const statements: readonly Statement[] = [
  upTo(8, draw(4)),
  { kind: "when", value: number(1), body: [upTo(4, draw(2), upTo(1)), draw(2)] },
  { kind: "piece", name: "part", body: [upTo(16, draw(9))] },
];

it("finds the rounded batch sizes of a function, those of its pieces left out", () => {
  expect(roundedBounds(statements)).toEqual([4, 8]);
});

it("finds the streams of random numbers of a function, those of its pieces left out", () => {
  expect(streamsOf(statements)).toEqual([2, 4]);
});

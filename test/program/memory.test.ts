import { expect, test } from "vitest";
import { type Buffer, bufferKey, bufferLength, planMemory } from "../../src/program/index.ts";
import { at, buffer, load, number, program, store } from "./sample.ts";

const [a, b, c] = [buffer("scratch", "a", [4]), buffer("scratch", "b", [2]), buffer("scratch", "c", [3])];
const length = (batch: number) => (each: Buffer) => bufferLength(each, batch);

test("buffers that are never needed at once share memory, others do not", () => {
  const plan = planMemory(
    [
      program(
        [a, b, c],
        [
          store("a", at(0), number(1)),
          store("b", at(0), load("a", at(0))),
          store("c", at(0), load("b", at(0))), // a is no longer needed
        ],
      ),
    ],
    length(1),
  );
  expect(plan).toEqual({
    offsets: new Map([
      [bufferKey(a), 0],
      [bufferKey(c), 0],
      [bufferKey(b), 4],
    ]),
    length: 6,
    unpacked: 9,
  });
});

test("a buffer that two programs have keeps one place that suits both", () => {
  const first = program([a, b], [store("a", at(0), number(1)), store("b", at(0), number(1))]);
  const second = program([a, b], [store("a", at(0), number(1)), store("b", at(0), load("a", at(0)))]);
  expect(planMemory([first], length(1)).length).toBe(4);
  expect(planMemory([first, second], length(1)).length).toBe(6);
});

test("the batch counts, and what a piece does in turn counts as moments of its own", () => {
  const batched = buffer("scratch", "h", [3], true);
  const body = [
    { kind: "piece", name: "p", body: [store("h", at(0), number(1)), store("a", at(0), number(1))] },
  ] as const;
  expect(planMemory([program([batched, a], body)], length(8))).toMatchObject({ length: 24, unpacked: 28 });
});

test("what has no length lies elsewhere", () => {
  const body = [store("a", at(0), number(1)), store("b", at(0), load("a", at(0)))];
  const plan = planMemory([program([a, b], body)], ({ name }) => (name === "a" ? undefined : 64));
  expect(plan).toEqual({ offsets: new Map([[bufferKey(b), 0]]), length: 64, unpacked: 64 });
});

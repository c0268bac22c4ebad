import { expect, test } from "vitest";
import { bufferKey, planMemory } from "../../../src/emit/typescript/memory.ts";
import { at, buffer, load, number, program, store } from "./networks.ts";

const [a, b, c] = [buffer("a", "scratch", [4]), buffer("b", "scratch", [2]), buffer("c", "scratch", [3])];

test("buffers that are never needed at once share memory, others do not", () => {
  const plan = planMemory(
    [
      program(
        "trainStep",
        [a, b, c],
        [
          store("a", at(0), number(1)),
          store("b", at(0), load("a", at(0))),
          store("c", at(0), load("b", at(0))), // a is no longer needed
        ],
      ),
    ],
    1,
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
  const first = program("trainStep", [a, b], [store("a", at(0), number(1)), store("b", at(0), number(1))]);
  const second = program(
    "gradient",
    [a, b],
    [store("a", at(0), number(1)), store("b", at(0), load("a", at(0)))],
  );
  expect(planMemory([first], 1).length).toBe(4);
  expect(planMemory([first, second], 1).length).toBe(6);
});

test("the batch counts, and what a piece does in turn counts as moments of its own", () => {
  const batched = buffer("h", "scratch", [3], { batched: true });
  const body = [
    { kind: "piece", name: "p", body: [store("h", at(0), number(1)), store("a", at(0), number(1))] },
  ] as const;
  expect(planMemory([program("loss", [batched, a], body)], 8)).toMatchObject({ length: 24, unpacked: 28 });
});

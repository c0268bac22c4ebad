import { expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { inspectNetwork } from "../../src/inspect/index.ts";

/** The lines that say what signs mean, by their beginnings. */
async function explained(text: string): Promise<readonly string[]> {
  const lines = inspectNetwork(await compile({ name: "test.nabla", text }), { format: "text" }).split("\n");
  const beginnings = [
    "[c] ",
    "sum₁,",
    "broadcast(",
    "windows(",
    "overlapAdd(",
    "pad(",
    "index₁()",
    "𝟏 ",
    "x[",
  ];
  return beginnings.filter((beginning) => lines.some((line) => line.startsWith(beginning)));
}

it.each<[string, string, readonly string[]]>([
  [
    "x = input([3, 2])\nw = parameter([2])\nloss = sum(attention(x, x .* w, x, {causal: true}))",
    "masked attention",
    ["[c] ", "broadcast(", "index₁()", "𝟏 "],
  ],
  [
    "x = input([3, 2])\nw = parameter([2])\nloss = sum(scan(step(s, v) = tanh(w .* s + v), w, x)[end, :])",
    "a recurrence whose end is used",
    ["sum₁,", "pad(", "𝟏 ", "x["],
  ],
  [
    "x = input([1, 6])\nh = conv1d(x, {filters: 2, kernel: 2})\nloss = sum(maxPool1d(tanh(conv1d(h, {filters: 1, kernel: 2})), 2))",
    "convolutions",
    ["windows(", "overlapAdd("],
  ],
  ["x = input()\nw = parameter()\nloss = (w * x)^2", "numbers", []],
])("the signs of a network are explained: $1", async (text, _, wanted) => {
  const found = await explained(text);
  if (wanted.length === 0) expect(found).toEqual([]);
  expect(found).toEqual(expect.arrayContaining([...wanted]));
});

import { expect, test } from "vitest";
import { suggestOption } from "../../src/diagnostics/index.ts";

const options = ["learningRate", "beta1", "epsilon", "weightDecay"];

test.each([
  ["learnRate", "learningRate"],
  ["LEARNINGRATE", "learningRate"],
  ["lr", "learningRate"],
  ["rate", "learningRate"],
  ["learning", "learningRate"],
  ["eps", "epsilon"],
  ["wd", "weightDecay"],
  ["decay", "weightDecay"],
  ["beta3", "beta1"],
  ["l", undefined],
  ["momentum", undefined],
])("the option %s means %s", (name, option) => {
  expect(suggestOption(name, options)).toBe(option);
});

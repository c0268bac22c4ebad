import { describe, expect, it } from "vitest";
import { OptionError } from "../../src/diagnostics/index.ts";
import { createOptimizer, readNetwork } from "../../src/language/index.ts";
import { isFrozen, matches } from "../../src/language/parameter-options.ts";

const read = (parameters: string) =>
  readNetwork({
    name: "test.nabla",
    text: `x = input([2])
t = target([2])
h = repeat(2, block(z) = dense(z, 2, {activation: tanh}), x)
y = dense(h, 2)
loss = mse(y, t)
training = {optimizer: adamw({weightDecay: 0.5}), parameters: ${parameters}}
`,
  });

describe("patterns of names", () => {
  it.each([
    ["W", "W", true],
    ["W", "W1", false],
    ["*", "h.1.weight", true],
    ["*.bias", "h.1.bias", true],
    ["*.bias", "bias", false],
    ["h.*", "h.1.bias", true],
    ["h.*.bias", "h.12.bias", true],
    ["h.*.bias", "h.bias", false],
    ["h.1.*", "h.12.bias", false],
    ["*ei*", "y.weight", true],
    ["h.1.bias", "hx1xbias", false],
    ["", "W", false],
  ])("%j and %s: %s", (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected);
  });
});

describe("options of single parameters", () => {
  it("freeze what matches, and of two entries the later one counts", () => {
    const { parameters } = read(
      '{"h.*": {frozen: true}, "h.2.*": {frozen: false}, "y.weight": {frozen: true}}',
    );
    const frozen = parameters.filter((each) => each.isFrozen === true).map(({ name }) => name);
    expect(frozen).toEqual(["h.1.weight", "h.1.bias", "y.weight"]);
    expect(isFrozen([], "h.1.weight")).toBe(false);
  });

  it("go with another optimizer of the same options, and are mistakes with one that lacks them", () => {
    const network = read('{"*.bias": {weightDecay: 0}}');
    expect(createOptimizer("sgd({learningRate: 0.1})", network).exceptions).toEqual([
      { pattern: "*.bias", options: { weightDecay: 0 } },
    ]);
    const withBeta = read('{"*.bias": {beta1: 0.5}}');
    expect(() => createOptimizer("sgd", withBeta)).toThrow(OptionError);
  });
});

import { describe, expect, it } from "vitest";
import { derive } from "../../src/derive.ts";
import { sizeOf } from "../../src/graph/index.ts";
import { readNetwork } from "../../src/language/index.ts";
import { lowerModule } from "../../src/lower/index.ts";
import { type ModuleProgram, type Program, type Statement, formatProgram } from "../../src/program/index.ts";

/** Two convolutions and a pooling of an image of this many channels and elements a side. */
function lowered(channels: number, side: number, filters: number): ModuleProgram {
  const text = `x = input([${channels}, ${side}, ${side}])
t = target({categories: 3})
a = conv2d(x, {filters: ${filters}, kernel: 5, padding: "same", activation: relu})
b = conv2d(a, {filters: ${filters}, kernel: 3, stride: 2, activation: tanh})
c = maxPool2d(b, 2)
loss = crossEntropyFromLogits(dense(flatten(c), 3), t)
`;
  return lowerModule(derive(readNetwork({ name: "conv.nabla", text })), {
    name: "conv",
    precision: "f64",
    batchSize: 16,
    epochs: 1,
    schedule: "tiled",
    optimizer: { name: "sgd", options: {} },
  });
}

const programs = ({ programs: { loss, gradient, trainStep, predict } }: ModuleProgram): readonly Program[] =>
  [loss, gradient, trainStep, predict].filter((program) => program !== undefined);

describe("convolutions in tiles", () => {
  const [channels, side, filters] = [2, 18, 4];
  const module = lowered(channels, side, filters);

  it("never store windows: no memory is larger than an image with its border", () => {
    const largest = filters * (side + 4) ** 2;
    for (const { buffers } of programs(module))
      for (const buffer of buffers) expect(sizeOf(buffer.shape), buffer.name).toBeLessThanOrEqual(largest);
  });

  it("put windows back into zeros, several samples and channels at a time", () => {
    const added = formatProgram(module.programs.gradient).match(/overlapped\w*\[[^\]]*\] \+= \w+_3_3$/gm);
    expect(added).toHaveLength(1); // the last of a tile of four by four
  });

  it("make programs that grow with the formula, not with the sizes in it", () => {
    const statementsOf = (list: readonly Statement[]): number =>
      list.reduce((sum, each) => sum + 1 + ("body" in each ? statementsOf(each.body) : 0), 0);
    const size = (each: ModuleProgram): number =>
      programs(each).reduce((sum, { body }) => sum + statementsOf(body), 0);
    expect(size(lowered(4, 66, 16))).toBeLessThan(1.1 * size(module));
  });
});

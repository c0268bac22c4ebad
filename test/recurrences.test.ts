import { describe, expect, it } from "vitest";
import { compile } from "../src/compile.ts";
import { verifyModule } from "../src/verify/index.ts";

/** A character model with a state of two numbers. */
const recurrent = (steps: number): string => `
x = input([${steps}, 2])
t = target([${steps}])
h = lstm(x, 2)
y = h * [1, -1]
loss = mse(y, t)
training = {batchSize: 2}`;

describe("many steps", () => {
  it("of a recurrence compile, and agree with the tape", async () => {
    const compilation = await compile({ name: "long.nabla", text: recurrent(1000) });
    const { ok, checks } = await verifyModule({ ...compilation, against: ["tape"], batch: 1 });
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(ok).toBe(true);
  });

  it("lie in memory once, with what the recurrence starts from", async () => {
    const { program } = await compile({ name: "long.nabla", text: recurrent(100) }, { schedule: "tiled" });
    const { buffers } = program.programs.gradient;
    expect(buffers.find(({ name }) => name === "h")?.shape).toEqual([101, 2]);
    expect(buffers.find(({ name }) => name === "h_c")?.shape).toEqual([101, 2]);
    expect(buffers.filter(({ name }) => name.startsWith("h_before"))).toEqual([]);
  });

  it("make no longer code than few", async () => {
    const [few, many] = await Promise.all(
      [100, 1000].map(async (steps) => {
        const compilation = await compile(
          { name: "long.nabla", text: recurrent(steps) },
          { schedule: "tiled" },
        );
        return compilation.code.length;
      }),
    );
    expect((many ?? Infinity) / (few ?? 0)).toBeLessThan(1.02); // larger numbers take more digits
  });
});

describe("many layers", () => {
  it("compile, two hundred of them", async () => {
    const text =
      "x = input([2])\nt = target([2])\nh = repeat(200, block(z) = dense(z, 2, {activation: tanh}), x)\nloss = mse(h, t)";
    const { program, costs } = await compile({ name: "deep.nabla", text });
    expect(program.parameters).toHaveLength(400);
    expect(costs.ratio).toBeLessThan(5);
  });

  it("compile, each with a recurrence of its own", async () => {
    const text = "x = input([3, 1])\nt = target([1])\nh = stacked(60, rnn, x, 1)\nloss = mse(h[end, :], t)";
    const { program, costs } = await compile({ name: "deep.nabla", text });
    expect(program.parameters).toHaveLength(180);
    expect(costs.ratio).toBeLessThan(5);
  });
});

import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { verifyModule } from "../../src/verify/index.ts";

/** A maximum of products, which each reader could compute for itself; and one of values that lie in memory and in locals. */
const networks = {
  computed: "x = input([3])\nt = target()\nw = parameter([3])\nloss = (max(w .* x) - t)^2",
  kept: `x = input([1])
t = target([3])
W = parameter([3, 1])
b = parameter([3])
h = tanh(W * x + b)
V = parameter([3, 5])
z = elu(V * concat(h, [max(h), min(h)]))
U = parameter([3, 6])
loss = batchSum(sum((U * concat(z, 2 * z) - t).^2))`,
};

describe("the derivative of a maximum in single precision", () => {
  const ways = Object.keys(networks).flatMap((name) =>
    (["rows", "tiled"] as const).flatMap((schedule) =>
      (["typescript", "wasm"] as const).map((target) => ({
        name: name as keyof typeof networks,
        schedule,
        target,
      })),
    ),
  );
  it.each(ways)("goes to the greatest element: $name, $schedule, $target", async ({ name, ...way }) => {
    const source = { name: "greatest.nabla", text: networks[name] };
    const compilation = await compile(source, { ...way, precision: "f32", batchSize: 5 });
    const { ok, checks } = await verifyModule({ ...compilation, against: ["tape"] });
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(ok).toBe(true);
  });
});

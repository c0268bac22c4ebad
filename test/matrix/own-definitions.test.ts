import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { loadModule, verifyModule } from "../../src/verify/index.ts";

/*
 * The example of docs/language.md that defines an activation, a loss, a layer, an optimizer, a schedule and a clip of its
 * own: judged like any network, and trained beside the same arithmetic by hand.
 */

const page = readFileSync(new URL("../../docs/language.md", import.meta.url), "utf8");
const [text = ""] = [...page.matchAll(/^```nabla\n([\s\S]*?)^```$/gm)].flatMap(([, each = ""]) =>
  each.includes("lion = optimizer") ? [each] : [],
);

const count = 16;
const x = Float64Array.from({ length: 8 * count }, (_, k) => Math.sin(3 * k + 1));
const t = Float64Array.from({ length: count }, (_, n) => (x[8 * n] ?? 0) - 0.5 * (x[8 * n + 3] ?? 0));

/** Up to 0.01 in ten steps, and down again. */
function triangle(step: number): number {
  const phase = (step % 20) / 20;
  return 0.0001 + 0.0099 * (phase < 0.5 ? 2 * phase : 2 - 2 * phase);
}

it("definitions of a file's own train as they say", async () => {
  const compilation = await compile({ name: "own.nabla", text });
  const { checks } = await verifyModule({ ...compilation, against: ["interpreter", "tape", "dual"] });
  expect(checks.filter(({ ok }) => !ok)).toEqual([]);

  const module = await loadModule(compilation.code);
  const trained = module.initialParameters(1);
  const wanted = Float64Array.from(trained);
  const [state, gradients] = [module.initialState(), new Float64Array(wanted.length)];
  const momenta = new Float64Array(wanted.length);
  const losses: number[] = [];
  for (let step = 1; step <= 100; step += 1) {
    module.gradient(wanted, x, t, gradients, count);
    losses.push(module.trainStep(trained, state, x, t, count));
    const total = Math.sqrt(gradients.reduce((sum, g) => sum + g * g, 0));
    for (const [k, gradient] of gradients.entries()) {
      const g = gradient / (1 + total);
      const m = momenta[k] ?? NaN;
      wanted[k] = (wanted[k] ?? NaN) - triangle(step) * Math.sign(0.9 * m + (1 - 0.9) * g);
      momenta[k] = 0.99 * m + (1 - 0.99) * g;
    }
  }
  expect(Math.max(...trained.map((w, k) => Math.abs(w - (wanted[k] ?? NaN))))).toBeLessThanOrEqual(1e-12);
  expect(losses.at(-1)).toBeLessThan(0.2 * (losses[0] ?? NaN));
});

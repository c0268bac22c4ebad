import { describe, expect, test } from "vitest";
import { newGradientWatch } from "../../templates/gradients.ts";

const layout = {
  "h.weight": { offset: 0, length: 6, shape: [3, 2] },
  b: { offset: 6, length: 2, shape: [2] },
  c: { offset: 8, length: 1, shape: [] },
};
const parameters = Float64Array.of(3, 0, 0, 4, 0, 0, 0, 0, 2);

function reportOf(
  ...gradients: readonly (readonly number[])[]
): ReturnType<ReturnType<typeof newGradientWatch>["report"]> {
  const watch = newGradientWatch(layout);
  for (const gradient of gradients) watch.add(Float64Array.from(gradient), parameters);
  return watch.report();
}

const messages = (...gradients: readonly (readonly number[])[]): readonly string[] =>
  reportOf(...gradients).warnings.map(({ message }) => message);

describe("gradients of steps", () => {
  test("have norms, by themselves and relative to the parameter's", () => {
    const {
      steps,
      parameters: norms,
      warnings,
    } = reportOf([3, 0, 0, 4, 1, 0, 0.3, 0.4, 1], [3, 0, 0, 4, 1, 0, 0.3, 0.4, 7]);
    expect(steps).toBe(2);
    expect(norms.map(({ name }) => name)).toEqual(["h.weight", "b", "c"]);
    expect(norms.map(({ norm }) => norm)).toEqual([Math.sqrt(26), 0.5, 5]); // √((1² + 7²) / 2) = 5
    expect(norms[0]?.relative).toBeCloseTo(Math.sqrt(26) / 5, 12);
    expect(norms[1]?.relative).toBeCloseTo(0.5 / (0.01 * Math.SQRT2), 12); // b is zero: its elements count as 0.01
    expect(norms[2]?.relative).toBe(2.5);
    expect(warnings).toEqual([]);
  });

  test("are dead where a row has none in any step", () => {
    const report = reportOf([1, 0, 0, 0, 0, 0, 0, 1, 1], [0, 1, 0, 0, 0, 1, 0, 1, 1]);
    expect(report.parameters[0]?.deadRows).toEqual([2]);
    expect(report.warnings).toEqual([
      {
        kind: "dead",
        parameter: "h.weight",
        rows: [2],
        message: "h.weight, row 2: the gradient is zero for every sample",
      },
    ]);
    expect(messages([1, 0, 0, 0, 0, 0, 1, 1, 1])).toEqual([
      "h.weight, 2 rows of 3 (2, 3): the gradient is zero for every sample",
    ]);
    expect(messages([0, 0, 0, 0, 0, 0, 0, 1, 1])).toEqual([
      "h.weight: the gradient is zero for every sample",
    ]);
  });

  test("vanish where they are a hundred-thousandth of the largest, relative to their parameters", () => {
    const least = 5 * 1e-5; // the weights have the norm 5, and c has the relative gradient 1
    expect(messages([1.01 * least, 0, 1e-9, 0, 1e-9, 0, 1e-3, 0, 2])).toEqual([]);
    expect(messages([0.99 * least, 0, 1e-9, 0, 1e-9, 0, 1e-3, 0, 2])).toEqual([
      "h.weight: the gradient vanishes: its norm is 0.0000495, 0.0000099 of the parameter's, where the largest in the network is 1",
    ]);
    // That all are small is no fault.
    expect(messages([1e-9, 0, 1e-9, 0, 1e-9, 0, 1e-9, 0, 1e-9])).toEqual([]);
  });

  test("explode where they are a hundred times the parameter, or not finite", () => {
    expect(messages([499, 0, 1, 0, 1, 0, 0.1, 0, 1])).toEqual([]);
    expect(messages([501, 0, 1, 0, 1, 0, 0.1, 0, 1])).toEqual([
      "h.weight: the gradient explodes: its norm is 501, 100 times the parameter's",
    ]);
    expect(messages([NaN, 0, 1, 0, 1, 0, 0.1, 0, 1])).toEqual([
      "h.weight: the gradient explodes: its norm is NaN, NaN times the parameter's",
    ]);
  });

  test("are reported anew after a report", () => {
    const watch = newGradientWatch(layout);
    watch.add(new Float64Array(9), parameters);
    expect(watch.report().warnings).toHaveLength(3);
    expect(watch.report()).toMatchObject({ steps: 0, warnings: [] });
    watch.add(new Float64Array(9).fill(1), parameters);
    expect(watch.report()).toMatchObject({ steps: 1, warnings: [] });
  });
});

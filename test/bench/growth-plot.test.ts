import { describe, expect, it } from "vitest";
import { growthPlot } from "../../bench/growth-plot.ts";

describe("growthPlot", () => {
  const points = [
    { size: 1, time: 1, operations: 50 },
    { size: 10, time: 10, operations: 1000 },
    { size: 100, time: 100, operations: 10_000 },
  ];
  const plot = growthPlot([
    { name: "width", points },
    { name: "depth", points },
  ]);

  it("draws a line for the times, whose axes are logarithmic", () => {
    const lines = [...plot.matchAll(/points="([^"]+)"/g)].map(([, line]) => line);
    // The operations at the best rate, 100 a µs, begin at half of a µs; the times end with them, at 100 µs.
    expect(lines.slice(0, 2)).toEqual(["0,200 100,86.9 200,0", "0,173.8 100,86.9 200,0"]);
  });

  it("has a panel for each series, with its sizes and the powers of ten", () => {
    expect(plot.match(/<g /g)).toHaveLength(2);
    for (const text of ["width", "depth", "1", "10", "100", "10.0"])
      expect(plot).toContain(`>${text}</text>`);
  });
});

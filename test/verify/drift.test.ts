import { describe, expect, it } from "vitest";
import type { Node } from "../../src/graph/index.ts";
import { driftSizes } from "../../src/verify/drift.ts";
import { tapeGradients } from "../../src/verify/tape.ts";
import { Drawing } from "../rewrite/drawing.ts";

/** How far the gradient by `wrt` moves, where the elements of leaves are 1 unless `draw` says otherwise. */
function sizeOf(d: Drawing, loss: Node, wrt: Node, draw = () => 1): number {
  const bindings = d.bind(draw);
  return driftSizes(loss, tapeGradients(loss, [wrt], bindings), bindings).get(wrt) ?? NaN;
}

describe("driftSizes", () => {
  it("is the size of what cancels before the last product", () => {
    // ∂/∂w of the mean of w (1000 x − 999 x) is 1, out of thousands.
    const d = new Drawing();
    const [w, x] = [d.w(), d.x()];
    const thousand = (count: number) => d.f("multiply", d.c(count), x);
    const loss = d.build.batchMean(d.f("multiply", w, d.f("subtract", thousand(1000), thousand(999))));
    const size = sizeOf(d, loss, w);
    expect(size).toBeGreaterThan(30);
    expect(size).toBeLessThan(2000);
  });

  it("is more than nothing where a gradient is zero because equal values are subtracted", () => {
    const d = new Drawing();
    const [w, x] = [d.w(), d.x()];
    const h = d.f("tanh", x);
    const loss = d.build.batchMean(d.f("multiply", w, d.f("subtract", h, d.build.batchMean(h))));
    expect(sizeOf(d, loss, w)).toBeGreaterThan(0.01);
  });

  it("is more than nothing where both factors of a gradient cancel", () => {
    // c = w (h − mean(h)) and the mean of c − mean(c), which is 0 whatever c is: with samples alike, the other factor is 0 too.
    const d = new Drawing();
    const [w, x] = [d.w(), d.x()];
    const h = d.f("tanh", x);
    const c = d.f("multiply", w, d.f("subtract", h, d.build.batchMean(h)));
    const size = sizeOf(d, d.build.batchMean(d.f("subtract", c, d.build.batchMean(c))), w);
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThan(1e-6);
  });

  it("is no more than the gradient where that is data alone", () => {
    const d = new Drawing();
    const [w, x] = [d.w(), d.x()];
    expect(sizeOf(d, d.build.batchMean(d.f("multiply", w, x)), w)).toBeLessThan(4);
  });

  it("leaves whole numbers of the formula as they are", () => {
    // (w x)² with an exponent that was spread: that of a negative number has a value for no other one.
    const d = new Drawing();
    const [w, x] = [d.w(2), d.x(2)];
    const two = d.build.broadcast(d.c(2), [2], []);
    const loss = d.build.batchMean(d.reduce("sum", d.f("power", d.f("multiply", w, x), two), 0));
    let sign = 1;
    expect(sizeOf(d, loss, w, () => (sign = -sign))).toBeLessThan(100);
  });

  it("leaves extremes with those who attain them", () => {
    const d = new Drawing();
    const [w, x] = [d.w(4), d.x(4)];
    const loss = d.build.batchMean(d.reduce("max", d.f("multiply", w, x), 0));
    let count = 0;
    expect(sizeOf(d, loss, w, () => (count += 1))).toBeLessThan(20); // and millions where another one attained it
  });
});

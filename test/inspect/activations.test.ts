import { describe, expect, it } from "vitest";
import { derive } from "../../src/derive.ts";
import { formatFormulas, formulas } from "../../src/inspect/index.ts";
import { readNetwork } from "../../src/language/index.ts";

/** What the legend says of derivatives. */
function legendOf(text: string): readonly string[] {
  const sheet = formulas(derive(readNetwork({ name: "test.nabla", text })));
  return formatFormulas(sheet)
    .split("\n")
    .filter((line) => line.includes("the derivative of the loss by"));
}

describe("the legend of errors", () => {
  it("speaks of an activation only where a statement is a function of one sum alone", () => {
    const text = `x = input([3])
t = target([2])
W = parameter([4, 3])
b = parameter([4])
V = parameter([2, 4])
c = parameter([2])
h = leakyRelu(W * x + b)
y = V * h + c
loss = sum(sin(y - t) .* exp(y)) + sum((y - t).^2) + sum(tanh(y))`;
    expect(legendOf(text)).toContain(
      "δh: the derivative of the loss by h before activation, up to a factor that all samples share.",
    );
    expect(legendOf(text)).toContain(
      "δy: the derivative of the loss by y, up to a factor that all samples share.",
    );
  });

  it("names no error after a statement that has its parameters inside a product, and no sum over samples one of each", () => {
    const text = `time = input()
angle = target()
speed = target()
k = parameter({init: 2})
A = parameter({init: 1})
phi = parameter({init: 0.1})
omega = sqrt(k - 0.01)
th = A * exp(-time) * cos(omega * time + phi)
om = -A * exp(-time) * omega * sin(omega * time + phi)
loss = (th - angle)^2 + 0.5 * (om - speed)^2`;
    expect(legendOf(text)).toEqual(["domega: the derivative of the loss by omega."]);
  });
});

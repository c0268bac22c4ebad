import { describe, expect, it } from "vitest";
import { compile } from "../src/compile.ts";

async function namesOf(text: string): Promise<readonly string[]> {
  const { derived } = await compile({ name: "test.nabla", text });
  return [...derived.names.values(), ...derived.labels.values()];
}

async function definitionsOf(text: string): Promise<ReadonlyMap<string, string>> {
  const { definitions } = (await compile({ name: "test.nabla", text })).formulas.text;
  return new Map(definitions.map(({ name, matrix }) => [name, matrix]));
}

describe("values inside of statements", () => {
  it("are called what their functions call them, in a recurrence too", async () => {
    const formulas = await definitionsOf(`x = input([3, 2])
h = lstm(x, 2)
loss = sum(h)`);
    expect(formulas.get("h.forget")).toBe("sigmoid(h.gates[:,3:4])");
    expect(formulas.get("h.c")).toBe("h.forget ⊙ h.c[t − 1] + h.admit ⊙ h.candidate");
    expect(formulas.get("dh.forget")).toBe("dh.c ⊙ h.c[t − 1]");
  });

  it("are told where a recurrence starts", async () => {
    const states = "scan(step(s, v) = tanh(w .* s + v), w, x";
    const text = `x = input([3, 2])\nw = parameter([2])\nh = ${states})\nb = ${states}, {reverse: true})\nloss = sum(h + b)`;
    const formulas = await definitionsOf(text);
    expect(formulas.get("h")).toBe("tanh((𝟏 wᵀ) ⊙ h[t − 1] + x), h[0] = w");
    expect(formulas.get("b")).toBe("tanh((𝟏 wᵀ) ⊙ b[t + 1] + x), b[4] = w");
  });

  it("are told apart where two recurrences of one start apart", async () => {
    const formulas = await definitionsOf(`x = input([3, 2])
w = parameter([2])
s = scan(step(s, v) = let(z = tanh(s.a .* v + s.b), {a: z, b: z}), {a: zeros([2]), b: w}, x)
loss = sum(s.a)`);
    expect(formulas.get("v1")).toBe("s.a[t − 1]");
    expect(formulas.get("v2")).toBe("s.a[t − 1], v2[1] = w");
    expect(formulas.get("s.a")).toBe("tanh(v1 ⊙ x + v2)");
  });

  it("have the names of the blocks that they are in", async () => {
    const names = await namesOf(`x = input([2])
block(z) = let(inner = dense(z, 2), tanh(inner) .* inner)
y = repeat(2, block, x)
loss = sum(y)`);
    expect(names).toEqual(expect.arrayContaining(["y.1.inner", "y.2.inner", "dy.2.inner", "y"]));
  });

  it("have names of their own where a function is called twice, and where another has the name", async () => {
    const names = await namesOf(`x = input([2])
w = parameter([2])
f(z) = let(part = exp(w .* z), part .* part)
y = f(f(x))
z = {part: 2 * y}
loss = sum(z.part)`);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(["y.part", "y.part_2", "z.part"]));
  });
});

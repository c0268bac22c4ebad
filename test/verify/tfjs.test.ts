import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { verifyModule } from "../../src/verify/index.ts";

const leaves = `x = input([3])
id = input({categories: 3})
v = parameter([3])
s = parameter()
M = parameter([3, 3])
z = 1.5 + tanh(x + v)
`;
const axes = `x = input([2, 2, 2, 2])
P = parameter([2, 2, 2, 2])
q = parameter([2])
`;

async function checksOf(text: string, spoil?: (code: string) => string) {
  const compilation = await compile({ name: "test.nabla", text }, { batchSize: 3 });
  const code = spoil?.(compilation.code) ?? compilation.code;
  return verifyModule({ ...compilation, code, against: ["tfjs"] });
}

async function expectAgreement(text: string): Promise<void> {
  const { ok, checks } = await checksOf(text);
  expect(checks.filter((check) => !check.ok || check.skipped)).toEqual([]);
  expect(ok).toBe(true);
}

describe("values of one sample and of all, together", () => {
  it.each([
    ...[
      "v + z",
      "v - z",
      "v .* z",
      "v ./ z",
      "z .^ v",
      "s .^ z",
      "z .^ s",
      "max(v, z)",
      "min(z, v)",
      "max(s, z)",
    ],
    ...["min(z, s, v)", "max(z, 0)", "max(batchMean(z), v .* z)", "batchSum(z) ./ v"],
    ...["where(v > z, v, z)", "where(s > 0.1, z, v)", "where(z > s, s, v)", "where(isLabel(id), v, z)"],
    ...["where(v < z, 1, 0) .* v", "where(v == z, 1, 0) + v", "v < z and not (z < s) ? v : z"],
    ...["concat(v, z)", "concat(z, v)", "outer(v, z)", "M * z", "z' * M", "[z, v] * v", "(M .* z)[1, :]"],
    ...["gather(M, id)", "gather(outer(v, z), id)", "gather(z, id) * v", "M * oneHot(id)", "prod([v, z], 2)"],
  ])("%s", async (expression) => {
    await expectAgreement(`${leaves}loss = sum(${expression}) * (1 + s)\n`);
  });

  it.each([
    ...["P .* x", "max(P, x)", "q .* x", "where(P > x, q, x)", "concat(P, x, 2)", "logSumExp(P + x, 4)"],
    ...["max(P .* x, {dimension: 3})", "x[:, :, end:-1:1, :] .* P"],
  ])("%s, of four axes", async (expression) => {
    await expectAgreement(`${axes}loss = sum((${expression}) .^ 2) + sum(q)\n`);
  });
});

describe("conventions", () => {
  it.each(["max", "min"])("elements that attain a %s share its derivative", async (name) => {
    await expectAgreement(
      `x = input([3])\nv = parameter([3])\nloss = ${name}(v[[1, 1, 2, 2, 3, 3]]) * sum(v .* x)^2\n`,
    );
  });
});

describe("a parameter that the loss does not depend on", () => {
  const unused = "x = input([3])\nw = parameter([3])\nu = parameter([2])\nloss = sum(w .* x)\n";

  it.each([
    ["because nothing uses it", unused],
    ["beyond stopGradient", unused.replace("sum(w .* x)", "sum(w .* x) + sum(stopGradient(u))")],
    ["by a condition only", unused.replace("sum(w .* x)", "sum(where(sum(u) > 0, w, 2 * w) .* x)")],
  ])("has a gradient of zeros, %s", async (_, text) => {
    await expectAgreement(text);
  });

  it("fails the code that says otherwise", async () => {
    const { ok, checks } = await checksOf(unused, (code) => {
      expect(code).toContain("export function gradient(");
      return `${code.replace("export function gradient(", "function honest(")}
export function gradient(...operands: any[]): any {
  const loss = (honest as any)(...operands);
  operands[2][4] += 1e-3;
  return loss;
}
`;
    });
    expect(ok).toBe(false);
    expect(checks.flatMap((check) => (check.ok ? [] : [check.parameter]))).toEqual(["u"]);
  });
});

import { describe, expect, it } from "vitest";
import { chooseTarget } from "../src/choose-target.ts";
import { compile } from "../src/compile.ts";
import { OptionError } from "../src/diagnostics/index.ts";
import type { ModuleProgram, TargetName } from "../src/program/index.ts";

const source = {
  name: "net.nabla",
  text: `x = input([32])
t = target([16])
W = parameter([16, 32])
loss = meanSquaredError(W * x, t)
training = {batchSize: 64}`,
};
const modules = {
  typescript: (await compile(source)).program,
  wasm: (await compile(source, { target: "wasm" })).program,
};
const lower = (target: TargetName): ModuleProgram => modules[target];
const little = (): number => 1;
const tooMuch = (): number => 65537;

describe("the target", () => {
  it("is TypeScript by default, and what is asked for otherwise", () => {
    const typescript = (reason: string) => ({
      program: modules.typescript,
      target: { name: "typescript", reason },
    });
    expect(chooseTarget(undefined, lower, little)).toEqual(typescript("by default"));
    expect(chooseTarget("typescript", lower, tooMuch)).toEqual(typescript("as asked"));
    expect(chooseTarget("wasm", lower, little)).toEqual({
      program: modules.wasm,
      target: { name: "wasm", reason: "as asked" },
    });
  });

  it("is what is predicted to be faster, on request, with the numbers", () => {
    const { program, target } = chooseTarget("auto", lower, little);
    expect(target.name).toBe("wasm");
    expect(program).toBe(modules.wasm);
    expect(target.reason).toMatch(
      /^a step of 64 samples takes about [\d.]+ [nµ]s in WebAssembly and [\d.]+ µs in TypeScript$/,
    );
  });

  it("is TypeScript where single samples go through elementary functions, which fill no lanes", async () => {
    const text = "x = input()\nw = parameter()\nloss = tanh(w * x) + exp(w)\ntraining = {batchSize: 1}";
    const { target } = await compile({ name: "curve.nabla", text }, { target: "auto" });
    expect(target.name).toBe("typescript");
    expect(target.reason).toMatch(
      /^a step of one sample takes about [\d.]+ ns in WebAssembly and [\d.]+ ns in/,
    );
  });

  it("is lowered for only if it may be chosen", () => {
    const asked: TargetName[] = [];
    const noted = (target: TargetName): ModuleProgram => {
      asked.push(target);
      return modules[target];
    };
    chooseTarget("typescript", noted, little);
    chooseTarget("wasm", noted, little);
    expect(asked).toEqual(["typescript", "wasm"]);
  });

  it("is refused with a way out where it has not enough memory", () => {
    expect(chooseTarget("wasm", lower, () => 65536).target.name).toBe("wasm");
    expect(() => chooseTarget("wasm", lower, tooMuch)).toThrow(OptionError);
    expect(() => chooseTarget("wasm", lower, () => 98304)).toThrow(
      "A kernel for batches of 64 needs 6.0 GiB of memory; WebAssembly has at most 4 GiB. (hint: use a smaller batchSize, or the target typescript)",
    );
    expect(chooseTarget("auto", lower, tooMuch).target).toEqual({
      name: "typescript",
      reason: "a kernel would need 4.1 GiB, and WebAssembly has 4 GiB",
    });
  });
});

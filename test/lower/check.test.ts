import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { InvariantError } from "../../src/diagnostics/index.ts";
import { checkPrograms } from "../../src/lower/check.ts";
import type { ModuleProgram, Program } from "../../src/program/index.ts";

async function moduleOf(lines: readonly string[]): Promise<ModuleProgram> {
  return (await compile({ name: "network.nabla", text: lines.join("\n") })).program;
}

function line(): Promise<ModuleProgram> {
  return moduleOf(["x = input([3])", "t = target()", "w = parameter([3])", "loss = (w * x - t)^2"]);
}

function replaced(module: ModuleProgram, programs: Partial<ModuleProgram["programs"]>): ModuleProgram {
  return { ...module, programs: { ...module.programs, ...programs } };
}

describe("the programs of a module", () => {
  it("are well formed", async () => {
    const module = await line();
    expect(() => {
      checkPrograms(module);
    }).not.toThrow();
  });

  it.each(["loss", "gradient", "trainStep", "predict"] as const)("are refused: %s", async (name) => {
    const module = await line();
    const program: Program = {
      ...(module.programs[name] ?? module.programs.loss),
      buffers: [{ name: "x", role: "input", element: "real", shape: [3], batched: true, of: "x" }],
      body: [{ kind: "return", value: { kind: "load", buffer: "x", offset: { constant: 3, terms: [] } } }],
    };
    expect(() => {
      checkPrograms(replaced(module, { [name]: program }));
    }).toThrow(InvariantError);
  });

  it("may not look up more labels than there are", async () => {
    const module = await moduleOf([
      "id = input([2], {categories: 50})",
      "t = target([2, 3])",
      "E = parameter([50, 3])",
      "loss = squaredError(gather(E, id), t)",
    ]);
    const inputs = module.inputs.map((slot) => ({ ...slot, categories: 51 }));
    expect(() => {
      checkPrograms({ ...module, inputs });
    }).toThrow(/loss is well formed: .*E/);
  });
});

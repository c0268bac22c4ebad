import { expect, it, vi } from "vitest";
import { loadModule } from "../../src/verify/load-module.ts";
import { nabla } from "./run.ts";

vi.mock("../../src/verify/index.ts", async (original) => ({
  ...(await original<object>()),
  verifyModule: () => loadModule('throw new Error("a fault of ours");'),
}));

it("exits 70, and shows where in a generated module, but not the module", async () => {
  const run = await nabla(["verify", "examples/xor.nabla"]);
  expect(run.code).toBe(70);
  expect(run.stderr).toContain("internal error, a fault of Nabla's and not yours:\nError: a fault of ours");
  expect(run.stderr).toMatch(/generated module:\d+:\d+/);
  expect(run.stderr).not.toContain("data:");
});

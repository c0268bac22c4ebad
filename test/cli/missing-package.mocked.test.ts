import { expect, it, vi } from "vitest";
import { DiagnosticError } from "../../src/diagnostics/index.ts";
import { nabla } from "./run.ts";

const message = "Verifying against tfjs needs the package @tensorflow/tfjs, which is not installed.";

// The tests have the package: a judge stands in that does not.
vi.mock("../../src/verify/tfjs.ts", () => ({
  tensorFlowGradients: () =>
    Promise.reject(new DiagnosticError([{ code: "missing-package", severity: "error", message }])),
}));

it("exits 1 and says what is missing, not that the network were at fault", async () => {
  const argv = ["verify", "examples/xor.nabla", "--against", "tape,tfjs"];
  const run = await nabla(argv);
  expect(run.code).toBe(1);
  expect(run.stdout).toBe(`examples/xor.nabla: not verified: ${message}\n`);
  expect(run.stderr).toContain(message);
  const report = JSON.parse((await nabla([...argv, "--json"])).stdout) as object;
  expect(report).toMatchObject({
    ok: false,
    networks: [{ problems: [{ code: "missing-package", message }] }],
  });
});

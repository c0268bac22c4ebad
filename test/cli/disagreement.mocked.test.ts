import { expect, it, vi } from "vitest";
import { nabla } from "./run.ts";

// No network makes the compiler disagree with the judges, one hopes; so the judges are replaced by one that does.
vi.mock("../../src/verify/index.ts", async (original) => ({
  ...(await original<object>()),
  verifyModule: () =>
    Promise.resolve({
      ok: false,
      checks: [
        { against: "tape", parameter: "W1", maxRelativeError: 0.5, tolerance: 1e-12, ok: false },
        {
          against: "tape",
          parameter: "b1",
          maxRelativeError: Infinity,
          tolerance: 1e-12,
          ok: false,
          note: "no",
        },
        { against: "tape", parameter: "W2", maxRelativeError: 0, tolerance: 1e-12, ok: true },
      ],
    }),
}));

it("exits 1 when a judge disagrees, and says where", async () => {
  const run = await nabla(["verify", "examples/xor.nabla"]);
  expect(run.code).toBe(1);
  expect(run.stdout).toContain("2 of 3 disagree");
  expect(run.stdout).toMatch(/tape +W1 +5\.0e-1 +1e-12 {2}WRONG/);
  expect(run.stdout).toMatch(/tape +b1 +not finite +1e-12 {2}WRONG {2}no/);
  const json = JSON.parse((await nabla(["verify", "examples/xor.nabla", "--json"])).stdout) as {
    ok: boolean;
    networks: { checks: { maxRelativeError: number | null }[] }[];
  };
  expect(json.ok).toBe(false);
  expect(json.networks[0]?.checks[1]?.maxRelativeError).toBeNull();
});

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lineNetwork, nabla, temporaryFolder } from "./run.ts";

const cwd = temporaryFolder();
writeFileSync(join(cwd, "line.nabla"), lineNetwork);
writeFileSync(join(cwd, "wrong.nabla"), "loss = \n");

interface Report {
  readonly ok: boolean;
  readonly networks: readonly {
    readonly file: string;
    readonly checks: readonly {
      readonly against: string;
      readonly parameter: string;
      readonly maxRelativeError: number;
      readonly tolerance: number;
      readonly ok: boolean;
    }[];
  }[];
}

describe("nabla verify", () => {
  it("prints a row for each judge and parameter", async () => {
    const run = await nabla(["verify", "line.nabla"], { cwd });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(/^line\.nabla: all agree\n/);
    for (const judge of ["tape", "dual", "finite-difference", "interpreter"]) {
      expect(run.stdout).toMatch(new RegExp(`^ {2}${judge} +w .* ok$`, "m"));
    }
  });

  it("reports as JSON, all networks in one object", async () => {
    writeFileSync(join(cwd, "second.nabla"), lineNetwork);
    const argv = [
      "verify",
      "line.nabla",
      "second.nabla",
      "--json",
      "--against",
      "tape,finite-difference",
      "--seed",
      "3",
    ];
    const run = await nabla(argv, { cwd });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    const report = JSON.parse(run.stdout) as Report;
    expect(report.ok).toBe(true);
    expect(report.networks.map(({ file }) => file)).toEqual(["line.nabla", "second.nabla"]);
    const checks = report.networks[0]?.checks ?? [];
    expect(new Set(checks.map(({ against }) => against))).toEqual(new Set(["tape", "finite-difference"]));
    for (const check of checks) {
      expect(check.ok).toBe(true);
      expect(check.maxRelativeError).toBeLessThanOrEqual(check.tolerance);
    }
    expect((await nabla(argv, { cwd })).stdout).toBe(run.stdout);
  });

  it("exits 1 when a network cannot be read, and verifies the others", async () => {
    const run = await nabla(["verify", "wrong.nabla", "line.nabla", "--json"], { cwd });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("wrong.nabla:1");
    const report = JSON.parse(run.stdout) as Report;
    expect(report.ok).toBe(false);
    expect(report.networks.map(({ file }) => file)).toEqual(["line.nabla"]);
  });
});

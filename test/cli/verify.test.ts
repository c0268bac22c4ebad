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
      readonly maxRelativeError: number | null;
      readonly tolerance: number;
      readonly ok: boolean;
      readonly skipped?: boolean;
    }[];
    readonly problems?: readonly {
      readonly code: string;
      readonly severity: string;
      readonly line?: number;
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
    expect(report.networks.map(({ file }) => file)).toEqual(["wrong.nabla", "line.nabla"]);
    const [wrong, line] = report.networks;
    expect(wrong?.checks).toEqual([]);
    expect(wrong?.problems).toMatchObject([{ code: "syntax", severity: "error", line: 1 }]);
    expect(line?.problems).toBeUndefined();
    expect(line?.checks.every(({ ok }) => ok)).toBe(true);

    const text = await nabla(["verify", "wrong.nabla", "missing.nabla", "line.nabla"], { cwd });
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(
      /^wrong\.nabla: not verified: .*\n\nmissing\.nabla: not verified: cannot read .*\n\nline\.nabla: all agree/i,
    );
  });

  it("shows what a judge could not tell as skipped, and fails where that is all there is", async () => {
    // An ulp of the loss is larger than all that a step of differences changes.
    writeFileSync(join(cwd, "large.nabla"), lineNetwork.replace("(y - t)^2", "(y - t)^2 + 1e14"));
    const both = await nabla(["verify", "large.nabla"], { cwd });
    expect(both.code).toBe(0);
    expect(both.stdout).toMatch(/^large\.nabla: all agree, 2 of \d+ skipped\n/);
    expect(both.stdout).toMatch(/^ {2}finite-difference +w +- +1e-6 {2}skipped {2}the loss is so large/m);
    expect(both.stdout).toMatch(/^ {2}tape +w +\d\S* +1e-12 {2}ok$/m);

    const argv = ["verify", "large.nabla", "--against", "finite-difference"];
    const alone = await nabla(argv, { cwd });
    expect(alone.code).toBe(1);
    expect(alone.stdout).toMatch(/^large\.nabla: nothing could be compared\n/);
    const report = JSON.parse((await nabla([...argv, "--json"], { cwd })).stdout) as Report;
    expect(report.ok).toBe(false);
    for (const check of report.networks[0]?.checks ?? [])
      expect(check).toMatchObject({ skipped: true, maxRelativeError: null, tolerance: 1e-6 });
  });
});

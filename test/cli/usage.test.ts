import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { escape, nabla } from "./run.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

describe("nabla", () => {
  it("prints its help and its version on stdout", async () => {
    const help = await nabla(["--help"]);
    expect(help).toMatchObject({ code: 0, stderr: "" });
    for (const command of ["generate", "inspect", "verify", "train"]) expect(help.stdout).toContain(command);
    expect(help.stdout).toMatch(
      /Exit codes\n {2}0 +fine\n {2}1 +.*\n {2}2 +.*\n {2}70 +a fault of Nabla's own\n/,
    );
    expect(await nabla(["help"])).toEqual(help);
    expect(await nabla(["--version"])).toEqual({ code: 0, stdout: `nabla ${version}\n`, stderr: "" });
    expect(await nabla(["-v"])).toMatchObject({ code: 0, stdout: `nabla ${version}\n` });
  });

  it("without a command prints its help on stderr and exits 2", async () => {
    const run = await nabla([]);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("Usage");
  });

  it.each(["generate", "inspect", "verify", "train"])(
    "%s --help shows options and examples",
    async (command) => {
      const run = await nabla([command, "--help"]);
      expect(run).toMatchObject({ code: 0, stderr: "" });
      expect(run.stdout).toContain(`nabla ${command}`);
      expect(run.stdout).toContain("--batch-size <n>");
      expect(run.stdout.match(/Examples\n( {2}nabla .+\n){2,}/)).not.toBeNull();
      expect(await nabla(["help", command])).toEqual(run);
    },
  );

  it.each([
    [["genrate"], "unknown command genrate", "did you mean generate?"],
    [["frobnicate"], "unknown command frobnicate", "there are generate, inspect, verify, train"],
    [["generate"], "no network file", ".nabla"],
    [["generate", "a.txt"], "a.txt is no network file", ".nabla"],
    [["generate", "a.nabla", "--ot", "b"], "unknown option --ot", "did you mean --out?"],
    [["generate", "a.nabla", "--out"], "--out needs a value", "--out <dir>"],
    [["generate", "a.nabla", "--out", "--check"], "--out needs a value", "--out <dir>"],
    [["generate", "a.nabla", "--check=yes"], "--check takes no value", ""],
    [["generate", "a.nabla", "--out", "x", "--out", "y"], "--out is given twice", ""],
    [["generate", "a.nabla", "--batch-size", "0"], "whole number of at least 1", ""],
    [["generate", "a.nabla", "--batch-size", "1e3"], "whole number of at least 1", ""],
    [["generate", "a.nabla", "--precision", "f16"], '--precision cannot be "f16"', ""],
    [["generate", "a.nabla", "--schedule", "tilde"], '--schedule cannot be "tilde"', "did you mean tiled?"],
    [["generate", "a.nabla", "--target", "wsam"], '--target cannot be "wsam"', "did you mean wasm?"],
    [["generate", "a.nabla", "b.nabla", "--stdout"], "--stdout prints one module", ""],
    [["generate", "a.nabla", "--stdout", "--check"], "exclude each other", ""],
    [["generate", "x/a.nabla", "y/a.nabla", "--out", "z"], "would both be written to", ""],
    [["inspect", "a.nabla", "b.nabla"], "one network file", ""],
    [["inspect", "a.nabla", "--format", "pdf"], '--format cannot be "pdf"', ""],
    [["verify", "a.nabla", "--against", "tap"], 'knows no "tap"', "did you mean tape?"],
    [["verify", "a.nabla", "--seed", "-1"], '--seed takes a whole number of at least 0, not "-1"', ""],
    [["verify", "a.nabla", "--seed=-1"], '--seed takes a whole number of at least 0, not "-1"', ""],
    [["train", "a.nabla"], "no data are given", "--data <csv>"],
    [["train", "a.nabla", "--data", "d.csv", "--validation", "1.5"], "from 0 to below 1", ""],
    [["--check", "generate"], "unknown option --check", ""],
  ])("%j is a usage error", async (argv, message, hint) => {
    const run = await nabla(argv);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("usage error");
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain(hint);
    expect(run.stderr).toContain("--help.");
  });

  it("colours a terminal only, and only if it may", async () => {
    expect((await nabla(["--help"])).stdout).not.toContain(escape);
    expect((await nabla(["--help"], { terminal: true })).stdout).toContain(escape);
    expect((await nabla(["--help"], { terminal: true, env: { NO_COLOR: "1" } })).stdout).not.toContain(
      escape,
    );
    expect((await nabla(["--help"], { env: { FORCE_COLOR: "1" } })).stdout).toContain(escape);
    expect((await nabla(["genrate"], { terminal: true })).stderr).toContain(escape);
    expect((await nabla(["genrate"])).stderr).not.toContain(escape);
  });

  it("reports a file that is not there as the user's problem", async () => {
    const run = await nabla(["inspect", "nowhere.nabla"]);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain("cannot read nowhere.nabla: there is no such file");
  });

  it("runs as a process with the same exit codes", () => {
    const file = "src/cli/main.ts";
    const argv = ["--import", "./scripts/typescript.js", file];
    expect(execFileSync(process.execPath, [...argv, "--version"], { encoding: "utf8" })).toBe(
      `nabla ${version}\n`,
    );
    expect(() => execFileSync(process.execPath, [...argv, "genrate"], { stdio: "pipe" })).toThrow(
      expect.objectContaining({ status: 2 }) as Error,
    );
    expect(readFileSync(file, "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});

import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ts } from "ts-morph";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { lineNetwork, nabla, temporaryFolder } from "./run.ts";

const cwd = temporaryFolder();
const rows = Array.from({ length: 40 }, (_, n) => `${n / 10},${Math.sin(n)}\n`);
writeFileSync(join(cwd, "line.nabla"), lineNetwork);
writeFileSync(join(cwd, "line.csv"), `x,t\n${rows.join("")}`);

/** Early stopping, a held-out part, an optimizer with states, and steps that do not fill an epoch's last batch. */
const argv = (
  "train line.nabla --data line.csv --validation 0.2 --seed 5 --epochs 30 --patience 50 --batch-size 5 " +
  "--optimizer adam --precision f32 --checkpoint"
).split(" ");

/** Runs a script in a process of its own that dies at a moment as `die.ts` has them; its exit code, or the signal that ended it. */
async function inProcess(script: string, words: readonly string[], moment: string): Promise<number | string> {
  const imports = ["scripts/typescript.js", "test/cli/die.ts"].flatMap((file) => ["--import", resolve(file)]);
  const env = { ...process.env, NABLA_DIE: moment };
  const child = spawn(process.execPath, [...imports, resolve(script), ...words], {
    cwd,
    env,
    stdio: "ignore",
  });
  return new Promise((done) => {
    child.on("exit", (code, signal) => {
      done(code ?? signal ?? "");
    });
  });
}

const read = (name: string): Buffer => readFileSync(join(cwd, name));

describe("a run that is killed", { timeout: 240_000 }, () => {
  it("in the middle of writing a checkpoint, and resumed, ends with the bits of one that was not", async () => {
    const undisturbed = await nabla([...argv, "whole.ckpt", "--every", "7", "--save", "whole.json"], { cwd });
    expect(undisturbed.code).toBe(0);
    const resumed = [...argv, "run.ckpt", "--every", "7", "--resume"];
    expect(await inProcess("src/cli/main.ts", resumed, "half-written 3")).toBe("SIGKILL");
    expect(readdirSync(cwd)).toContain(".run.ckpt.tmp");
    const last = await nabla([...resumed, "--save", "run.json"], { cwd });
    expect(last.stdout).toBe(undisturbed.stdout);
    expect(read("run.json").equals(read("whole.json"))).toBe(true);
    expect(read("run.ckpt").equals(read("whole.ckpt"))).toBe(true);
    expect(readdirSync(cwd)).not.toContain(".run.ckpt.tmp");
  });

  // The command takes seconds to start. What writes its checkpoints is run by itself here, with a generated module.
  it("again and again, too, at any moment there is", async () => {
    const { code } = await compile({ name: "line.nabla", text: lineNetwork }, { optimizer: "adam" });
    writeFileSync(join(cwd, "line.mjs"), ts.transpile(code, { target: ts.ScriptTarget.ES2022 }));
    const script = "test/cli/keep-training.ts";
    expect(await inProcess(script, ["undisturbed.ckpt", "undisturbed.json"], "")).toBe(0);
    // What a kill leaves behind is what is on the disk: a part of the first checkpoint; one; one and a part of the next.
    const moments = ["half-written 1", "renamed 1", "half-written 1", "renamed 4", "half-written 5"];
    for (const moment of moments)
      expect(await inProcess(script, ["killed.ckpt", "killed.json"], moment), moment).toBe("SIGKILL");
    expect(readdirSync(cwd)).not.toContain("killed.json");
    expect(await inProcess(script, ["killed.ckpt", "killed.json"], "")).toBe(0);
    expect(read("killed.json").equals(read("undisturbed.json"))).toBe(true);
    expect(read("killed.ckpt").equals(read("undisturbed.ckpt"))).toBe(true);
  });
});

describe("a checkpoint", () => {
  const base = [...argv, "run.ckpt"];

  it("is not overwritten by a run that begins anew", async () => {
    const run = await nabla(base, { cwd });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(
      "there is a run.ckpt already\nhint: go on from it with --resume, or delete it\n",
    );
  });

  it("of a run that is done is resumed for more epochs", async () => {
    writeFileSync(join(cwd, "more.ckpt"), read("run.ckpt"));
    const epochs = argv.map((word) => (word === "30" ? "40" : word));
    const more = await nabla([...epochs, "more.ckpt", "--resume"], { cwd });
    expect(more.stdout).toContain("training:         40 epochs, 280 steps, all epochs done\n");
    expect((await nabla([...epochs, "other.ckpt"], { cwd })).stdout).toBe(more.stdout);
  });

  it("where there is none yet but a part of one, begins the run", async () => {
    writeFileSync(join(cwd, ".new.ckpt.tmp"), read("run.ckpt").subarray(0, 100));
    const run = await nabla([...argv.map((word) => (word === "30" ? "1" : word)), "new.ckpt", "--resume"], {
      cwd,
    });
    expect(run.stderr).toBe("there is no new.ckpt yet: training begins at the beginning\n");
    expect(readdirSync(cwd)).not.toContain(".new.ckpt.tmp");
  });

  it.each([
    ["that is cut short", (bytes: Buffer) => bytes.subarray(0, 800), "cut short or damaged: its 800 bytes"],
    ["with a changed bit", (bytes: Buffer) => bytes.fill(1, 900, 901), "cut short or damaged"],
    ["that is another file", () => Buffer.from("x,t\n1,2\n"), "this is no checkpoint"],
    ["that is empty", () => Buffer.alloc(0), "this is no checkpoint"],
  ])("%s is refused, and left as it is", async (_, change, message) => {
    const bytes = change(read("run.ckpt"));
    writeFileSync(join(cwd, "bad.ckpt"), bytes);
    const run = await nabla([...argv, "bad.ckpt", "--resume"], { cwd });
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain("error[wrong-checkpoint]\nbad.ckpt cannot be resumed from: ");
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain("hint: the file is damaged: put an older copy in its place");
    expect(read("bad.ckpt").equals(bytes)).toBe(true);
  });

  it.each([
    ["another precision", ["--precision=f64"], "another network: precision f32, here f64"],
    ["another optimizer", ["--optimizer=sgd"], "another network: optimizer adam("],
    ["another seed", ["--seed=6"], "another run: seed 5, here 6; fingerprint of the data"],
    ["no early stopping", ["--patience="], "another run: with patience true, here false"],
  ])("of %s is refused", async (_, [change = ""], message) => {
    const [option = "", value] = change.split("=");
    const at = base.indexOf(option);
    const words = base.toSpliced(at, 2, ...(value === "" ? [] : [change]));
    const run = await nabla([...words, "--resume"], { cwd });
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain("hint: give the network, the data and the options that it was made with");
  });

  it.each([
    [["--every", "5"], "--every needs a checkpoint"],
    [["--resume"], "--resume needs a checkpoint"],
    [["--checkpoint", "line.csv"], "--checkpoint would overwrite line.csv, which is read here"],
    [["--checkpoint", "none/run.ckpt"], "--checkpoint names a file in none, but there is no such folder"],
    [["--checkpoint", "a", "--every", "0"], "--every takes a whole number of at least 1"],
  ])("is not made by %j", async (words, message) => {
    const run = await nabla(["train", "line.nabla", "--data", "line.csv", ...words], { cwd });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(message);
  });
});

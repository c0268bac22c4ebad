import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lineNetwork, nabla, temporaryFolder } from "./run.ts";

const cwd = temporaryFolder();
writeFileSync(join(cwd, "line.nabla"), lineNetwork);
writeFileSync(join(cwd, "wrong.nabla"), lineNetwork.replace("w * x", "w * z").replace("b\n", "q\n"));

function read(path: string): string {
  return readFileSync(join(cwd, path), "utf8");
}

describe("nabla generate", () => {
  it("writes next to the source by default, and nothing to stdout", async () => {
    const run = await nabla(["generate", "line.nabla"], { cwd });
    expect(run).toEqual({ code: 0, stdout: "", stderr: "wrote line.ts\n" });
    expect(read("line.ts")).toContain("export function trainStep(");
    expect(read("line.ts")).toContain("nabla generate line.nabla\n");
  });

  it("writes into --out, making the folder, and names the command with its options in the header", async () => {
    const argv = ["generate", "line.nabla", "--out", "deep/out", "--optimizer", "adam({learningRate: 0.02})"];
    expect(await nabla(argv, { cwd })).toMatchObject({ code: 0, stderr: "wrote deep/out/line.ts\n" });
    const command = "nabla generate line.nabla --out deep/out --optimizer 'adam({learningRate: 0.02})'";
    expect(read("deep/out/line.ts")).toContain(command);
    expect(readdirSync(join(cwd, "deep/out"))).toEqual(["line.ts"]); // no temporary file is left
  });

  it("quotes file names in the header as a shell needs it", async () => {
    const header = async (name: string): Promise<string | undefined> => {
      writeFileSync(join(cwd, name), lineNetwork);
      const { stdout } = await nabla(["generate", "--stdout", "--", name], { cwd });
      return /nabla generate .*/.exec(stdout)?.[0];
    };
    expect(await header("a b.nabla")).toBe("nabla generate 'a b.nabla'");
    expect(await header("it's.nabla")).toBe(String.raw`nabla generate 'it'\''s.nabla'`);
    expect(await header("$HOME.nabla")).toBe("nabla generate '$HOME.nabla'");
    expect(await header("-v.nabla")).toBe("nabla generate ./-v.nabla");
  });

  it("leaves a file alone that would not change", async () => {
    await nabla(["generate", "line.nabla"], { cwd });
    const past = new Date(2001, 1, 1);
    utimesSync(join(cwd, "line.ts"), past, past);
    expect((await nabla(["generate", "line.nabla"], { cwd })).stderr).toBe("unchanged line.ts\n");
    expect(statSync(join(cwd, "line.ts")).mtime).toEqual(past);
  });

  it("prints the same code with --stdout and writes no file", async () => {
    const before = readdirSync(cwd);
    const run = await nabla(["generate", "line.nabla", "--stdout"], { cwd });
    await nabla(["generate", "line.nabla"], { cwd });
    expect(run).toEqual({ code: 0, stdout: read("line.ts"), stderr: "" });
    expect(before).toEqual(readdirSync(cwd));
  });

  it("--check lists what is stale, exits 1 and writes nothing", async () => {
    writeFileSync(join(cwd, "other.nabla"), lineNetwork);
    const argv = ["generate", "line.nabla", "other.nabla", "--out", "checked"];
    expect(await nabla([...argv, "--check"], { cwd })).toMatchObject({
      code: 1,
      stdout: "checked/line.ts\nchecked/other.ts\n",
    });
    expect(readdirSync(cwd)).not.toContain("checked");
    await nabla(argv, { cwd });
    expect(await nabla([...argv, "--check"], { cwd })).toMatchObject({ code: 0, stdout: "" });
    writeFileSync(join(cwd, "checked/other.ts"), "// edited by hand\n");
    expect(await nabla([...argv, "--check"], { cwd })).toMatchObject({
      code: 1,
      stdout: "checked/other.ts\n",
    });
    expect(read("checked/other.ts")).toBe("// edited by hand\n");
  });

  it("reports every mistake of a wrong network with its place, and still writes the others", async () => {
    const run = await nabla(["generate", "wrong.nabla", "line.nabla", "--out", "mixed"], { cwd });
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain("wrong.nabla:5:9");
    expect(run.stderr).toContain("5 | y = w * z + q");
    expect(run.stderr).toMatch(/error\[[\w-]+\]/);
    expect(run.stderr).toContain("wrote mixed/line.ts");
    expect(readdirSync(join(cwd, "mixed"))).toEqual(["line.ts"]);
  });

  it("keeps the old file when the network no longer compiles", async () => {
    writeFileSync(join(cwd, "evolving.nabla"), lineNetwork);
    await nabla(["generate", "evolving.nabla"], { cwd });
    const old = read("evolving.ts");
    writeFileSync(join(cwd, "evolving.nabla"), lineNetwork.replace("loss =", "lost ="));
    expect(await nabla(["generate", "evolving.nabla"], { cwd })).toMatchObject({ code: 1 });
    expect(read("evolving.ts")).toBe(old);
  });

  it("replaces no file that it has not generated, but an empty one", async () => {
    mkdirSync(join(cwd, "hand"));
    writeFileSync(join(cwd, "hand/line.ts"), "export const mine = 1;\n");
    const argv = ["generate", "line.nabla", "--out", "hand"];
    const run = await nabla(argv, { cwd });
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain("error[file]\nhand/line.ts was not generated by Nabla");
    expect(run.stderr).toContain("hint: move or delete it, or write elsewhere with --out <dir>");
    expect(read("hand/line.ts")).toBe("export const mine = 1;\n");
    expect(await nabla([...argv, "--check"], { cwd })).toMatchObject({ code: 1, stdout: "hand/line.ts\n" });
    writeFileSync(join(cwd, "hand/line.ts"), "\n");
    expect(await nabla(argv, { cwd })).toMatchObject({ code: 0, stderr: "wrote hand/line.ts\n" });
    // What was generated stays so when it is edited.
    writeFileSync(join(cwd, "hand/line.ts"), `${read("hand/line.ts")}// edited\n`);
    expect(await nabla(argv, { cwd })).toMatchObject({ code: 0, stderr: "wrote hand/line.ts\n" });
  });

  it("writes the file that a link leads to, and leaves the link", async () => {
    mkdirSync(join(cwd, "linked"));
    writeFileSync(join(cwd, "elsewhere.ts"), "");
    symlinkSync("../elsewhere.ts", join(cwd, "linked/line.ts"));
    expect(await nabla(["generate", "line.nabla", "--out", "linked"], { cwd })).toMatchObject({ code: 0 });
    expect(lstatSync(join(cwd, "linked/line.ts")).isSymbolicLink()).toBe(true);
    expect(read("elsewhere.ts")).toContain("export function trainStep(");
    expect(readdirSync(join(cwd, "linked"))).toEqual(["line.ts"]);
  });

  it("leaves nothing half-written where it cannot write", async () => {
    mkdirSync(join(cwd, "taken/line.ts"), { recursive: true }); // a directory where the file should go
    const run = await nabla(["generate", "line.nabla", "--out", "taken"], { cwd });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("taken/line.ts");
    expect(readdirSync(join(cwd, "taken"))).toEqual(["line.ts"]);
    writeFileSync(join(cwd, "plain"), "a file, no folder");
    const plain = await nabla(["generate", "line.nabla", "--out", "plain"], { cwd });
    expect(plain).toMatchObject({ code: 2, stdout: "" });
    expect(plain.stderr).toContain("--out must be a folder, but plain is a file");
    const inside = await nabla(["generate", "line.nabla", "--out", "plain/in", "--check"], { cwd });
    expect(inside).toMatchObject({ code: 2, stdout: "" });
    expect(inside.stderr).toContain(
      "--out must be a folder, but plain/in: a part of its path is no directory",
    );
  });

  it("is the same whatever order the files come in, and deterministic", async () => {
    await nabla(["generate", "line.nabla", "other.nabla", "--out", "first"], { cwd });
    await nabla(["generate", "other.nabla", "line.nabla", "--out", "second"], { cwd });
    expect(read("second/line.ts")).toBe(read("first/line.ts").replace("--out first", "--out second"));
  });

  it.each(["unrolled", "rows", "tiled"])("forces the schedule %s", async (schedule) => {
    const { code, stdout } = await nabla(["generate", "line.nabla", "--stdout", "--schedule", schedule], {
      cwd,
    });
    expect(code).toBe(0);
    expect(stdout).toContain(`trainStep: ${schedule}`);
  });

  it("stores numbers in single precision on request", async () => {
    const { stdout } = await nabla(["generate", "line.nabla", "--stdout", "--precision", "f32"], { cwd });
    expect(stdout).toContain("Float32Array");
  });

  it("finds a mistake in --optimizer", async () => {
    const run = await nabla(["generate", "line.nabla", "--optimizer", "adm"], { cwd });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("did you mean adam?");
    expect(run.stderr).toContain("See nabla generate --help.");
    const option = await nabla(["verify", "line.nabla", "--optimizer", "adam({lr: 1})"], { cwd });
    expect(option).toMatchObject({ code: 2, stdout: "" });
    expect(option.stderr).toContain("did you mean learningRate?");
  });
});

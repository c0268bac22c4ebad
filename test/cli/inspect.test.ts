import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lineNetwork, nabla, temporaryFolder } from "./run.ts";

const cwd = temporaryFolder();
writeFileSync(join(cwd, "line.nabla"), lineNetwork);

describe("nabla inspect", () => {
  it("prints the article's gradients for the article's network", async () => {
    const run = await nabla(["inspect", "examples/linear-regression.nabla"]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("∂L/∂w1 = −Σ (y − w1 x − w2) x\n");
    expect(run.stdout).toContain("∂L/∂w2 = −Σ (y − w1 x − w2)\n");
  });

  it("prints operation counts, schedules with reasons, and memory", async () => {
    const { stdout } = await nabla(["inspect", "line.nabla"], { cwd });
    expect(stdout).toMatch(/loss and gradients [\d.]+, ratio [\d.]+/);
    expect(stdout).toMatch(/trainStep +unrolled/);
    expect(stdout).toMatch(/parameters 16 B/);
  });

  it("prints one gradient, LaTeX, or JSON", async () => {
    const one = await nabla(["inspect", "line.nabla", "--gradient", "w"], { cwd });
    expect(one.stdout).toContain("∂L/∂w ");
    expect(one.stdout).not.toContain("∂L/∂b ");
    const latex = await nabla(["inspect", "line.nabla", "--format", "latex"], { cwd });
    expect(latex.stdout).toContain(String.raw`\partial`);
    const json = await nabla(["inspect", "line.nabla", "--format", "json"], { cwd });
    const report = JSON.parse(json.stdout) as { formulas: { gradients: { parameter: string }[] } };
    expect(report.formulas.gradients.map(({ parameter }) => parameter)).toEqual(["w", "b"]);
  });

  it("says why gradients cost more than five times the loss, where they do", async () => {
    const lookUp =
      "i1 = input({categories: 100})\ntable = parameter([100, 8])\nloss = sum(gather(table, i1) .^ 2)\n";
    writeFileSync(join(cwd, "rows.nabla"), lookUp);
    const one = await nabla(["inspect", "rows.nabla", "--batch-size", "1"], { cwd });
    expect(one.stdout).toContain("the ratio is above 5 because each step clears and scales all gradients");
    const many = await nabla(["inspect", "rows.nabla", "--batch-size", "100"], { cwd });
    expect(many.stdout).not.toContain("the ratio is above 5");
  });

  it("knows the names of the parameters", async () => {
    const run = await nabla(["inspect", "line.nabla", "--gradient", "v"], { cwd });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain('line.nabla has no parameter called "v"');
  });
});

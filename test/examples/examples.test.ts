import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataFiles } from "../../examples/prepare-data.ts";
import { readDigits } from "../../examples/mnist-data.ts";
import { type Example, examples, firstSamples } from "../../examples/examples.ts";
import { formatSplits, mean, reaches, scoreOf } from "../../examples/held-out.ts";
import { type Compilation, compile } from "../../src/compile.ts";
import { loadGenerated, type PreparedData, runSession, type SessionReport } from "../../src/train/index.ts";
import { type Judge, verifyModule } from "../../src/verify/index.ts";

/** What `verify --json` prints, as far as it is read here. */
interface VerifyReport {
  readonly ok: boolean;
  readonly networks: readonly {
    readonly file: string;
    readonly checks: readonly { readonly against: string; readonly maxRelativeError: number | null }[];
  }[];
}

const command = ["--import", "./scripts/typescript.js", "src/cli/main.ts"];

const fileOf = (name: string): string => `examples/${name}.nabla`;

function exampleNamed(name: string): Example {
  const example = examples.find((each) => each.name === name);
  if (example === undefined) throw new Error(`there is no example ${name}`);
  return example;
}

async function compiled(name: string, optimizer?: string): Promise<Compilation> {
  const source = { name: fileOf(name), text: readFileSync(fileOf(name), "utf8") };
  return compile(source, optimizer === undefined ? {} : { optimizer });
}

async function trained(
  name: string,
  seeds: readonly number[],
  optimizer?: string,
): Promise<readonly SessionReport[]> {
  const compilation = await compiled(name, optimizer);
  const generated = await loadGenerated(compilation.code);
  const { data } = exampleNamed(name);
  return seeds.map((seed) => runSession(compilation, generated, data(compilation, seed), { seed }));
}

/** Mean accuracy or R² on the samples held out. */
function meanHeldOut(reports: readonly SessionReport[]): number {
  return mean(reports.map(({ heldOutMetric }) => scoreOf(heldOutMetric)));
}

const seeds = Array.from({ length: 24 }, (_, seed) => seed);

describe("the examples", () => {
  it("have data that come from their packages", () => {
    for (const [name, text] of Object.entries(dataFiles())) {
      expect(readFileSync(`examples/data/${name}`, "utf8"), name).toBe(text);
    }
  });

  it("verify against the tape and finite differences", { timeout: 120_000 }, () => {
    const files = examples.filter(({ small }) => small === undefined).map(({ name }) => fileOf(name));
    // In a process of its own, where no coverage is counted: it makes the judges several times slower.
    const printed = execFileSync(
      process.execPath,
      [...command, "verify", ...files, "--against", "tape,finite-difference", "--json"],
      { encoding: "utf8" },
    );
    const { ok, networks } = JSON.parse(printed) as VerifyReport;
    expect(ok).toBe(true);
    expect(networks.map(({ file }) => file)).toEqual(files);
    for (const { file, checks } of networks) {
      for (const judge of ["tape", "finite-difference"]) {
        const errors = checks.flatMap(({ against, maxRelativeError }) =>
          against === judge ? [maxRelativeError ?? NaN] : [],
        );
        expect(Math.max(...errors), `${file} ${judge}`).toBeLessThan(judge === "tape" ? 1e-12 : 1e-6);
        expect(errors.length).toBeGreaterThan(0);
      }
    }
  });
});

describe("the examples in WebAssembly, in single precision", () => {
  it.each(examples)("$name", { timeout: 120_000 }, async ({ name, small }) => {
    const whole = readFileSync(fileOf(name), "utf8");
    const source = { name: fileOf(name), text: small?.(whole) ?? whole };
    const compilation = await compile(source, { target: "wasm", precision: "f32" });
    // Two vectors of samples and one more. The steps of mnist's hundred thousand parameters take the interpreter a minute.
    const against: readonly Judge[] = name === "mnist" ? ["tape"] : ["tape", "interpreter"];
    const batch = Math.min(9, compilation.program.batchSize);
    const { ok, checks } = await verifyModule({ ...compilation, against, batch });
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(ok).toBe(true);
  });
});

describe("lenet", () => {
  it("agrees with every judge in small", { timeout: 120_000 }, async () => {
    const text = readFileSync(fileOf("lenet"), "utf8");
    const small = exampleNamed("lenet").small?.(text) ?? "";
    expect(small).toContain("[1, 16, 16]");
    const compilation = await compile({ name: fileOf("lenet"), text: small }, { schedule: "tiled" });
    const { ok, checks } = await verifyModule({ ...compilation, against: ["tape", "tfjs"] });
    expect(checks.filter((check) => !check.ok || check.skipped)).toEqual([]);
    expect(checks.length).toBeGreaterThan(20);
    expect(ok).toBe(true);
  });

  it("learns from a few digits", { timeout: 120_000 }, async () => {
    const compilation = await compiled("lenet");
    const generated = await loadGenerated(compilation.code);
    const { program } = compilation;
    const { images, labels } = readDigits("train", 2000);
    const [x, t] = [program.inputs[0], program.targets[0]];
    if (x === undefined || t === undefined) throw new Error("lenet has an input and a target");
    const part = (from: number, to: number): PreparedData["training"] => [
      { slot: x, values: images.subarray(from * 784, to * 784) },
      { slot: t, values: labels.subarray(from, to) },
    ];
    const data: PreparedData = {
      ...{ training: part(0, 1500), samples: 1500, heldOut: part(1500, 2000), heldOutSamples: 500 },
      ...{ incompleteRows: 0, scalings: {}, labels: {}, oneHot: [], columns: undefined },
    };
    expect(scoreOf(runSession(compilation, generated, data, { seed: 0 }).heldOutMetric)).toBeGreaterThan(0.8);
  });
});

describe.each(["lstm", "gpt"])("%s", (name) => {
  const { small } = exampleNamed(name);

  it("agrees with the tape in small", { timeout: 120_000 }, async () => {
    const text = readFileSync(fileOf(name), "utf8");
    const compilation = await compile({ name: fileOf(name), text: small?.(text) ?? "" });
    const { ok, checks } = await verifyModule({ ...compilation, against: ["tape"] });
    expect(checks.length).toBe(compilation.program.parameters.length + 1);
    expect(ok).toBe(true);
  });

  it(
    "learns from a few pages of the book, and writes on the same in each run",
    { timeout: 120_000 },
    async () => {
      const compilation = await compiled(name);
      const generated = await loadGenerated(compilation.code);
      const { data, show } = exampleNamed(name);
      const few = firstSamples(data(compilation, 0), 160);
      const length = few.text?.length ?? 0;
      expect(few.training.map(({ values }) => values.length)).toEqual([160 * length, 160 * length]);
      const held = few.heldOut.map(({ slot, values }) => ({
        slot,
        values: values.subarray(0, 40 * length),
      }));
      const { outcome, heldOutMetric } = runSession(compilation, generated, {
        ...few,
        heldOut: held,
        heldOutSamples: 40,
      });
      expect(scoreOf(heldOutMetric)).toBeLessThan(5); // of 75 characters each as likely, a character is 6.2 bits
      const text = show?.(generated, outcome.parameters, few) ?? "";
      expect(Array.from(text)).toHaveLength(400);
      expect(show?.(generated, outcome.parameters, few)).toBe(text);
      expect(text.split(" ").length).toBeGreaterThan(30);
    },
  );
});

describe("linear-regression", () => {
  it("finds w1 = 2 and w2 = 0", async () => {
    const [report] = await trained("linear-regression", [0]);
    expect(report?.outcome.parameters[0]).toBeCloseTo(2, 9);
    expect(report?.outcome.parameters[1]).toBeCloseTo(0, 8);
  });

  it("diverges with a rate of 0.1, is noticed and keeps the last sound parameters", async () => {
    const [report] = await trained("linear-regression", [0], "sgd({learningRate: 0.1})");
    expect(report?.outcome.stopped).toBe("diverged");
    expect(report?.outcome.divergence?.step).toBeLessThan(20);
    expect(report?.outcome.parameters.every(Number.isFinite)).toBe(true);
  });
});

describe("xor", () => {
  it("is learned whatever the seed, but for the local minima of four hidden units", async () => {
    const reports = await trained("xor", seeds);
    const learned = reports.filter(({ trainingMetric }) => scoreOf(trainingMetric) === 1);
    expect(learned.length).toBeGreaterThanOrEqual(20);
  });
});

describe("on samples held out", () => {
  it.each([
    ["iris", 0.95],
    ["logistic-regression", 0.87],
    ["mileage", 0.86],
  ])("%s reaches %d, which is its goal, on average over many splits", async (name, least) => {
    const { seeds, goal } = exampleNamed(name);
    expect(seeds.length).toBeGreaterThan(20);
    expect(goal).toEqual({ on: "heldOut", least });
    expect(meanHeldOut(await trained(name, seeds))).toBeGreaterThanOrEqual(least);
  });

  it("are reported with the worst and the best of the splits", () => {
    const metrics = [27, 30, 29].map(
      (right) => ({ kind: "accuracy", accuracy: right / 30, right, count: 30 }) as const,
    );
    expect(formatSplits(metrics)).toBe("accuracy 0.956 over 3 random splits (0.900 … 1.000)");
  });

  it(
    "mnist comes to its goal on the part of the data that npm start trains on",
    { timeout: 240_000 },
    async () => {
      const compilation = await compiled("mnist");
      const { data, short } = exampleNamed("mnist");
      if (short === undefined) throw new Error("npm start trains on a part of the data");
      const generated = await loadGenerated(compilation.code);
      const part = firstSamples(data(compilation, 0), short.samples);
      const { heldOutMetric } = runSession(compilation, generated, part, { seed: 0 });
      expect(reaches(short.goal, scoreOf(heldOutMetric))).toBe(true);
    },
  );
});

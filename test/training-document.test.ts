import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TrainData, TrainOptions, TrainResult } from "../generated/iris.ts";
import { compile } from "../src/compile.ts";
import { loadModule } from "../src/verify/load-module.ts";
import { nabla } from "./cli/run.ts";
import { problemsOf } from "./support/strict-types.ts";

const text = readFileSync(new URL("../docs/training.md", import.meta.url), "utf8");
const sessions = [...text.matchAll(/^```console\n\$ nabla (.*)\n([^]*?)^```$/gm)];

it("docs/training.md shows a command", () => {
  expect(sessions).not.toEqual([]);
});

it.each(sessions.map(([, command = "", output = ""]) => [command, output]))(
  "%s prints that",
  async (command, output) => {
    expect(await nabla(command.split(" "))).toEqual({ code: 0, stdout: output, stderr: "" });
  },
);

it("docs/training.md classifies with what was saved, as the report says how well", async () => {
  const [, example = ""] = /^import \{ loadParameters, predict \}.*\n([^]*?)^```$/m.exec(text) ?? [];
  const folder = mkdtempSync(join(tmpdir(), "nabla-"));
  try {
    const file = join(folder, "iris.json");
    const data = "examples/data/iris.csv";
    const argv = [
      "train",
      "examples/iris.nabla",
      "--data",
      data,
      "--standardise",
      "--epochs",
      "20",
      "--json",
    ];
    const { stdout } = await nabla([...argv, "--save", file]);
    const { training } = JSON.parse(stdout) as { readonly training: { readonly accuracy: number } };
    const saved = example.replace(
      'readFileSync("iris.json", "utf8")',
      JSON.stringify(readFileSync(file, "utf8")),
    );
    const iris = readFileSync(new URL("../generated/iris.ts", import.meta.url), "utf8");
    const { classify } = await loadModule<{ classify: (measures: readonly number[]) => string }>(
      `${iris}${saved.replace("function classify", "export function classify")}`,
    );
    const rows = readFileSync(data, "utf8").trim().split("\n").slice(1);
    const right = rows.filter((row) => {
      const [species, ...measures] = row.trim().split(",").reverse();
      return classify(measures.reverse().map(Number)) === species;
    });
    expect(right.length / rows.length).toBeCloseTo(training.accuracy, 12);
    expect(right.length).toBeGreaterThan(0.8 * rows.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe("training in slices, as docs/training.md shows it", () => {
  const [, example = ""] =
    /^```ts\nimport \{ train, type .* from "\.\/generated\/iris\.ts";\n([^]*?)^```$/m.exec(text) ?? [];
  const iris = readFileSync(new URL("../generated/iris.ts", import.meta.url), "utf8");
  const code = `${iris}${example.replace("async function", "export async function")}`;

  interface Slicing {
    readonly train: (data: TrainData, options: TrainOptions) => TrainResult;
    readonly trainInSlices: (data: TrainData, options: TrainOptions) => Promise<TrainResult>;
  }

  const samples = 30;
  const data: TrainData = {
    x: Float64Array.from({ length: 4 * samples }, (_, k) => Math.sin(k + 1)),
    t: Int32Array.from({ length: samples }, (_, n) => n % 3),
  };

  it("is sound TypeScript", () => {
    const timer = "declare function setTimeout(action: (value: unknown) => void): void;\n";
    expect(problemsOf(`${code}${timer}`)).toEqual([]);
  });

  it.each([
    { epochs: 4, seed: 3 },
    { epochs: 3, validationSplit: 0.2, batchSize: 7 },
    { epochs: 1 },
    { epochs: 0 },
  ])("gives the parameters of one call, bit for bit: %j", async (options) => {
    const { train, trainInSlices } = await loadModule<Slicing>(code);
    const whole = train(data, options);
    const { parameters, state, epoch, stopped } = await trainInSlices(data, options);
    expect({ parameters, state, epoch, stopped }).toEqual({
      parameters: whole.parameters,
      state: whole.state,
      epoch: whole.epoch,
      stopped: whole.stopped,
    });
  });

  it("goes on where another call ended", async () => {
    const { train, trainInSlices } = await loadModule<Slicing>(code);
    const { parameters, state, epoch } = await trainInSlices(data, { epochs: 2 });
    const last = await trainInSlices(data, { epochs: 2, parameters, state, firstEpoch: epoch + 1 });
    expect(last.parameters).toEqual(train(data, { epochs: 4 }).parameters);
    expect(last.epoch).toBe(4);
  });

  it("lets a timer have its turn, which stops it, as it cannot stop one call", async () => {
    const { train, trainInSlices } = await loadModule<Slicing>(code);
    const epochs = 1000;
    const stop = new AbortController();
    setTimeout(() => {
      stop.abort();
    });
    expect(train(data, { epochs: 5, signal: stop.signal }).stopped).toBe("finished");
    const { stopped, epoch } = await trainInSlices(data, { epochs, signal: stop.signal });
    expect(stopped).toBe("aborted");
    expect(epoch).toBeLessThan(epochs);
  });

  it("hears a signal that is set between two slices at the next", async () => {
    const { train, trainInSlices } = await loadModule<Slicing>(code);
    const stop = new AbortController();
    const options: TrainOptions = {
      epochs: 9,
      signal: stop.signal,
      onEpoch: ({ epoch }) => {
        // Not within the epoch's own call: when that has returned.
        if (epoch === 3)
          queueMicrotask(() => {
            stop.abort();
          });
      },
    };
    const last = await trainInSlices(data, options);
    expect(last).toMatchObject({ stopped: "aborted", epoch: 3, steps: 0 });
    expect(last.parameters).toEqual(train(data, { epochs: 3 }).parameters);
  });
});

describe("the examples of docs/training.md", () => {
  const iris = readFileSync(new URL("../generated/iris.ts", import.meta.url), "utf8");
  const examples = [
    ...text.matchAll(/^```ts\nimport \{ (?!train, type|.*views)(.*) \} from .*\n([^]*?)^```$/gm),
  ];
  const surroundings = `
declare const data: TrainData;
declare const [x, t]: [Float64Array, Int32Array];
declare const console: { warn(text: string): void };
declare function existsSync(path: string): boolean;
declare function readFileSync(path: string): Uint8Array;
declare function readFileSync(path: string, encoding: "utf8"): string;
declare function writeFileSync(path: string, bytes: Uint8Array, options: { flush: boolean }): void;
declare function renameSync(from: string, to: string): void;
`;

  it("are sound TypeScript", () => {
    expect(examples.map(([, names]) => names)).toEqual([
      "loadParameters, predict",
      "train",
      "loadCheckpoint, saveCheckpoint, train",
      "train, watchGradients",
    ]);
    const used = examples.map(
      ([, , example = ""], n) => `export function example${n}(): void {\n${example}}\n`,
    );
    // What an example only shows is not used.
    const problems = problemsOf(`${iris}${surroundings}${used.join("")}`);
    expect(problems.filter((problem) => !problem.includes("never read"))).toEqual([]);
  });
});

describe("the example of docs/training.md with WebAssembly", () => {
  const [, example = ""] = /^```ts\nimport \{ .*views \} from .*\n([^]*?)^```$/m.exec(text) ?? [];

  interface Batch {
    readonly x: Float64Array;
    readonly t: Int32Array;
  }

  interface Iris {
    readonly run: (batches: readonly Batch[]) => Promise<Float64Array>;
    readonly initialParameters: (seed: number) => Float64Array;
    readonly initialState: () => Float64Array;
    readonly trainStep: (...operands: readonly (Float64Array | Int32Array)[]) => number;
  }

  it("is sound TypeScript, and trains as without", async () => {
    const network = readFileSync(new URL("../examples/iris.nabla", import.meta.url), "utf8");
    const { code } = await compile({ name: "iris.nabla", text: network }, { target: "wasm" });
    const head = "export async function run(batches: readonly TrainData[]): Promise<Float64Array> {";
    const whole = `${code}${head}\n${example}return parameters.slice();\n}\n`;
    expect(problemsOf(whole).filter((problem) => !problem.includes("never read"))).toEqual([]);
    const batches = [16, 16, 5].map((count, k) => ({
      x: Float64Array.from({ length: 4 * count }, (_, n) => Math.sin(n + k)),
      t: Int32Array.from({ length: count }, (_, n) => (n + k) % 3),
    }));
    const plain = await loadModule<Iris>(
      readFileSync(new URL("../generated/iris.ts", import.meta.url), "utf8"),
    );
    const [parameters, state] = [plain.initialParameters(1), plain.initialState()];
    for (const { x, t } of batches) plain.trainStep(parameters, state, x, t);
    const found = await (await loadModule<Iris>(whole)).run(batches);
    found.forEach((value, k) => {
      expect(value).toBeCloseTo(parameters[k] ?? NaN, 11);
    });
    expect(found).toHaveLength(parameters.length);
  });
});

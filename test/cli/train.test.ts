import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile.ts";
import { loadGenerated } from "../../src/train/index.ts";
import { escape, lineNetwork, nabla, temporaryFolder } from "./run.ts";

const cwd = temporaryFolder();
const rows = Array.from({ length: 20 }, (_, n) => `${n / 10},${3 * (n / 10) + 1}\n`);
writeFileSync(join(cwd, "line.nabla"), lineNetwork);
writeFileSync(join(cwd, "line.csv"), `x,t\n${rows.join("")}`);
writeFileSync(
  join(cwd, "species.nabla"),
  "x = input([4])\nt = target({categories: 3})\nlogits = dense(x, 3)\nloss = crossEntropyFromLogits(logits, t)\n",
);
const iris = readFileSync("examples/data/iris.csv", "utf8");
writeFileSync(join(cwd, "iris.csv"), iris);

const base = ["train", "line.nabla", "--data", "line.csv"];

describe("nabla train", () => {
  it("trains, and reports on stdout", async () => {
    const run = await nabla([...base, "--epochs", "200"], { cwd });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("2 parameters, sgd({learningRate: 0.1");
    expect(run.stdout).toContain("20 samples");
    expect(run.stdout).toContain("200 epochs, 1000 steps, all epochs done");
    expect(run.stdout).toMatch(/on training data: RMSE [\d.e-]+, R² 1\.000/);
    expect(run.stdout).not.toContain("target:");
  });

  it("says what computes, and why, where a target was asked for", async () => {
    const { stdout } = await nabla([...base, "--epochs", "1", "--target", "auto"], { cwd });
    expect(stdout).toMatch(
      /^target: +(wasm|typescript), a step of 4 samples takes about \d+ ns in WebAssembly/m,
    );
  });

  it("names what is predicted where that cannot be measured", async () => {
    writeFileSync(
      join(cwd, "two.nabla"),
      "x = input()\nt = target()\ny = dense([x], 2)\nloss = mse(sum(y), t)\n",
    );
    const argv = ["train", "two.nabla", "--data", "line.csv"];
    const run = await nabla(argv, { cwd });
    const found = "what is predicted is y of the shape [2], the target is t, a scalar";
    expect(run.stdout).toContain(`only the loss: ${found}; write prediction = … for another`);
    const refused = await nabla([...argv, "--metric", "rmse"], { cwd });
    expect(refused.stderr).toContain("no meaning for what this network predicts: y of the shape [2].");
  });

  it("gives the same numbers for the same seed, and others for another", async () => {
    const argv = [...base, "--validation", "0.25", "--json"];
    const first = await nabla([...argv, "--seed", "1"], { cwd });
    expect((await nabla([...argv, "--seed", "1"], { cwd })).stdout).toBe(first.stdout);
    expect((await nabla([...argv, "--seed", "2"], { cwd })).stdout).not.toBe(first.stdout);
  });

  it("reports as JSON", async () => {
    const run = await nabla([...base, "--validation", "0.25", "--json"], { cwd });
    const report = JSON.parse(run.stdout) as Record<string, unknown>;
    expect(report).toMatchObject({
      stopped: "finished",
      epochs: 5,
      steps: 20,
      samples: 15,
      heldOutSamples: 5,
    });
    expect(report["heldOut"]).toMatchObject({ kind: "regression" });
    const history = report["history"] as readonly { epoch: number; loss: number; heldOutLoss: number }[];
    expect(history.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5]);
    const { loss, heldOutLoss } = report;
    expect(history.at(-1)).toEqual({ epoch: 5, loss, heldOutLoss });
    expect(history[0]?.loss).toBeGreaterThan(history[4]?.loss ?? NaN);
    expect(Object.keys(report)).not.toContain("divergence");
  });

  it("saves parameters that the generated module loads", async () => {
    mkdirSync(join(cwd, "out"));
    const run = await nabla([...base, "--epochs", "200", "--save", "out/line.json"], { cwd });
    expect(run).toMatchObject({ code: 0, stderr: "wrote out/line.json\n" });
    const again = await nabla([...base, "--save", "out/other.json"], { cwd });
    expect(again.stderr).toBe("wrote out/other.json\n");
    expect(readdirSync(join(cwd, "out"))).toEqual(["line.json", "other.json"]);
    const { code } = await compile({ name: "line.nabla", text: lineNetwork });
    const parameters = (await loadGenerated(code)).loadParameters(
      readFileSync(join(cwd, "out/line.json"), "utf8"),
    );
    expect(parameters[0]).toBeCloseTo(3, 3);
    expect(parameters[1]).toBeCloseTo(1, 3);
  });

  it("saves how the columns became numbers", async () => {
    const argv = [
      "train",
      "species.nabla",
      "--data",
      "iris.csv",
      "--standardise",
      "--save",
      "iris.json",
      "--epochs",
      "30",
    ];
    const run = await nabla(argv, { cwd });
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("0 setosa, 1 versicolor, 2 virginica");
    const text = readFileSync(join(cwd, "iris.json"), "utf8");
    const saved = JSON.parse(text) as {
      data: { columns: unknown; standardisation: { x: { mean: number[] } }; labels: { t: string[] } };
    };
    const measures = ["sepalLength", "sepalWidth", "petalLength", "petalWidth"];
    expect(saved.data.columns).toEqual({ x: measures, t: ["species"] });
    expect(run.stdout).toContain("standardised:     x; --json and --save tell how\n");
    const json = JSON.parse((await nabla([...argv, "--json"], { cwd })).stdout) as object;
    expect(json).toMatchObject({ columnsBy: "position", ...saved.data });
    expect(saved.data.labels.t).toEqual(["setosa", "versicolor", "virginica"]);
    expect(saved.data.standardisation.x.mean[0]).toBeCloseTo(5.8433, 4);
    const network = readFileSync(join(cwd, "species.nabla"), "utf8");
    const generated = await loadGenerated((await compile({ name: "species.nabla", text: network })).code);
    expect(generated.loadParameters(text)).toHaveLength(15);
  });

  it("saves all that it takes to predict from raw data", async () => {
    const argv = [...base, "--epochs", "300", "--standardise", "--save", "scaled.json"];
    expect(await nabla(argv, { cwd })).toMatchObject({ code: 0 });
    const text = readFileSync(join(cwd, "scaled.json"), "utf8");
    interface Scaling {
      readonly mean: readonly [number];
      readonly deviation: readonly [number];
    }
    const { data } = JSON.parse(text) as { data: { standardisation: { x: Scaling; t: Scaling } } };
    const { x, t } = data.standardisation;
    const { loadParameters, predict } = await loadGenerated(
      (await compile({ name: "line.nabla", text: lineNetwork })).code,
    );
    const scaled = Float64Array.of((0.7 - x.mean[0]) / x.deviation[0]);
    const [y = NaN] = predict?.(loadParameters(text), scaled) ?? [];
    expect(y * t.deviation[0] + t.mean[0]).toBeCloseTo(3 * 0.7 + 1, 6);
  });

  it.each([
    ["by name", "note,t,x\n-,3,1\n-,5,2\n", [], "x = x; t = t (by name)", "note"],
    ["by position", "p,q\n1,3\n2,5\n", [], "x = p; t = q (by position: no column has a name of", undefined],
    ["without names", "1,3\n2,5\n", [], "x = 1; t = 2 (by position: no column has a name of", undefined],
    ["as told", "x,t\n1,3\n2,5\n", ["--columns", "x=t; t=x"], "x = t; t = x (as --columns says)", undefined],
  ])("shows which columns went where: %s", async (_, csv, more, columns, unused) => {
    writeFileSync(join(cwd, "columns.csv"), csv);
    const run = await nabla(["train", "line.nabla", "--data", "columns.csv", ...more], { cwd });
    expect(run.stdout).toContain(`columns:          ${columns}`);
    if (unused === undefined) expect(run.stdout).not.toContain("unused");
    else expect(run.stdout).toContain(`unused columns:   ${unused}\n`);
  });

  it("refuses a header that has only some of the network's names", async () => {
    writeFileSync(join(cwd, "half.csv"), "t,a\n1,3\n2,5\n");
    const run = await nabla(["train", "line.nabla", "--data", "half.csv"], { cwd });
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain("error[half-named-columns] half.csv:1:1");
    expect(run.stderr).toContain("Found: t, a. Needed: x and t. Missing: x.");
    expect(run.stderr).toContain('hint: write --columns "x=a; t=t"');
  });

  it("leaves out a column of row numbers, which has no name", async () => {
    writeFileSync(join(cwd, "numbered.csv"), '"","t","x"\n"1",3,1\n"2",5,2\n');
    const run = await nabla(["train", "line.nabla", "--data", "numbered.csv"], { cwd });
    expect(run.stdout).toContain("columns:          x = x; t = t (by name)\nunused columns:   1\n");
    writeFileSync(join(cwd, "numbered.csv"), '"","p","q"\n"1",1,3\n"2",2,5\n');
    const other = await nabla(["train", "line.nabla", "--data", "numbered.csv"], { cwd });
    expect(other.stderr).toContain("error[column-count] numbered.csv:1:1\n");
    expect(other.stderr).toContain("has 3 columns (1, p, q), but the network takes 2: x (1), t (1).");
    const told = ["--columns", "x=,p; t=q"];
    const empty = await nabla(["train", "line.nabla", "--data", "numbered.csv", ...told], { cwd });
    expect(empty).toMatchObject({ code: 2 });
    expect(empty.stderr).toContain('has no column "".\nhint: the file has 1, p, q');
  });

  it("says how many incomplete rows were left out", async () => {
    writeFileSync(join(cwd, "gaps.csv"), "x,t\n1,3\n?,5\n3,\n2,5\n");
    const argv = ["train", "line.nabla", "--data", "gaps.csv", "--drop-incomplete"];
    const { stdout } = await nabla(argv, { cwd });
    expect(stdout).toContain("data:             2 samples, 2 incomplete rows left out\n");
    expect(JSON.parse((await nabla([...argv, "--json"], { cwd })).stdout)).toMatchObject({
      incompleteRows: 2,
    });
  });

  it("refuses data that are not UTF-8, and shows where", async () => {
    writeFileSync(join(cwd, "latin.csv"), Buffer.from("x,t\n1,caf\xe9\n2,th\xe9\n", "latin1"));
    const run = await nabla(["train", "line.nabla", "--data", "latin.csv"], { cwd });
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain("error[file] latin.csv:2:6\n");
    expect(run.stderr).toContain("hint: save the file as UTF-8");
  });

  it("warns where the loss rose without exploding", async () => {
    const more = ["--epochs", "4", "--optimizer", "sgd({learningRate: 0.6})"];
    const run = await nabla([...base, ...more], { cwd });
    expect(run.code).toBe(0);
    expect(run.stderr).toMatch(/^the loss rose from \S+ in the first epoch to \S+ in the last\.\nhint: /);
    expect(run.stderr).toContain("sgd({learningRate: 0.06})");
  });

  it.each([
    ["line.csv", "--save would overwrite line.csv, which is read here"],
    ["./line.nabla", "--save would overwrite line.nabla, which is read here"],
    [".", "--save must be a file, but . is a folder"],
    ["none/line.json", "--save names a file in none, but there is no such folder"],
  ])("does not train for --save %s", async (save, message) => {
    const run = await nabla([...base, "--save", save], { cwd });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(message);
  });

  it("says what became one-hot", async () => {
    const network = "x = input([2])\nt = target([3])\nloss = crossEntropyFromLogits(dense(x, 3), t)\n";
    writeFileSync(join(cwd, "onehot.nabla"), network);
    writeFileSync(join(cwd, "onehot.csv"), "x,t\nred,0\nblue,2\n");
    const argv = ["train", "onehot.nabla", "--data", "onehot.csv"];
    const { stdout } = await nabla(argv, { cwd });
    expect(stdout).toContain("x:                0 blue, 1 red; one-hot\n");
    expect(stdout).toContain("t:                class numbers; one-hot\n");
    expect(JSON.parse((await nabla([...argv, "--json"], { cwd })).stdout)).toMatchObject({
      labels: { x: ["blue", "red"] },
      oneHot: ["x", "t"],
    });
  });

  it("counts one epoch and one step as one", async () => {
    writeFileSync(join(cwd, "one.csv"), "x,t\n1,3\n");
    const run = await nabla(["train", "line.nabla", "--data", "one.csv", "--epochs", "1"], { cwd });
    expect(run.stdout).toContain("training:         1 epoch, 1 step, all epochs done\n");
    expect(run.stdout).toContain("data:             1 sample\n");
  });

  it("gives losses in JSON as numbers, and as null what JSON has no number for", async () => {
    const diverging = async (rate: string): Promise<unknown> => {
      const more = ["--epochs", "500", "--optimizer", `sgd({learningRate: ${rate}})`, "--json"];
      const { stdout } = await nabla([...base, ...more], { cwd });
      return (JSON.parse(stdout) as { divergence: { loss: unknown } }).divergence.loss;
    };
    expect(await diverging("10")).toBeGreaterThan(1e12);
    expect(await diverging("1e300")).toBeNull();
  });

  it("notices divergence, says at which step, saves nothing and exits 1", async () => {
    const argv = [
      ...base,
      "--epochs",
      "500",
      "--optimizer",
      "sgd({learningRate: 10})",
      "--save",
      "never.json",
    ];
    const run = await nabla(argv, { cwd });
    expect(run.code).toBe(1);
    expect(run.stdout).toContain("diverged");
    expect(run.stdout).not.toContain("NaN");
    expect(run.stderr).toMatch(/training diverged at step \d+, in epoch \d+: the loss was/);
    expect(run.stderr).toContain("sgd({learningRate: 1})");
    expect(readdirSync(cwd)).not.toContain("never.json");
  });

  it("blames data or start, not the learning rate, for a loss that is infinite before any update", async () => {
    const folder = temporaryFolder();
    const network = "x = input()\nw = parameter({init: 1})\nloss = w * log(x)\n";
    writeFileSync(join(folder, "log.nabla"), network);
    writeFileSync(join(folder, "log.csv"), "x\n1\n0\n2\n");
    const run = await nabla(["train", "log.nabla", "--data", "log.csv"], { cwd: folder });
    expect(run.code).toBe(1);
    const message = "the loss of sample 2 of 3 (log.csv:3) was -Infinity.";
    expect(run.stderr).toContain(`training diverged at step 1, in epoch 1: ${message}`);
    expect(run.stderr).toContain(
      "hint: it was so with sound parameters, too, so it is not the learning rate",
    );
    expect(run.stderr).not.toContain("a smaller learning rate");
    // The row may come late, and other rows may be left out or held out.
    writeFileSync(join(folder, "log.csv"), `x\n${"1\n".repeat(9)}?\n0\n${"2\n".repeat(9)}`);
    const more = ["--drop-incomplete", "--validation", "0.1", "--seed", "1", "--batch-size", "2"];
    const late = await nabla(["train", "log.nabla", "--data", "log.csv", ...more], { cwd: folder });
    expect(late.stderr).toMatch(
      /at step [2-9], in epoch 1: the loss of sample \d+ of 17 \(log.csv:12\) was -Infinity/,
    );
    expect(late.stderr).toContain("so it is not the learning rate");
  });

  it("names the first value that is not finite, and blames steps that led there", async () => {
    const folder = temporaryFolder();
    const network = "x = input([2])\nW = parameter([2, 2], {init: 1})\nloss = exp(sum(W * x))\n";
    writeFileSync(join(folder, "exp.nabla"), network);
    writeFileSync(join(folder, "exp.csv"), "x1,x2\n3,3\n3,3\n");
    const argv = ["train", "exp.nabla", "--data", "exp.csv", "--optimizer", "sgd({learningRate: 1e308})"];
    const run = await nabla(argv, { cwd: folder });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("training diverged at step 1, in epoch 1: W[1, 1] became -Infinity.\n");
    expect(run.stderr).toContain("hint: a smaller learning rate than 1e+308");
    const scheduled = [...argv.slice(0, -1), "sgd({learningRate: rate(t) = 1e308 / t})"];
    const { stderr } = await nabla(scheduled, { cwd: folder });
    expect(stderr).toMatch(/hint: smaller learning rates than 1e\+?308 \/ t at step t, or --standardise/);
  });

  it("trains on a text, and saves its vocabulary", async () => {
    const network =
      "x = input([4], {categories: 5})\nt = target([4], {categories: 5})\nW = parameter([5, 5])\n" +
      "logits = gather(W, x)\nloss = -sum(oneHot(t, 5) .* logSoftmax(logits))\ntraining = {epochs: 20}\n";
    writeFileSync(join(cwd, "reader.nabla"), network);
    writeFileSync(join(cwd, "abc.txt"), "abcde\n".repeat(50));
    const argv = ["train", "reader.nabla", "--text", "abc.txt", "--vocabulary", "abc\\n�"];
    const run = await nabla([...argv, "--validation", "0.2", "--save", "reader.json"], { cwd });
    expect(run).toMatchObject({ code: 0, stderr: "wrote reader.json\n" });
    expect(run.stdout).toContain("data:             59 samples, 14 held out\n");
    expect(run.stdout).toContain(
      'text:             4 characters a sample, one every 4; 5 different: "abc\\n�"\n',
    );
    expect(run.stdout).toMatch(/on held-out data: perplexity 4\.\d+ \(2\.\d+ bits each\), accuracy/);
    const saved = JSON.parse(readFileSync(join(cwd, "reader.json"), "utf8")) as object;
    expect(saved).toMatchObject({ data: { text: { length: 4, stride: 4, vocabulary: "abc\n�" } } });
    const rmse = await nabla([...argv, "--metric", "rmse"], { cwd });
    expect(rmse).toMatchObject({ code: 2, stdout: "" });
    expect(rmse.stderr).toContain("hint: what can be measured here is perplexity, accuracy");
  });

  it("trains on arrays, and says what was done to them", async () => {
    const pixels = Uint8Array.from({ length: 40 }, (_, k) => (k * 37) % 256);
    writeFileSync(join(cwd, "x.idx"), Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 10, 0, 0, 0, 4, ...pixels));
    const classes = Array.from({ length: 10 }, (_, n) => n % 3);
    writeFileSync(join(cwd, "t.gz"), gzipSync(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 10, ...classes)));
    const argv = ["train", "species.nabla", "--data", "x=x.idx", "--data", "t=t.gz"];
    const more = [
      "--divide",
      "x=255",
      "--validation",
      "x=x.idx",
      "--validation",
      "t=t.gz",
      "--save",
      "images.json",
    ];
    const run = await nabla([...argv, ...more], { cwd });
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("data:             10 samples, 10 held out\n");
    expect(run.stdout).toContain("x:                10 × 4 of uint8 from x.idx, divided by 255\n");
    const saved = JSON.parse(readFileSync(join(cwd, "images.json"), "utf8")) as object;
    expect(saved).toMatchObject({ data: { divisors: { x: 255, t: 1 }, standardisation: {}, oneHot: [] } });
    writeFileSync(join(cwd, "x.idx"), Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 10, 0, 0, 0, 4, 1));
    const corrupt = await nabla(argv, { cwd });
    expect(corrupt).toMatchObject({ code: 1, stdout: "" });
    expect(corrupt.stderr).toContain("error[malformed-idx]\nx.idx has 13 bytes, but its header says 10 × 4");
  });

  it("holds out the rows of another file, with the words and the scale of the first", async () => {
    writeFileSync(join(cwd, "first.csv"), "x1,x2,x3,x4,t\n1,2,3,4,red\n2,3,4,5,blue\n");
    writeFileSync(join(cwd, "other.csv"), "t,x4,x3,x2,x1\nred,4,3,2,1\n");
    const argv = ["train", "species.nabla", "--data", "first.csv", "--standardise", "--validation"];
    const run = await nabla([...argv, "other.csv"], { cwd });
    expect(run.stdout).toContain("data:             2 samples, 1 held out\n");
    writeFileSync(join(cwd, "other.csv"), "x1,x2,x3,x4,t\n1,2,3,4,green\n");
    const unknown = await nabla([...argv, "other.csv"], { cwd });
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toContain("error[unknown-label] other.csv:2:9\n");
    expect(unknown.stderr).toContain("what t is trained on holds blue, red.");
  });

  it.each([
    [["--data", "x=a.npy", "--data", "b.npy"], "--data does not say what b.npy feeds"],
    [["--data", "x=a.npy", "--data", "x=b.npy"], "--data feeds x twice"],
    [["--data", "a.csv", "--data", "b.csv"], "--data is given twice"],
    [["--data", "a.npy"], "--data does not say what a.npy feeds"],
    [["--data", "x=a.npy", "--columns", "x=1"], "--columns does not go with arrays"],
    [["--data", "x=a.npy", "--divide", "x=0"], "--divide takes an input and a number that is not 0"],
    [["--data", "x=a.npy", "--validation", "b.npy"], "--validation does not say what b.npy feeds"],
    [["--data", "a.csv", "--validation", "x=b.npy"], "--validation names an input, but --data does not"],
    [["--data", "a.csv", "--validation", "0.1", "--validation", "0.2"], "--validation is given twice"],
    [["--data", "a.csv", "--divide", "x=255"], "--divide does not go with a table"],
    [["--text", "a.txt", "--data", "a.csv"], "give --data or --text, not both"],
    [["--text", "a.txt", "--columns", "x=1"], "--columns does not go with --text"],
    [["--text", "a.txt", "--standardise"], "--standardise does not go with --text"],
    [["--data", "line.csv", "--stride", "2"], "--stride does not go with a table"],
    [["--text", "a.txt", "--stride", "0"], "--stride takes a whole number of at least 1"],
    [["--text", "a.txt", "--vocabulary", "\\q"], "--vocabulary has \\q"],
    [["--data", "line.csv", "--metric", "loss"], '--metric cannot be "loss"'],
  ])("refuses %j", async (argv, message) => {
    const run = await nabla(["train", "line.nabla", ...argv], { cwd });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(message);
  });

  it("hints at what to write with the network's own input", async () => {
    writeFileSync(join(cwd, "own.nabla"), lineNetwork.replace(/\bx\b/g, "image"));
    const run = await nabla(["train", "own.nabla", "--data", "a.npy"], { cwd });
    expect(run.stderr).toContain("--data image=a.npy");
    writeFileSync(join(cwd, "broken.nabla"), "# nothing\n");
    const broken = await nabla(["train", "broken.nabla", "--data", "a.npy"], { cwd });
    expect(broken.stderr).toContain("--data x=a.npy");
  });

  it("draws a progress bar on a terminal only", async () => {
    const terminal = await nabla(base, { cwd, terminal: true });
    expect(terminal.stderr).toContain(escape);
    expect(terminal.stderr).toContain("epoch");
    expect((await nabla(base, { cwd })).stderr).toBe("");
  });

  it("stops early on request, keeps the best parameters and says of which epoch they are", async () => {
    const early = [...base, "--epochs", "100000", "--patience", "3", "--validation", "0.3"];
    const run = await nabla([...early, "--json"], { cwd });
    const report = JSON.parse(run.stdout) as { readonly epochs: number; readonly heldOutLoss: number };
    expect(report).toMatchObject({ stopped: "patience", parametersOfEpoch: report.epochs - 3 });
    const text = (await nabla(early, { cwd })).stdout;
    expect(text).toContain(`parameters:       of epoch ${report.epochs - 3}, the best\n`);
    expect(text).toContain(`held-out loss:    ${Number(report.heldOutLoss.toPrecision(4))}\n`);
    const shorter = await nabla(
      [...early.map((word) => (word === "100000" ? String(report.epochs - 3) : word)), "--json"],
      { cwd },
    );
    expect(JSON.parse(shorter.stdout)).toMatchObject({
      stopped: "finished",
      heldOutLoss: report.heldOutLoss,
    });
  });

  it("reports gradients by parameter on request, and warns of dead units by their rows", async () => {
    const network =
      "x = input([2])\nt = target()\nW = parameter([3, 2], {init: [1, 0; -1, -1; 0, 1]})\n" +
      "v = parameter([3], {init: 1})\ny = sum(v .* relu(W * x))\nloss = (y - t)^2\ntraining = {epochs: 2}\n";
    writeFileSync(join(cwd, "dead.nabla"), network);
    writeFileSync(join(cwd, "dead.csv"), "x1,x2,t\n1,2,5\n2,1,6\n3,3,1\n");
    const argv = ["train", "dead.nabla", "--data", "dead.csv", "--gradients"];
    const run = await nabla(argv, { cwd });
    expect(run.stdout).toMatch(
      /gradients: {8}norm, and relative .*\n {2}W: {14}[\d.]+, [\d.]+\n {2}v: {14}[\d.]+, [\d.]+\n/,
    );
    expect(run.stderr).toContain(
      "warning: W, row 2: the gradient is zero for every sample.\nhint: a unit of a relu",
    );
    const { gradients } = JSON.parse((await nabla([...argv, "--json"], { cwd })).stdout) as {
      gradients: object;
    };
    expect(gradients).toMatchObject({ steps: 1, warnings: [{ kind: "dead", parameter: "W", rows: [2] }] });
  });

  it("keeps the gradients of long names apart from their numbers, one below the other", async () => {
    writeFileSync(
      join(cwd, "long.nabla"),
      "x = input([2])\nt = target()\nw = parameter([2])\nsomeVeryLongNameOfAParameter = parameter()\nloss = mse(w * x + someVeryLongNameOfAParameter, t)",
    );
    writeFileSync(join(cwd, "long.csv"), "x1,x2,t\n1,2,3\n2,1,0\n");
    const { stdout } = await nabla(["train", "long.nabla", "--data", "long.csv", "--gradients"], { cwd });
    const lines = stdout.split("\n").filter((line) => /^( {2}|gradients|data|loss)/.test(line));
    expect(lines).toHaveLength(5);
    expect(new Set(lines.map((line) => /^ *\S+ +/.exec(line)?.[0].length))).toEqual(new Set([32]));
  });

  it("warns once of all gradients that vanish, and names each", async () => {
    const network =
      "x = input()\nt = target()\nw = parameter([], {init: 1})\na = parameter([], {init: 1})\nb = parameter([], {init: 1})\n" +
      "y = w * x + 1e-7 * (a + b)\nloss = (y - t)^2\ntraining = {epochs: 1}\n";
    writeFileSync(join(cwd, "vanish.nabla"), network);
    writeFileSync(join(cwd, "vanish.csv"), "x,t\n1,2\n2,1\n3,3\n");
    const { stderr } = await nabla(["train", "vanish.nabla", "--data", "vanish.csv", "--gradients"], { cwd });
    expect(stderr).toMatch(
      /^warning: 2 gradients vanish:\n {2}a: the gradient vanishes: .*\n {2}b: the gradient vanishes: .*\nhint: .*\n$/,
    );
  });

  it.each(["x=1..9; t=2", "y=1; t=2", "x=1", "x=1,2; t=2"])(
    "takes --columns %s for a mistake in the command line",
    async (columns) => {
      const run = await nabla([...base, "--columns", columns], { cwd });
      expect(run).toMatchObject({ code: 2, stdout: "" });
      expect(run.stderr).toContain("error[");
    },
  );

  it("shows the cell at fault", async () => {
    writeFileSync(join(cwd, "bad.csv"), "x,t\n1,2\n3,oops\n4,5\n,7\n");
    const run = await nabla(["train", "line.nabla", "--data", "bad.csv"], { cwd });
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain("error[missing-value] bad.csv:5:1");
    writeFileSync(join(cwd, "bad.csv"), "x,t\n1,2\n3,oops\n4,5\n");
    const second = await nabla(["train", "line.nabla", "--data", "bad.csv"], { cwd });
    expect(second.stderr).toContain("error[not-a-number] bad.csv:3:3");
    expect(second.stderr).toContain("3 | 3,oops");
    expect(second.stderr).toContain("^^^^");
  });
});

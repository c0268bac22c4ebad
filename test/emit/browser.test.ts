import { createServer, type Server } from "node:http";
import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { env } from "node:process";
import { type Browser, chromium } from "playwright-core";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { loadModule } from "../../src/verify/load-module.ts";

/** A browser that is installed: one on the path, or Playwright's own. */
function findBrowser(): string | undefined {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const onPath = (env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)));
  return [...onPath, chromium.executablePath()].find((path) => existsSync(path));
}

const executablePath = findBrowser();
const skipped =
  executablePath === undefined ? ", skipped: no Chromium is installed (see CONTRIBUTING.md)" : "";

/** What the test does with a module, wherever it runs: everything in it is serialised. */
async function trainThere(module: Trainable): Promise<Found> {
  await module.ready();
  const x = Float64Array.from({ length: 100 }, (_, n) => ((n * 37) % 41) / 20 - 1);
  const t = Int32Array.from({ length: 50 }, (_, n) => (n * 7) % 3);
  const { parameters, history } = module.train({ x, t }, { epochs: 20, seed: 5 });
  return {
    parameters: [...parameters],
    losses: history.map(({ loss }) => loss),
    predictions: [...module.predict(parameters, x)],
  };
}

interface Trainable {
  readonly ready: () => Promise<void>;
  readonly train: (
    data: object,
    options: object,
  ) => { readonly parameters: Float64Array; readonly history: readonly { readonly loss: number }[] };
  readonly predict: (parameters: Float64Array, x: Float64Array) => Float64Array;
}

interface Found {
  readonly parameters: readonly number[];
  readonly losses: readonly number[];
  readonly predictions: readonly number[];
}

const text = `
x = input([2])
t = target({categories: 3})
h = dropout(tanh(dense(x, 8)), {rate: 0.1})
loss = crossEntropyFromLogits(dense(h, 3), t)
training = {optimizer: adam(), batchSize: 16}`;
const { code } = await compile({ name: "spots.nabla", text }, { target: "wasm" });
const { outputText: script } = ts.transpileModule(code, {
  compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
});
const train = `const train = ${trainThere.toString()};\nimport * as module from "/module.js";\n`;

/** What the server of the test has. */
const pages: Readonly<Record<string, readonly [type: string, text: string]>> = {
  "/": ["text/html", "<!doctype html><title>Training</title>"],
  "/module.js": ["text/javascript", script],
  "/page.js": ["text/javascript", `${train} export const found = train(module);`],
  "/worker.js": ["text/javascript", `${train} postMessage(await train(module));`],
};

describe.skipIf(executablePath === undefined)(`a module with a kernel in a browser${skipped}`, () => {
  let server: Server;
  let browser: Browser;
  let origin = "";

  beforeAll(async () => {
    server = createServer(({ url = "/" }, response) => {
      const [type, text] = pages[url] ?? ["text/plain", ""];
      response.writeHead(url in pages ? 200 : 404, { "content-type": `${type}; charset=utf-8` }).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
    browser = await chromium.launch({ executablePath: executablePath ?? "", args: ["--no-sandbox"] });
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    server.close();
  });

  async function expected(): Promise<Found> {
    return trainThere(await loadModule<Trainable>(code));
  }

  test("trains on the main thread as in Node, to the bit", async () => {
    const page = await browser.newPage();
    await page.goto(origin);
    const found: unknown = await page.evaluate(`import("/page.js").then(({ found }) => found)`);
    expect(found).toEqual(await expected());
  });

  test("trains in a worker as in Node, to the bit", async () => {
    const page = await browser.newPage();
    await page.goto(origin);
    const found: unknown = await page.evaluate(`new Promise((resolve, reject) => {
      const worker = new Worker("/worker.js", { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    })`);
    expect(found).toEqual(await expected());
  });
});

import { describe, expect, it } from "vitest";
import { type Compilation, compile, type CompileOptions } from "../../src/compile.ts";
import { inspectNetwork } from "../../src/inspect/index.ts";
import { builtins } from "../../src/language/builtins/index.ts";
import { preludeSource } from "../../src/language/index.ts";
import { type Judge, verifyModule } from "../../src/verify/index.ts";
import { problemsOfAll } from "../support/strict-types.ts";
import { functionNetworks, wholeNetworks } from "./constructs.ts";
import { preludeNetworks } from "./prelude.ts";

/*
 * Every construct of the language and every entry of the prelude, end to end: compiles, agrees with all judges, can be
 * inspected, is the same again, and is clean under the strictest types. Two ninths are in WebAssembly.
 */

const name = "matrix.nabla";

/** Networks of one construct are compiled in one of these ways; batches fill, or do not, what is taken at a time. */
const ways: readonly CompileOptions[] = [
  { batchSize: 3 },
  { schedule: "tiled", batchSize: 1 },
  { schedule: "rows", precision: "f32", batchSize: 16 },
  { schedule: "unrolled", batchSize: 5 },
  { schedule: "tiled", precision: "f32", batchSize: 3 },
  { schedule: "rows", batchSize: 7 },
  { precision: "f32", batchSize: 4 },
  { target: "wasm", batchSize: 7 },
  { target: "wasm", schedule: "tiled", precision: "f32", batchSize: 6 },
];

/** Networks of several, in each of these: of which `auto` chooses one. */
const schedules: readonly CompileOptions[] = (["unrolled", "rows", "tiled"] as const).map((schedule) => ({
  schedule,
  batchSize: 3,
}));

const small = [...preludeNetworks, ...functionNetworks];
const networks = [...small, ...wholeNetworks];
const cases = [
  ...small.map((each, index) => ({ ...each, way: ways[index % ways.length] ?? {} })),
  ...wholeNetworks.flatMap((each) => schedules.map((way) => ({ ...each, way }))),
].map((each) => ({ ...each, title: `${each.name}, ${JSON.stringify(each.way)}` }));

const judges: readonly Judge[] = ["tape", "dual", "finite-difference", "interpreter"];

/** An outside judge knows formulas, not digits: it is asked once of a network, in double precision. */
const isJudgedOutside = (way: CompileOptions): boolean => way === ways[0] || way === schedules[0];

describe("every construct, end to end", () => {
  const modules = new Map<string, string>();

  it.each(cases)("$title", async ({ title, source, way }) => {
    const compilation = await compile({ name, text: source }, way);
    modules.set(title, compilation.code);
    const against: readonly Judge[] = isJudgedOutside(way) ? [...judges, "tfjs"] : judges;
    const { ok, checks } = await verifyModule({ ...compilation, against });
    expect(checks.filter((check) => !check.ok)).toEqual([]);
    expect(new Set(checks.map((check) => check.against)).size).toBe(against.length);
    expect(ok).toBe(true);
    expectReadable(compilation);
  });

  it("is the same again", async () => {
    for (const { title, source, way } of cases.filter((_, index) => index % 10 === 0)) {
      const { code } = await compile({ name, text: source }, way);
      expect(code).toBe(modules.get(title));
    }
  });

  it("is clean under the strictest configuration", () => {
    expect(modules.size).toBe(cases.length);
    // Networks that share their statements but one share nearly all of their code: each fourth will do.
    const some = [...modules].filter((_, index) => index % 4 === 0);
    expect(problemsOfAll(new Map(some))).toEqual([]);
  });
});

/** Reports in every format, and a header, without anything that only a fault of ours would print. */
function expectReadable(compilation: Compilation): void {
  const reports = (["text", "latex", "json"] as const).map((format) =>
    inspectNetwork(compilation, { format }),
  );
  const [, , json = ""] = reports;
  expect(() => JSON.parse(json) as unknown).not.toThrow();
  const header = /\/\*\n[^]*?\*\//.exec(compilation.code)?.[0] ?? "";
  expect(header).toContain("@generated");
  for (const text of [...reports, header]) expect(text).not.toMatch(/undefined|\bNaN\b|\[object/);
}

describe("nothing is left out", () => {
  const entries = [...preludeSource.text.matchAll(/^(\w+)(?:\(.*?\))? = /gm)].map(([, entry = ""]) => entry);

  it("names networks apart", () => {
    expect(new Set(networks.map((each) => each.name)).size).toBe(networks.length);
    expect(entries.length).toBeGreaterThan(40);
  });

  it.each([...entries, ...builtins.keys()])("has a network for %s", (entry) => {
    const use = new RegExp(`\\b${entry}\\b`);
    expect(networks.filter(({ source }) => use.test(source)).length).toBeGreaterThan(0);
  });
});

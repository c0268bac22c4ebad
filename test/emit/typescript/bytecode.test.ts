import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../../src/compile.ts";
import { bytecodeLimit } from "../../../src/lower/predict.ts";
import { bytecodesOf } from "../../support/bytecode.ts";

const committed = readdirSync("generated").filter((file) => file.endsWith(".ts"));
const benched = readdirSync("bench/networks");

/** More than V8 optimises: each statement takes a few bytes. */
const tooLong = `export function tooLong(x: Float64Array): number {
  let sum = 0;
  ${"sum += x[0];\n".repeat(bytecodeLimit / 4)}
  return sum;
}`;

it("the limit is that of this V8", () => {
  const options = execFileSync(process.execPath, ["--v8-options"], { encoding: "utf8" });
  expect(options).toContain(`default: --max-optimized-bytecode-size=${String(bytecodeLimit)}\n`);
});

describe("V8 optimises every function", () => {
  let bytecodes: readonly ReadonlyMap<string, number>[] = [];

  /** What V8 does not optimise, with its length, or did not print. */
  const longOf = (index: number): readonly (readonly [string, number])[] =>
    [...(bytecodes[index] ?? [])].filter(([, length]) => !(length <= bytecodeLimit));

  beforeAll(async () => {
    const read = (file: string): string => readFileSync(file, "utf8");
    const modules = committed.map((file) => read(`generated/${file}`));
    for (const name of benched) {
      const { code } = await compile({ name, text: read(`bench/networks/${name}`) });
      modules.push(code);
    }
    bytecodes = bytecodesOf([...modules, tooLong]);
  }, 60_000);

  it.each([...committed, ...benched].map((name, index) => ({ name, index })))("of $name", ({ index }) => {
    expect(bytecodes[index]?.has("trainStep")).toBe(true);
    expect(longOf(index)).toEqual([]);
  });

  it("but would not of one that is too long", () => {
    expect(longOf(committed.length + benched.length)).toEqual([["tooLong", expect.any(Number)]]);
  });
});

import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const src = join(root, "src");

/** What each folder and file of `src/` imports from; docs/architecture.md prints the same table. */
const importTable: Readonly<Record<string, readonly string[]>> = {
  diagnostics: [],
  graph: ["diagnostics"],
  program: ["diagnostics"],
  operations: ["diagnostics", "graph", "program"],
  language: ["diagnostics", "graph", "operations"],
  calculus: ["diagnostics", "graph", "operations"],
  rewrite: ["diagnostics", "graph", "operations"],
  lower: ["diagnostics", "graph", "operations", "program"],
  emit: ["diagnostics", "program"],
  inspect: ["diagnostics", "graph", "operations", "program"],
  verify: ["diagnostics", "graph", "program"],
  train: ["diagnostics", "compile.ts", "graph", "program", "verify"],
  cli: ["diagnostics", "compile.ts", "train", "verify", "inspect"],
  "compile.ts": [
    "diagnostics",
    "graph",
    "program",
    "language",
    "rewrite",
    "lower",
    "emit",
    "inspect",
    "check-sizes.ts",
    "choose-target.ts",
    "compile-options.ts",
    "derive.ts",
    "source-hash.ts",
  ],
  "derive.ts": ["graph", "calculus", "rewrite", "inspect", "clip.ts", "flat-update.ts", "naming.ts"],
  "source-hash.ts": [],
  "choose-target.ts": ["diagnostics", "predict-step.ts", "program"],
  "predict-step.ts": ["program"],
  "clip.ts": ["graph", "operations"],
  "naming.ts": ["graph"],
  "compile-options.ts": ["diagnostics", "program"],
  "check-sizes.ts": ["diagnostics", "graph"],
  "flat-update.ts": ["diagnostics", "graph", "operations", "clip.ts"],
  "index.ts": ["diagnostics", "compile.ts", "graph", "program", "language", "calculus", "inspect", "verify"],
};

/** Only the shells touch files, terminals and processes; the loader of generated code imports a data: URL. */
const mayUseNode = new Set(["train", "cli"]);

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly target: string | undefined;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sourceFiles(path) : path.endsWith(".ts") ? [path] : [];
  });
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  const pattern =
    /^\s*(?:import|export)\s[^"';]*?from\s+"([^"]+)"|^\s*import\s+"([^"]+)"|import\("([^"]+)"\)/gm;
  return [...text.matchAll(pattern)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    const target = specifier.startsWith(".") ? relative(src, resolve(dirname(file), specifier)) : undefined;
    return { file: relative(src, file), specifier, target };
  });
}

/** The folder of `src/` that a file lies in, or the file itself where it lies in none. */
const folderOf = (path: string): string => path.split("/")[0] ?? path;
const all = sourceFiles(src).flatMap(importsOf);

describe("the files", () => {
  it("are named in one style, except that operations bear their own names", () => {
    const names = sourceFiles(src).filter((file) => !relative(src, file).startsWith("operations"));
    expect(names.map((file) => basename(file)).filter((name) => !/^[a-z0-9-]+\.ts$/.test(name))).toEqual([]);
  });
});

describe("the import table", () => {
  it("covers every folder and file of src/", () => {
    expect(readdirSync(src).sort()).toEqual(Object.keys(importTable).sort());
  });

  it.each(Object.entries(importTable))(
    "%s imports what its row says, no more and no less",
    (part, allowed) => {
      const targets = all
        .filter((each) => folderOf(each.file) === part && each.target !== undefined)
        .map((each) => folderOf(each.target ?? ""));
      const imported = new Set(targets.filter((target) => target !== part));
      expect([...imported].sort()).toEqual([...allowed].sort());
    },
  );

  it("crosses folders only through their index.ts", () => {
    const wrong = all.filter(({ file, target }) => {
      if (target === undefined || folderOf(target) === folderOf(file) || !target.includes("/")) return false;
      return !target.endsWith("/index.ts");
    });
    expect(wrong).toEqual([]);
  });

  it("keeps everything below the shells free of files, terminals and processes", () => {
    const wrong = all.filter(
      (each) => each.specifier.startsWith("node:") && !mayUseNode.has(folderOf(each.file)),
    );
    expect(wrong).toEqual([]);
  });

  it("is the table that docs/architecture.md prints", () => {
    const text = readFileSync(join(root, "docs/architecture.md"), "utf8");
    for (const [part, allowed] of Object.entries(importTable)) {
      const name = part.endsWith(".ts") ? part : `${part}/`;
      const row = text.split("\n").find((line) => line.startsWith(`| \`${name}\` `));
      const cells = row?.split("|").map((cell) => cell.trim());
      const printed = cells?.at(-2)?.replaceAll("`", "").replaceAll("/", "") ?? "no row";
      expect(printed, `the row of ${name}`).toBe(allowed.length === 0 ? "–" : allowed.join(", "));
    }
  });
});

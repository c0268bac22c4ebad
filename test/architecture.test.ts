import { readFileSync, readdirSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const src = join(root, "src");

/** What each folder of `src/` may import from; docs/architecture.md prints the same table. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  diagnostics: [],
  graph: ["diagnostics"],
  program: ["diagnostics"],
  operations: ["diagnostics", "graph", "program"],
  language: ["diagnostics", "graph", "operations"],
  calculus: ["diagnostics", "graph", "operations"],
  rewrite: ["diagnostics", "graph", "operations"],
  lower: ["diagnostics", "graph", "operations", "program"],
  emit: ["diagnostics", "program"],
  inspect: ["diagnostics", "graph", "operations", "program", "rewrite"],
  verify: ["diagnostics", "graph", "program"],
  train: ["diagnostics", "compile.ts", "graph", "program", "verify"],
  cli: ["diagnostics", "compile.ts", "train", "verify", "inspect", "language", "graph", "program"],
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

const folderOf = (path: string): string => path.split("/")[0] ?? path;
const all = sourceFiles(src).flatMap(importsOf);

describe("the files", () => {
  it("are named in one style, except that operations bear their own names", () => {
    const names = sourceFiles(src).filter((file) => !relative(src, file).startsWith("operations"));
    expect(names.map((file) => basename(file)).filter((name) => !/^[a-z0-9-]+\.ts$/.test(name))).toEqual([]);
  });
});

describe("the import table", () => {
  it("covers every folder of src/", () => {
    const folders = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map((entry) => entry.name).sort()).toEqual(Object.keys(mayImport).sort());
  });

  it.each(Object.entries(mayImport))("%s/ imports only what it may", (folder, allowed) => {
    const wrong = all
      .filter((each) => folderOf(each.file) === folder && each.target !== undefined)
      .filter(
        (each) => folderOf(each.target ?? "") !== folder && !allowed.includes(folderOf(each.target ?? "")),
      );
    expect(wrong).toEqual([]);
  });

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
    for (const [folder, allowed] of Object.entries(mayImport)) {
      const row = text.split("\n").find((line) => line.startsWith(`| \`${folder}/\` `));
      const cells = row?.split("|").map((cell) => cell.trim());
      const printed = cells?.at(-2)?.replaceAll("`", "").replaceAll("/", "") ?? "no row";
      expect(printed, `the row of ${folder}/`).toBe(allowed.length === 0 ? "–" : allowed.join(", "));
    }
  });
});

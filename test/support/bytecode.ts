import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ts } from "ts-morph";

const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };

/**
 * Bytes of the bytecode that V8 makes of each function declared in some modules in TypeScript, by its name; a map for each
 * module. NaN for a function that V8 does not tell of. One process loads all of them.
 */
export function bytecodesOf(modules: readonly string[]): readonly ReadonlyMap<string, number>[] {
  const folder = mkdtempSync(join(tmpdir(), "nabla-bytecode-"));
  try {
    const imports = modules.map((text, index) => {
      const file = `module${String(index)}.mjs`;
      writeFileSync(join(folder, file), ts.transpileModule(text, { compilerOptions }).outputText);
      return `import "./${file}";\n`;
    });
    const main = join(folder, "main.mjs");
    writeFileSync(main, imports.join(""));
    const log = join(folder, "v8.log");
    // Every function is compiled at once, and each code that comes into being has a line.
    const flags = ["--no-lazy", "--log-code", "--no-log-source-code"];
    execFileSync(process.execPath, [...flags, "--no-logfile-per-isolate", `--logfile=${log}`, main]);
    const lengths = logged(readFileSync(log, "utf8"));
    return modules.map((text, index) => {
      const declared = text.matchAll(/^(?:export )?function ([^(<]+)/gm);
      return new Map(
        Array.from(declared, ([, name = ""]) => [name, lengths.get(`${name} ${String(index)}`) ?? NaN]),
      );
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The bytecodes by names of functions and numbers of modules: `~` marks what is interpreted. */
function logged(log: string): ReadonlyMap<string, number> {
  const creations = log.matchAll(
    /^code-creation,\w+,\d+,\d+,0x[0-9a-f]+,(\d+),(\S+) file:\S*\/module(\d+)\.mjs:.*,~$/gm,
  );
  return new Map(
    Array.from(creations, ([, length, name = "", module = ""]) => [`${name} ${module}`, Number(length)]),
  );
}

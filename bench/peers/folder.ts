import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { javascriptOf } from "../contestant.ts";
import { packagesFolder } from "./install.ts";

const sources = new URL("programs/", import.meta.url);

/**
 * A temporary folder of plain JavaScript: the contestants' programs, and the modules that they run. So their start does not wait for
 * a translation. They find the libraries through a link.
 */
export class ProgramFolder {
  readonly path = mkdtempSync(join(tmpdir(), "nabla-bench-"));

  constructor() {
    writeFileSync(join(this.path, "package.json"), '{"type": "module"}\n');
    symlinkSync(join(packagesFolder, "node_modules"), join(this.path, "node_modules"), "junction");
    mkdirSync(join(this.path, "programs"));
    for (const file of readdirSync(sources)) {
      if (!file.endsWith(".ts") || file.endsWith(".d.ts")) continue;
      this.addModule(`programs/${file.slice(0, -3)}`, readFileSync(new URL(file, sources), "utf8"));
    }
  }

  /** Writes a module as JavaScript; its path. `name` has no extension. */
  addModule(name: string, typescript: string): string {
    const path = join(this.path, `${name}.js`);
    writeFileSync(path, javascriptOf(typescript));
    return path;
  }

  close(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** Where a program lies that is not JavaScript. */
export function programPath(file: string): string {
  return fileURLToPath(new URL(file, sources));
}

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder with the contestants' own `package.json`. */
export const packagesFolder = fileURLToPath(new URL("../", import.meta.url));

/** The version that a file `package.json` says, if there is one. */
function versionIn(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  return (JSON.parse(readFileSync(path, "utf8")) as { readonly version?: string }).version;
}

/**
 * Installs the libraries that `bench/package.json` names, unless these very versions are there.
 *
 * @returns why not, where that failed.
 */
export function installLibraries(): string | undefined {
  const { dependencies } = JSON.parse(readFileSync(`${packagesFolder}package.json`, "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const isThere = ([name, version]: readonly [string, string]): boolean =>
    versionIn(`${packagesFolder}node_modules/${name}/package.json`) === version;
  if (Object.entries(dependencies).every(isThere)) return undefined;
  process.stderr.write("installing the libraries to be measured (npm ci in bench/) …\n");
  // None of them needs its install script.
  const { status, stderr, error } = spawnSync("npm", ["--prefix", packagesFolder, "ci", "--ignore-scripts"], {
    encoding: "utf8",
  });
  if (status === 0) return undefined;
  const [, code] = /npm error code (\S+)/.exec(stderr) ?? [];
  return error?.message ?? code ?? `npm ended with ${status}`;
}

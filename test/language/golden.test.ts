import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatGraph, nameNodes } from "../../src/graph/index.ts";
import { readNetwork } from "../../src/language/index.ts";

/*
 * One text file per construct: a network file, a line `----`, and the graph it means. `UPDATE_CASES=1` rewrites the
 * second half, to be reviewed like code.
 */
const folder = join(import.meta.dirname, "../cases/language");

describe("sources and their graphs", () => {
  it.each(readdirSync(folder))("%s", (file) => {
    const [text = "", expected] = readFileSync(join(folder, file), "utf8").split(/^----\n/m);
    const network = readNetwork({ name: file, text });
    const roots = [...new Set([...network.statements.map(({ node }) => node), network.loss])];
    const found = formatGraph(
      roots,
      nameNodes([...network.inputs, ...network.targets, ...network.parameters, ...network.statements]),
    );
    if (process.env["UPDATE_CASES"] !== undefined) writeFileSync(join(folder, file), `${text}----\n${found}`);
    else expect(found).toBe(expected);
  });
});

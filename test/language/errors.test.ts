import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DiagnosticError, formatDiagnostics } from "../../src/diagnostics/index.ts";
import { diagnosticCodes, preludeSource, readNetwork } from "../../src/language/index.ts";

/*
 * One text file per kind of mistake: a network file, a line `----`, and what is said about it. After a change that is
 * meant to change the messages, `UPDATE_CASES=1 npx vitest run test/language/errors.test.ts` rewrites the second half;
 * the difference is to be reviewed like code.
 */
const folder = join(import.meta.dirname, "../cases/errors");
const separator = /^----\r?\n/m;
const files = readdirSync(folder).filter((file) => file.endsWith(".txt"));

function messagesOf(text: string): string {
  try {
    return formatDiagnostics(readNetwork({ name: "case.nabla", text }).warnings);
  } catch (error) {
    if (!(error instanceof DiagnosticError)) throw error;
    return formatDiagnostics(error.diagnostics);
  }
}

describe("mistakes", () => {
  it.each(files)("%s", (file) => {
    const [source = "", expected] = readFileSync(join(folder, file), "utf8").split(separator);
    const found = messagesOf(source);
    if (process.env["UPDATE_CASES"] !== undefined)
      writeFileSync(join(folder, file), `${source}----\n${found}`);
    else expect(found).toBe(expected);
    expect(found).not.toBe("");
    expect(found.match(/^hint: /gm)?.length, "each has a hint").toBe(
      found.match(/^(?:error|warning)\[/gm)?.length,
    );
  });

  it("have a case for every diagnostic code", () => {
    const told = files.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
    const missing = diagnosticCodes.filter((code) => !told.includes(`[${code}]`));
    expect(missing).toEqual([]);
  });
});

describe("what follows from a mistake in an argument", () => {
  const definitions = [...preludeSource.text.matchAll(/^(\w+)\((.*?)\) =/gm)].map(
    ([, name = "", list = ""]) => ({
      name,
      parameters: list.split(", ").filter((parameter) => parameter !== "options"),
    }),
  );

  /** What other parameters than vectors take. */
  const numbers = { units: "2", width: "2", length: "3", groups: "3", sides: "[1, 2]" };
  const fitting: Readonly<Record<string, string>> = {
    ...numbers,
    f: "sum",
    ids: "k",
    q: "M",
    k: "M",
    v: "M",
    "focalFromLogits.t": "k",
    K: "reshape(M, [1, 2, 4])",
    "joinGroups.x": "M",
    "groupSize.n": "6",
    "groupSize.what": '"filters"',
    "maxPool1d.x": "M",
    "maxPool2d.x": "reshape(M, [2, 2, 2])",
    "averagePool1d.x": "M",
    "averagePool2d.x": "reshape(M, [2, 2, 2])",
    start: "zeros([2])",
    "maskedMean.loss": "max",
    layer: "rnn",
    layers: "2",
  };
  const ofSequences = /^(rnn|lstm|lstmStates|gru|bidirectional|stacked|crossAttention)$/;
  /** The options that these functions need. */
  const needed = (name: string): string => (/^conv\w*\dd$/.test(name) ? ", {filters: 1, kernel: 1}" : "");

  it.each(definitions)("is not told by $name", ({ name, parameters }) => {
    const usual = ofSequences.test(name) ? "M" : "x";
    for (const spoilt of parameters) {
      const given = parameters.map((each) =>
        each === spoilt ? "nowhere" : (fitting[`${name}.${each}`] ?? fitting[each] ?? usual),
      );
      const text = `x = input([3])\nM = input([2, 4])\nk = input([2], {categories: 3})\nw = parameter([3])\ny = ${name}(${given.join(", ")}${needed(name)})\nloss = sum(w .* x) + sum(M) + sum(oneHot(k)) + sum(y)\n`;
      expect(messagesOf(text).match(/^error.*$/gm)).toEqual([expect.stringContaining("error[unknown-name]")]);
    }
  });
});

import { compile } from "../../compile.ts";
import { inspectNetwork } from "../../inspect/index.ts";
import type { Command } from "../command.ts";
import { compileOptions, readCompileOptions } from "../compile-options.ts";
import { networkFile, readSource } from "../files.ts";
import { reportDiagnostics } from "../report.ts";

export const inspect: Command = {
  name: "inspect",
  words: "<file>",
  summary: "print the derived gradients as formulas, and what the compiler chose",
  description: [
    "Prints each gradient in matrix and in index notation, shared parts named once,",
    "then operation counts, schedules with their reasons, and memory.",
  ],
  options: [
    { name: "gradient", value: "<name>", description: "of this parameter only" },
    { name: "format", value: "<name>", description: "text (default), latex (formulas only) or json" },
    ...compileOptions,
  ],
  examples: [
    { command: "nabla inspect xor.nabla", comment: "everything" },
    { command: "nabla inspect xor.nabla --gradient W1", comment: "one gradient" },
    { command: "nabla inspect xor.nabla --format latex > gradients.tex", comment: "for a paper" },
  ],
  async run(given, io) {
    const file = networkFile(given.words);
    const format = given.oneOf("format", ["text", "latex", "json"]) ?? "text";
    const options = readCompileOptions(given);
    const compilation = await compile(await readSource(file, io), options);
    reportDiagnostics(compilation.warnings, io);
    const gradient = given.text("gradient");
    io.stdout.write(inspectNetwork(compilation, { format, ...(gradient === undefined ? {} : { gradient }) }));
    return 0;
  },
};

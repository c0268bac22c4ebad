/*
 * Trains the generated module `line.mjs` of the working directory, keeping the run in the checkpoint that the first argument
 * names, and writes the parameters to the file that the second names.
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { readArguments } from "../../src/cli/arguments.ts";
import { checkpointFile, checkpointOptions } from "../../src/cli/checkpoint-file.ts";
import type { GeneratedModule } from "../../src/train/generated.ts";

const [checkpoint = "", result = ""] = process.argv.slice(2);
const generated = (await import(pathToFileURL(resolve("line.mjs")).href)) as GeneratedModule;
const io = { stdout: process.stdout, stderr: process.stderr, cwd: process.cwd(), env: {} };
const argv = ["--checkpoint", checkpoint, "--every", "3", "--resume"];
const file = await checkpointFile(readArguments(argv, checkpointOptions), [], io);
const x = Float64Array.from({ length: 23 }, (_, n) => Math.sin(n));
const { parameters } = generated.train(
  { x, t: x.map((value) => 3 * value + 1) },
  {
    epochs: 10,
    batchSize: 5,
    seed: 9,
    resume: file?.found && generated.loadCheckpoint(file.found.bytes),
    checkpointEvery: file?.every,
    onCheckpoint: (each) => file?.write(generated.saveCheckpoint(each)),
  },
);
writeFileSync(result, generated.saveParameters(parameters));

import type { Compilation } from "../compile.ts";
import { prepareData, type PreparedData, prepareText, readTable } from "../train/index.ts";
import { type Arguments, type OptionSpecification, UsageError } from "./arguments.ts";
import { readSource } from "./files.ts";
import type { CommandIo } from "./io.ts";

/** What `nabla train` learns from: the options that say so. */
export const dataOptions: readonly OptionSpecification[] = [
  { name: "data", value: "<csv>", description: "the samples, one a row; commas, semicolons or tabs" },
  { name: "columns", value: "<map>", description: "which columns feed what: 'x=length,width; t=species'" },
  { name: "standardise", description: "shift and scale measured columns to mean 0 and deviation 1" },
  { name: "drop-incomplete", description: "leave out rows that miss a value" },
  { name: "text", value: "<file>", description: "a text, of which each character is to be predicted" },
  {
    name: "vocabulary",
    value: "<chars>",
    description: "the text's characters by number, \\n among them; � stands for all others",
  },
  {
    name: "stride",
    value: "<n>",
    description: "from one sample of a text to the next; its length by default",
  },
  {
    name: "validation",
    value: "<part>",
    description: "part of the rows, or end of the text, to hold out, such as 0.2; none by default",
  },
];

/** Where the data are, and how to make training data of them. */
export interface DataRequest {
  /** The files that are read. */
  readonly files: readonly string[];
  /** Reads them. What comes back makes data for a network. */
  readonly read: (io: Pick<CommandIo, "cwd">) => Promise<(compilation: Compilation) => PreparedData>;
}

/** Options that only one kind of data has. */
const ownOptions = {
  data: ["columns", "standardise", "drop-incomplete"],
  text: ["vocabulary", "stride"],
} as const;

/** @throws {UsageError} when no data are given, or options that do not go with them. */
export function readDataOptions(given: Arguments): DataRequest {
  const [data, text] = [given.text("data"), given.text("text")];
  if (data !== undefined && text !== undefined) throw new UsageError("give --data or --text, not both");
  if (text !== undefined) {
    refuse(ownOptions.data, "--text", given);
    return textRequest(text, given);
  }
  if (data === undefined) throw new UsageError("no data are given", "--data <csv> or --text <file>");
  refuse(ownOptions.text, "--data", given);
  return tableRequest(data, given);
}

function refuse(names: readonly string[], kind: string, given: Arguments): void {
  const wrong = names.find((name) => given.has(name));
  if (wrong !== undefined) throw new UsageError(`--${wrong} does not go with ${kind}`);
}

function tableRequest(file: string, given: Arguments): DataRequest {
  const options = {
    seed: given.integer("seed", 0),
    validation: given.fraction("validation"),
    columns: given.text("columns"),
    standardise: given.has("standardise"),
    dropIncomplete: given.has("drop-incomplete"),
  };
  return {
    files: [file],
    read: async (io) => {
      const table = readTable(await readSource(file, io));
      return (compilation) => prepareData(compilation, table, options);
    },
  };
}

function textRequest(file: string, given: Arguments): DataRequest {
  const options = {
    vocabulary: unescaped(given.text("vocabulary")),
    stride: given.integer("stride", 1),
    validation: given.fraction("validation"),
  };
  return {
    files: [file],
    read: async (io) => {
      const source = await readSource(file, io);
      return (compilation) => prepareText(compilation, source, options);
    },
  };
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "\\": "\\" };

/** A shell's words hardly hold a line's end, so that it is written as in a program. */
function unescaped(text: string | undefined): string | undefined {
  return text?.replace(/\\([^]?)/g, (whole, letter: string) => {
    const character = escapes[letter];
    if (character === undefined)
      throw new UsageError(`--vocabulary has ${whole}`, "there are \\n, \\r, \\t and \\\\");
    return character;
  });
}

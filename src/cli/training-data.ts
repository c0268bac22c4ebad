import type { Compilation } from "../compile.ts";
import type { Source } from "../diagnostics/index.ts";
import {
  type NamedArrays,
  prepareArrays,
  prepareData,
  type PreparedData,
  prepareText,
  readArray,
  readTable,
  type Table,
} from "../train/index.ts";
import { type Arguments, type OptionSpecification, UsageError } from "./arguments.ts";
import { readBytes, readSource } from "./files.ts";
import type { CommandIo } from "./io.ts";

/** What `nabla train` learns from: the options that say so. */
export const dataOptions: readonly OptionSpecification[] = [
  {
    name: "data",
    value: "<csv>",
    repeats: true,
    description: "the samples, one a row; or, for each input and target, an array: x=images.npy",
  },
  { name: "columns", value: "<map>", description: "which columns feed what: 'x=length,width; t=species'" },
  { name: "drop-incomplete", description: "leave out rows that miss a value" },
  { name: "standardise", description: "shift and scale measured numbers to mean 0 and deviation 1" },
  {
    name: "divide",
    value: "<x=n>",
    repeats: true,
    description: "divide the numbers of an array, such as x=255 for bytes; none by default",
  },
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
    repeats: true,
    description: "part of the samples to hold out, such as 0.2, or a file as --data or --text has it",
  },
];

/** Where the data are, and how to make training data of them. */
export interface DataRequest {
  /** The files that are read. */
  readonly files: readonly string[];
  /** Reads them. What comes back makes data for a network. */
  readonly read: (io: FileIo) => Promise<(compilation: Compilation) => PreparedData>;
}

type FileIo = Pick<CommandIo, "cwd">;

/** The options that each kind of data has, besides `--validation`. */
const ownOptions = {
  table: ["data", "columns", "drop-incomplete", "standardise"],
  arrays: ["data", "standardise", "divide"],
  text: ["text", "vocabulary", "stride"],
} as const;

type Kind = keyof typeof ownOptions;

const kindNames: Readonly<Record<Kind, string>> = {
  table: "a table",
  arrays: "arrays",
  text: "--text",
};

/**
 * @param network The network's file, whose input hints name, if it can be read.
 * @throws {UsageError} when no data are given, or options that do not go with them.
 */
export function readDataOptions(given: Arguments, network: Source | undefined): DataRequest {
  const data = given.texts("data").map(readFeed);
  const text = given.text("text");
  if (data.length > 0 && text !== undefined) throw new UsageError("give --data or --text, not both");
  const [table, second] = data;
  if (text !== undefined) return textRequest(text, refuseOthers("text", given));
  if (table === undefined) throw new UsageError("no data are given", "--data <csv> or --text <file>");
  if (data.some(({ name }) => name !== undefined))
    return arraysRequest(data, refuseOthers("arrays", given), network);
  if (second !== undefined)
    throw new UsageError(
      "--data is given twice",
      `one table, or an array for each input: --data ${inputName(network)}=<file>`,
    );
  if (/\.(npy|gz)$|\bidx\d/.test(table.file))
    throw new UsageError(
      `--data does not say what ${table.file} feeds`,
      `--data ${inputName(network)}=${table.file}`,
    );
  return tableRequest(table.file, refuseOthers("table", given));
}

/** What the network calls its first input, as its text has it: enough for a hint, and `x` where there is none. */
function inputName(network: Source | undefined): string {
  return /^[ \t]*([\p{L}_][\p{L}\p{N}_]*)[ \t]*=[ \t]*input\(/mu.exec(network?.text ?? "")?.[1] ?? "x";
}

/** @throws {UsageError} when options of other kinds of data are given. */
function refuseOthers(kind: Kind, given: Arguments): Arguments {
  const own: readonly string[] = ownOptions[kind];
  const wrong = Object.values(ownOptions)
    .flat()
    .find((name) => given.has(name) && !own.includes(name));
  if (wrong !== undefined) throw new UsageError(`--${wrong} does not go with ${kindNames[kind]}`);
  return given;
}

/** `x=images.npy`, or a file alone. */
interface Feed {
  readonly name: string | undefined;
  readonly file: string;
}

function readFeed(text: string): Feed {
  const [, name, file] = /^([\p{L}_][\p{L}\p{N}_]*)=(.+)$/u.exec(text) ?? [];
  return name === undefined || file === undefined ? { name: undefined, file: text } : { name, file };
}

/** A part of the data, or files of their own. */
type Validation = { readonly part: number } | { readonly feeds: readonly [Feed, ...Feed[]] };

function readValidation(given: Arguments): Validation {
  const [first, ...others] = given.texts("validation");
  if (first === undefined) return { part: 0 };
  if (!Number.isNaN(Number(first))) {
    if (others.length > 0) throw new UsageError("--validation is given twice");
    return { part: given.fraction("validation") ?? 0 };
  }
  return { feeds: [readFeed(first), ...others.map(readFeed)] };
}

/** @throws {UsageError} unless what to hold out is one file, fed as the data are. */
function oneFile(validation: Validation): number | string {
  if ("part" in validation) return validation.part;
  const [{ name, file }, second] = validation.feeds;
  if (second !== undefined) throw new UsageError("--validation is given twice");
  if (name !== undefined) throw new UsageError("--validation names an input, but --data does not", file);
  return file;
}

function tableRequest(file: string, given: Arguments): DataRequest {
  const held = oneFile(readValidation(given));
  const options = {
    seed: given.integer("seed", 0),
    columns: given.text("columns"),
    standardise: given.has("standardise"),
    dropIncomplete: given.has("drop-incomplete"),
  };
  const tableOf = async (path: string, io: FileIo): Promise<Table> => readTable(await readSource(path, io));
  return {
    files: [file, ...(typeof held === "number" ? [] : [held])],
    read: async (io) => {
      const table = await tableOf(file, io);
      const validation = typeof held === "number" ? held : await tableOf(held, io);
      return (compilation) => prepareData(compilation, table, { ...options, validation });
    },
  };
}

function arraysRequest(data: readonly Feed[], given: Arguments, network: Source | undefined): DataRequest {
  const validation = readValidation(given);
  checkFeeds("data", data, network);
  if ("feeds" in validation) checkFeeds("validation", validation.feeds, network);
  const options = {
    seed: given.integer("seed", 0),
    standardise: given.has("standardise"),
    divisors: readDivisors(given),
  };
  const held = "feeds" in validation ? validation.feeds : [];
  return {
    files: [...data, ...held].map(({ file }) => file),
    read: async (io) => {
      const arrays = await readArrays(data, io);
      const others = "part" in validation ? validation.part : await readArrays(held, io);
      return (compilation) => prepareArrays(compilation, arrays, { ...options, validation: others });
    },
  };
}

function checkFeeds(option: string, feeds: readonly Feed[], network: Source | undefined): void {
  const nameless = feeds.find(({ name }) => name === undefined);
  if (nameless !== undefined)
    throw new UsageError(
      `--${option} does not say what ${nameless.file} feeds`,
      `--${option} ${inputName(network)}=${nameless.file}`,
    );
  const names = feeds.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new UsageError(`--${option} feeds ${twice} twice`);
}

async function readArrays(feeds: readonly Feed[], io: FileIo): Promise<NamedArrays> {
  const arrays = new Map<string, ReturnType<typeof readArray>>();
  for (const { name, file } of feeds)
    if (name !== undefined) arrays.set(name, readArray(await readBytes(file, io)));
  return arrays;
}

function readDivisors(given: Arguments): ReadonlyMap<string, number> {
  return new Map(
    given.texts("divide").map((text): [string, number] => {
      const { name, file: number } = readFeed(text);
      const divisor = Number(number);
      if (name !== undefined && number.trim() !== "" && Number.isFinite(divisor) && divisor !== 0)
        return [name, divisor];
      throw new UsageError(
        `--divide takes an input and a number that is not 0, not "${text}"`,
        "--divide x=255",
      );
    }),
  );
}

function textRequest(file: string, given: Arguments): DataRequest {
  const held = oneFile(readValidation(given));
  const options = {
    vocabulary: unescaped(given.text("vocabulary")),
    stride: given.integer("stride", 1),
  };
  return {
    files: [file, ...(typeof held === "number" ? [] : [held])],
    read: async (io) => {
      const source = await readSource(file, io);
      const validation: number | Source = typeof held === "number" ? held : await readSource(held, io);
      return (compilation) => prepareText(compilation, source, { ...options, validation });
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

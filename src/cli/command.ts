import type { Arguments, OptionSpecification } from "./arguments.ts";
import type { CommandIo } from "./io.ts";

/** 0: fine. 1: the user's files, data or network are at fault. 2: the command line is. 70: Nabla is (EX_SOFTWARE). `help.ts` prints them. */
export type ExitCode = 0 | 1 | 2 | 70;

/** One command of the program: what it is called, what its help says, what it does. */
export interface Command {
  readonly name: string;
  /** The words after the name: `<files…>`. */
  readonly words: string;
  readonly summary: string;
  /** A paragraph for the command's own help, in lines of at most 80 characters. */
  readonly description: readonly string[];
  readonly options: readonly OptionSpecification[];
  readonly examples: readonly { readonly command: string; readonly comment: string }[];
  readonly run: (given: Arguments, io: CommandIo) => Promise<ExitCode>;
}

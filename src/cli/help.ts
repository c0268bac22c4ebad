import type { OptionSpecification } from "./arguments.ts";
import type { Command } from "./command.ts";
import type { Colors } from "./io.ts";

/** Options that every command has. */
export const commonOptions: readonly OptionSpecification[] = [
  { name: "help", short: "h", description: "show this help" },
  { name: "version", short: "v", description: "show Nabla's version" },
];

/** The program's help. */
export function programHelp(commands: readonly Command[], colors: Colors): string {
  const rows = commands.map(({ name, words, summary }): Row => [`${name} ${words}`, summary]);
  return join([
    `${colors.bold("nabla")}: the gradient compiler for TypeScript`,
    section("Usage", ["nabla <command> [options]"], colors),
    section("Commands", aligned(rows), colors),
    section("Options", aligned(commonOptions.map(optionRow)), colors),
    section(
      "Examples",
      aligned(commands.flatMap(({ examples }) => examples.slice(0, 1).map(exampleRow))),
      colors,
    ),
    section(
      "Exit codes",
      aligned([
        ["0", "fine"],
        ["1", "a mistake in a file or in data; or a file is stale, a judge disagrees, training diverges"],
        ["2", "a mistake in the command line"],
        ["70", "a fault of Nabla's own"],
      ]),
      colors,
    ),
    "Run nabla <command> --help for the options of a command.",
  ]);
}

/** The help of one command. */
export function commandHelp(command: Command, colors: Colors): string {
  return join([
    `${colors.bold(`nabla ${command.name}`)}: ${command.summary}`,
    section("Usage", [`nabla ${command.name} ${command.words} [options]`], colors),
    command.description.join("\n"),
    section("Options", aligned([...command.options, ...commonOptions].map(optionRow)), colors),
    section("Examples", aligned(command.examples.map(exampleRow)), colors),
  ]);
}

type Row = readonly [string, string];

function join(blocks: readonly string[]): string {
  return `${blocks.join("\n\n")}\n`;
}

function section(title: string, lines: readonly string[], colors: Colors): string {
  return [colors.bold(title), ...lines.map((line) => `  ${line}`)].join("\n");
}

function optionRow({ name, value, short, description }: OptionSpecification): Row {
  const long = value === undefined ? `--${name}` : `--${name} ${value}`;
  return [short === undefined ? long : `-${short}, ${long}`, description];
}

function exampleRow({ command, comment }: Command["examples"][number]): Row {
  return [command, `# ${comment}`];
}

/** Two columns, the second of which begins at the same place in each line. */
function aligned(rows: readonly Row[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`);
}

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Initializer, type Network, type Node, sizeOf } from "../../src/graph/index.ts";
import { createOptimizer, preludeSource, readNetwork } from "../../src/language/index.ts";
import { builtins, constants } from "../../src/language/builtins/index.ts";
import { initializers } from "../../src/language/builtins/initializers.ts";
import { binaryOperators, comparisonOperators } from "../../src/language/convert-operators.ts";
import { Report } from "../../src/language/problem.ts";
import { tokenize } from "../../src/language/tokens.ts";
import { Builder } from "../../src/operations/index.ts";
import { evaluate } from "../../src/verify/index.ts";
import { type Data, valueOf } from "./support.ts";

const trainingOptions = ["optimizer", "epochs", "batchSize", "parameters", "clip"];
const page = readFileSync(join(import.meta.dirname, "../../docs/language.md"), "utf8");

/** What the page says its names are. */
const declarations = `x = input([3])
y = input([3])
A = input([2, 3])
s = input()
label = target({categories: 3})
t = target([3], {distribution: true})
`;
const data = { x: [1, 2, 3], y: [4, 5, 6], A: [1, 2, 3, 4, 5, 6], s: [2], label: [1], t: [0, 0.25, 0.75] };

const blocks = [...page.matchAll(/^```nabla( fragment)?\n([\s\S]*?)^```$/gm)].map(
  ([, fragment, text = ""]) => ({ isFragment: fragment !== undefined, text }),
);

const fragments = blocks.filter(({ isFragment }) => isFragment);

/** The statements of one line, in fragments, whose comment `comment` matches. */
function remarks(comment: RegExp) {
  return fragments.flatMap(({ isFragment, text }) =>
    [...text.matchAll(new RegExp(`^(\\w+) = (.*?) +# ${comment.source}$`, "gm"))].map((match) => {
      const [, name = "", expression = "", ...groups] = match;
      const before = text.slice(0, match.index);
      return { isFragment, text, before, name, expression, groups };
    }),
  );
}

/** Reads an example. A fragment gets the page's names and a loss; `probe`, a parameter, is ours. */
function readExample({ isFragment, text }: { isFragment: boolean; text: string }, extra = ""): Network {
  const whole = isFragment ? `${declarations}${text}\nprobe = parameter()\nloss = probe ^ 2\n` : text;
  return readNetwork({ name: "docs.nabla", text: `${whole}${extra}\n` });
}

/** What the parameters start with that do not start at random. */
function starts({ parameters }: Network): Data {
  const value: Partial<Record<Initializer["kind"], number>> = { zeros: 0, ones: 1 };
  return Object.fromEntries(
    parameters.map(({ name, node, initializer }) => {
      if (initializer.kind === "values") return [name, initializer.data];
      const each = initializer.kind === "constant" ? initializer.value : (value[initializer.kind] ?? NaN);
      return [name, Array.from({ length: sizeOf(node.type.shape) }, () => each)];
    }),
  );
}

/** The parameter `name` after one step from 1 with gradient 2. */
function firstStep(network: Network, optimizer: string): number | undefined {
  const parameter = network.parameters.find(({ name }) => name === "probe");
  if (parameter === undefined) throw new Error("every fragment is read with a parameter");
  const build = new Builder(network.graph, { kind: "compiler", reason: "test" });
  const gradient = build.leaf("state", { name: "gradient", parameter: parameter.name }, parameter.node.type);
  const { updates, states } = createOptimizer(optimizer, network).update(parameter, gradient);
  const update = updates.find(({ target }) => target === parameter.node);
  if (update === undefined) throw new Error("a step changes the parameter");
  const leaves = new Map<Node, readonly number[]>([
    [parameter.node, [1]],
    [gradient, [2]],
    ...states.map(({ node, initial }): [Node, number[]] => [node, [initial]]),
  ]);
  return evaluate([update.value], { batchSize: 1, step: 1, leaves }).get(update.value)?.[0];
}

describe("the examples of docs/language.md", () => {
  it.each(blocks)("reads $text", (block) => {
    // A fragment leaves names alone, and its parameters have no loss.
    const expected = ["unused-input", "unused-value", "unused-parameter", "parameter-not-in-loss"];
    const { warnings } = readExample(block);
    expect(warnings.filter(({ code }) => !(block.isFragment && expected.includes(code)))).toEqual([]);
  });

  const number = String.raw`-?(?:[0-9.]+|Infinity|NaN)`;
  const values = remarks(new RegExp(String.raw`(≈ )?(${number}|\[${number}(?:, ${number})*\])`));

  const same = remarks(/the same/);
  const steps = remarks(/1 → ([0-9.]+)/);

  it("have no comment that looks like a value and is not checked", () => {
    const all = blocks.flatMap(({ text }) => text.match(/# (≈|-?[0-9[]|-?Infinity|NaN|the same).*$/gm) ?? []);
    expect(all).toHaveLength(values.length + steps.length + same.length);
    expect(values.length).toBeGreaterThan(110);
    expect(same.length).toBeGreaterThan(5);
    expect(steps.length).toBeGreaterThan(5);
  });

  it.each(values)("$name is $groups.1 in $text", ({ name, groups, ...block }) => {
    const [about, value = ""] = groups;
    // What is known while reading has no node; adding a parameter makes one of it.
    const network = readExample(block, `result = ${name} + 0 * probe`);
    const found = valueOf(network, "result", { ...starts(network), ...data });
    const expected = value.replaceAll(/[[\]]/g, "").split(", ");
    expect(found).toHaveLength(expected.length);
    found.forEach((each, index) => {
      const [written = "", digits] = [expected[index], expected[index]?.split(".")[1]?.length ?? 0];
      if (!Number.isFinite(Number(written))) expect(each).toBe(Number(written));
      else expect(each).toBeCloseTo(Number(written), about === undefined ? 10 : digits);
    });
  });

  it.each(same)("$name starts as the line before it in $text", ({ name, before, ...block }) => {
    const starting = new Map(readExample(block).parameters.map((each) => [each.name, each.initializer]));
    const previous = before.trimEnd().split("\n").at(-1)?.split(" ")[0] ?? "";
    expect(starting.get(name)).toBeDefined();
    expect(starting.get(name)).toEqual(starting.get(previous));
  });

  it.each(steps)("$expression steps to $groups.0", ({ name, expression, groups, ...block }) => {
    const network = readExample(block);
    expect(firstStep(network, name)).toBeCloseTo(Number(groups[0]), 7);
    const byDefault = createOptimizer(expression.replace(/\(.*/, ""), network);
    expect(createOptimizer(name, network).options).toEqual(byDefault.options);
  });
});

describe("docs/language.md has an example of every", () => {
  const code = blocks.map(({ text }) => text).join("\n");
  const tokens = tokenize({ name: "docs.nabla", text: code }, new Report());
  const missing = (names: Iterable<string>, used: ReadonlySet<string>) =>
    [...names].filter((name) => !used.has(name));
  /** The statements of the prelude. */
  const definitions = preludeSource.text
    .split(/^(?=\w)/m)
    .map((text) => ({ name: /^\w+/.exec(text)?.[0] ?? "", text }))
    .filter(({ name }) => name !== "");

  it("function and constant", () => {
    const names = tokens.filter(
      // Neither an option, `momentum: 0.9`, nor a field, `o.momentum`.
      ({ kind }, index) =>
        kind === "name" && tokens[index + 1]?.text !== ":" && tokens[index - 1]?.text !== ".",
    );
    const used = new Set(names.map(({ text }) => text));
    expect(definitions.length).toBeGreaterThan(40);
    const defined = [...definitions.map(({ name }) => name), ...builtins.keys(), ...constants.keys(), "let"];
    expect(missing(defined, used)).toEqual([]);
  });

  it("operator", () => {
    const used = new Set(tokens.map(({ text }) => text));
    const operators = [
      ...binaryOperators,
      ...Object.values(comparisonOperators),
      "not",
      "'",
      "?",
      ";",
      "end",
    ];
    expect(missing(operators, used)).toEqual([]);
  });

  it("initialiser", () => {
    const used = new Set([...code.matchAll(/\binit: "(\w+)"/g)].map(([, name = ""]) => name));
    expect(missing(Object.keys(initializers), used)).toEqual([]);
  });

  it("option", () => {
    const ofPrelude = definitions.flatMap(({ name, text }) => {
      const defaults = [
        ...text.matchAll(/(?:defaults\(\s*options, |optimizer\(\s*)\{([^}]*)\}(?:,\s*\{([^}]*)\})?/g),
      ].flatMap(([, usual = "", ranges = ""]) => [usual, ...(text.includes("optimizer(") ? [] : [ranges])]);
      return [...defaults.join().matchAll(/(\w+):/g)].map(([, option = ""]) => [name, option] as const);
    });
    const ofBuiltins = [...builtins.values()].flatMap(({ name, options }) =>
      (options ?? []).map((option) => [name, option] as const),
    );
    expect(ofPrelude.length).toBeGreaterThan(20);
    expect(ofBuiltins.length).toBeGreaterThan(10);
    const unused = [...ofPrelude, ...ofBuiltins].filter(
      ([name, option]) => !new RegExp(`\\b${name}\\([^\\n{]*\\{[^\\n}]*\\b${option}:`).test(code),
    );
    expect(unused).toEqual([]);
    for (const option of trainingOptions)
      expect(code).toMatch(new RegExp(`^training = \\{(?:.*|[^\`]*?\\n  )\\b${option}:`, "m"));
  });
});

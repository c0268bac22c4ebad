import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { describe, expect, it } from "vitest";
import { differentiate } from "../../src/calculus/index.ts";
import type { OperationName } from "../../src/graph/index.ts";
import { type Lowering, operationTable } from "../../src/operations/index.ts";
import { operationCases } from "./cases.ts";
import { instantiate, weighted } from "./harness.ts";
import { seededRandom } from "./random.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const names = Object.keys(operationTable) as OperationName[]; // the table's keys are the names

/** Where each operation is defined, from the root. */
const files = new Map(
  readdirSync(join(root, "src/operations"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.includes("/"))
    .map((file) => [basename(file, ".ts"), `src/operations/${file}`]),
);

function sourceOf(name: OperationName): string {
  return readFileSync(join(root, files.get(name) ?? `no file for ${name}`), "utf8");
}

/** The rules' formulas, which stand beside them as comments: `dx = dy · cos x`. */
function formulasOf(name: OperationName): readonly string[] {
  const comments = Array.from(sourceOf(name).matchAll(/\/[/*]+ ([^*\n]+)/g), ([, comment = ""]) =>
    comment.trim(),
  );
  return comments.filter((comment) => /(^|[ ,])d\w+[ₖₙ]?(\[\w\])? = /.test(comment));
}

/** Whether an adjoint passes through some use of the operation. */
function hasDerivative(name: OperationName): boolean {
  return operationCases[name].some((each) => {
    const { build, y, realLeaves } = instantiate(each, each.batched?.[0] ?? [], seededRandom(0));
    if (y.type.element !== "real") return false;
    const { steps } = differentiate(build.graph, weighted(build, y, build.constantLike(1, y)), realLeaves);
    return steps.some(({ node }) => node === y);
  });
}

const loweredAs: Readonly<Record<Lowering<OperationName>["kind"], string>> = {
  leaf: "memory",
  element: "element by element",
  delay: "the step before",
  reshape: "an alias",
  reduction: "a reduction",
  batchReduction: "a reduction over the batch",
  scatter: "a scatter",
  expand: "other operations",
};

/** docs/operations.md, from the table and the definitions' comments. */
function operationsDocument(): Promise<string> {
  const rows = names.map((name) => {
    const { summary, convention, lowering } = operationTable[name];
    const cells = [
      `[\`${name}\`](../${files.get(name) ?? ""})`,
      summary,
      formulasOf(name).join("<br>"),
      loweredAs[lowering.kind],
      convention ?? "",
    ];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  const text = `# The operations

Written by \`npx vitest run test/operations/documentation.test.ts --update\` from the definitions in \`src/operations/\`.

Values are per sample. A meaning that begins with an expression shows how network files write the operation. \`dx\` is
the adjoint of \`x\`: the derivative of the loss with respect to it. Where an operation is not smooth, the last column
says what its derivative is declared to be; see [conventions.md](conventions.md). To add a row, see
[adding-an-operation.md](adding-an-operation.md).

| operation | meaning | adjoints | lowered as | where it is not smooth |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
  return format(text, { parser: "markdown", printWidth: 110 });
}

describe("every operation", () => {
  it.each(names)("%s has a file, a summary, cases, and formulas for its derivative", (name) => {
    const definition = operationTable[name];
    expect(sourceOf(name)).toContain(`export const ${name}`);
    expect(definition.summary).not.toBe("");
    expect(operationCases[name].length).toBeGreaterThan(0);
    if (hasDerivative(name)) expect(formulasOf(name)).not.toEqual([]);
  });

  it("stands in docs/operations.md", async () => {
    await expect(await operationsDocument()).toMatchFileSnapshot("../../docs/operations.md");
  });
});

describe("docs/conventions.md", () => {
  it("states every convention", () => {
    const text = readFileSync(join(root, "docs/conventions.md"), "utf8").replaceAll("\\|", "|");
    for (const name of names) expect(text).toContain(operationTable[name].convention ?? "");
  });
});

describe("docs/adding-an-operation.md", () => {
  const text = readFileSync(join(root, "docs/adding-an-operation.md"), "utf8");
  const excerpts = [...text.matchAll(/^`([\w/.]+)`[^\n]*:\n\n```ts\n(.*?)```/gms)];

  it("shows code that is there", () => {
    expect(excerpts.length).toBe(5);
    expect(excerpts.length).toBe(text.split("```ts").length - 1);
    for (const [, file, code] of excerpts) {
      const lines = readFileSync(join(root, file ?? ""), "utf8");
      expect(lines, file).toContain(code);
    }
  });

  it("shows one whole file", () => {
    const [whole] = excerpts.filter(
      ([, file, code]) => readFileSync(join(root, file ?? ""), "utf8") === code,
    );
    expect(whole?.[1]).toBe("src/operations/elementwise/softplus.ts");
  });
});

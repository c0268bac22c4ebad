// Writes src/emit/typescript/template-sources.ts from templates/*.ts:
//   node --import ./scripts/typescript.js scripts/embed-templates.ts
// The emitter is pure, so it cannot read templates/ itself.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { type Identifier, Project, type Statement, SyntaxKind } from "ts-morph";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const target = join(root, "src", "emit", "typescript", "template-sources.ts");

/** Stands in for what the emitter itself writes. */
const standIn = "network.ts";

interface Part {
  readonly name: string;
  readonly statement: Statement;
}

/** The text of `template-sources.ts` for the templates as they are now. */
export async function embeddedTemplates(): Promise<string> {
  const project = new Project({
    tsConfigFilePath: join(root, "tsconfig.json"),
    skipAddingFilesFromTsConfig: true,
  });
  const directory = join(root, "templates");
  const files = readdirSync(directory).filter((file) => file.endsWith(".ts"));
  const sources = files.sort().map((file) => project.addSourceFileAtPath(join(directory, file)));
  const embedded = sources.filter((source) => source.getBaseName() !== standIn);
  const parts = embedded.flatMap((source) => source.getStatements().flatMap(partOf));
  const partOfStatement = new Map<object, Part>(parts.map((part) => [part.statement, part]));
  const entries = parts.map(({ name, statement }) => {
    const needs = new Set<string>();
    for (const identifier of statement.getDescendantsOfKind(SyntaxKind.Identifier)) {
      for (const declaration of declarationsOf(identifier)) {
        const needed = partOfStatement.get(declaration);
        if (needed !== undefined && needed.name !== name) needs.add(needed.name);
      }
    }
    const text = statement.getText(true).replace(/^export /m, "");
    return `${name}: { needs: ${JSON.stringify([...needs].sort())}, text: ${templateLiteral(text)} },`;
  });
  const text = `// Written by scripts/embed-templates.ts from templates/: change those, and run it again.

/** A declaration of a template, without \`export\`, and the other declarations that its text mentions. */
export interface TemplatePart {
  readonly needs: readonly string[];
  readonly text: string;
}

export const templateSources: Readonly<Record<string, TemplatePart>> = {${entries.join("\n")}};
`;
  return format(text, { ...(await resolveConfig(target)), parser: "typescript" });
}

/** The declaration that a top-level statement is; none for an import. */
function partOf(statement: Statement): readonly Part[] {
  if (statement.isKind(SyntaxKind.ImportDeclaration)) return [];
  if (statement.isKind(SyntaxKind.VariableStatement)) {
    return statement.getDeclarations().map((declaration) => ({ name: declaration.getName(), statement }));
  }
  const isNamed =
    statement.isKind(SyntaxKind.FunctionDeclaration) ||
    statement.isKind(SyntaxKind.InterfaceDeclaration) ||
    statement.isKind(SyntaxKind.TypeAliasDeclaration);
  const name = isNamed ? statement.getName() : undefined;
  if (name === undefined)
    throw new Error(`a template declares functions, types and constants only: ${statement.getText()}`);
  return [{ name, statement }];
}

/** The top-level statements that declare what the identifier means. */
function declarationsOf(identifier: Identifier): readonly object[] {
  const symbol = identifier.getSymbol();
  const meant = symbol?.getAliasedSymbol() ?? symbol;
  return (meant?.getDeclarations() ?? []).map(
    (declaration) =>
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- ts-morph's own nodes
      declaration.asKind(SyntaxKind.VariableDeclaration)?.getVariableStatement() ?? declaration,
  );
}

function templateLiteral(text: string): string {
  return `\`${text.replace(/[\\`]|\$\{/g, "\\$&")}\``;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const text = await embeddedTemplates();
  if (text !== readFileSync(target, "utf8")) writeFileSync(target, text);
}

import {
  type ExportedDeclarations,
  Node,
  type ParameteredNode,
  Project,
  type Symbol,
  SyntaxKind,
} from "ts-morph";
import { describe, expect, test } from "vitest";
import * as nabla from "../src/index.ts";

const project = new Project({ tsConfigFilePath: "tsconfig.json", skipAddingFilesFromTsConfig: true });
const exported = [...project.addSourceFileAtPath("src/index.ts").getExportedDeclarations()];

describe("the library", () => {
  test("exports these values; a further one is a promise to keep", () => {
    expect(Object.keys(nabla).sort()).toEqual([
      "DiagnosticError",
      "InvariantError",
      "OptionError",
      "compile",
      "createOptimizer",
      "differentiate",
      "formatDiagnostics",
      "formatGraph",
      "formulas",
      "inspectNetwork",
      "positionOf",
      "pushForward",
      "readNetwork",
      "verifyModule",
    ]);
  });

  test.each(exported)("documents %s", (name, [declaration]) => {
    if (declaration === undefined || !Node.isJSDocable(declaration)) throw new Error(`what is ${name}?`);
    const documentation = declaration.getJsDocs();
    expect(documentation.map((each) => each.getDescription().trim()).join("")).not.toBe("");
    if (!Node.isFunctionDeclaration(declaration)) return;
    const tags = documentation.flatMap((each) => each.getTags());
    const described = tags.filter((tag) => Node.isJSDocParameterTag(tag)).map((tag) => tag.getName());
    expect(described).toEqual(namesOf(declaration));
    expect(tags.map((tag) => tag.getTagName())).toContain("returns");
  });

  test("names every type that its functions and interfaces speak of", () => {
    const declarations = exported.flatMap(([, each]) => each);
    const known = new Set(declarations.map((each) => each.getSymbol()));
    const spokenOf = declarations.flatMap(typesIn).filter(isOurs);
    expect(spokenOf.length).toBeGreaterThan(100);
    const missing = spokenOf.filter((each) => !known.has(each)).map((each) => each.getName());
    expect([...new Set(missing)]).toEqual([]);
  });
});

function namesOf(node: ParameteredNode): readonly string[] {
  return node.getParameters().map((parameter) => parameter.getName());
}

/** What the names of types in a declaration stand for, seen through imports; the bodies of functions are nobody's business. */
function typesIn(declaration: ExportedDeclarations): readonly Symbol[] {
  if (declaration.isKind(SyntaxKind.ClassDeclaration)) return [];
  return declaration
    .getDescendantsOfKind(SyntaxKind.TypeReference)
    .filter((each) => each.getFirstAncestorByKind(SyntaxKind.Block) === undefined)
    .flatMap((each) => {
      const symbol = each.getTypeName().getSymbol();
      return symbol === undefined ? [] : [symbol.getAliasedSymbol() ?? symbol];
    });
}

/** Whether `src/` declares it; a type parameter is declared where it is used. */
function isOurs(symbol: Symbol): boolean {
  return symbol
    .getDeclarations()
    .some(
      (each) =>
        each.getSourceFile().getFilePath().includes("/src/") && !Node.isTypeParameterDeclaration(each),
    );
}

import { Project, ts } from "ts-morph";

/** As strict as a user's configuration may be; no library beyond ECMAScript's own. */
const strictest: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts"],
  types: [],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitReturns: true,
  noImplicitOverride: true,
  noFallthroughCasesInSwitch: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  noUncheckedSideEffectImports: true,
  allowUnreachableCode: false,
  allowUnusedLabels: false,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  isolatedDeclarations: true,
  declaration: true,
  erasableSyntaxOnly: true,
  skipLibCheck: true,
};

// One project for all: it parses TypeScript's own library once.
const project = new Project({ compilerOptions: strictest, useInMemoryFileSystem: true });

/** What the strictest configuration finds wrong with a module. */
export function problemsOf(source: string): readonly string[] {
  const file = project.createSourceFile("network.mts", source, { overwrite: true });
  return describeAll(file.getPreEmitDiagnostics());
}

/** As `problemsOf`, for many modules at once, which takes much less time; `names` say which one is at fault. */
export function problemsOfAll(sources: ReadonlyMap<string, string>): readonly string[] {
  const names = [...sources.keys()];
  const many = new Project({ compilerOptions: strictest, useInMemoryFileSystem: true });
  [...sources.values()].forEach((source, k) => many.createSourceFile(`${k}.mts`, source));
  return describeAll(many.getPreEmitDiagnostics(), names);
}

function describeAll(
  diagnostics: ReturnType<Project["getPreEmitDiagnostics"]>,
  names: readonly string[] = [],
) {
  return diagnostics.map((each) => {
    const name = names[Number.parseInt(each.getSourceFile()?.getBaseName() ?? "")] ?? "";
    return `${name} ${each.getLineNumber() ?? 0}: ${JSON.stringify(each.getMessageText())}`.trim();
  });
}

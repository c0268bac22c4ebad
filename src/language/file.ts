import type { Source, SourceSpan } from "../diagnostics/index.ts";
import {
  Graph,
  type InputDeclaration,
  type Node,
  type ParameterDeclaration,
  type Statement,
} from "../graph/index.ts";
import { Builder } from "../operations/index.ts";
import { Evaluator } from "./evaluate.ts";
import { type ParsedStatement, parse } from "./parse.ts";
import { Problem, Report } from "./problem.ts";
import { Scope } from "./scope.ts";
import { NameTable, nameOf } from "./statics.ts";
import type { BindingExpression } from "./syntax.ts";
import { isNumeric, toNode } from "./tensors.ts";
import { type Value, poison } from "./value.ts";
import { freeNames } from "./walk.ts";

/** `name = value` with its value, where the value is no input and no parameter declared so. */
export interface Definition {
  readonly name: string;
  readonly nameSpan: SourceSpan;
  /** Of the whole statement. */
  readonly span: SourceSpan;
  readonly value: Value;
}

/** A text's statements, evaluated; `network.ts` makes a network of them. */
export class File {
  readonly source: Source;
  readonly report = new Report();
  readonly graph = new Graph();
  readonly scope: Scope;
  readonly inputs: InputDeclaration[] = [];
  readonly targets: InputDeclaration[] = [];
  readonly parameters: ParameterDeclaration[] = [];
  readonly definitions: Definition[] = [];
  /** The definitions that are nodes of the graph. */
  readonly statements: Statement[] = [];
  /** `training = …`, if there is one. */
  training: { readonly value: Value; readonly span: SourceSpan } | undefined;
  readonly evaluator: Evaluator;
  readonly #parsed: readonly ParsedStatement[];
  readonly #names: NameTable;
  readonly #parameterNames = new Set<string>();
  /** Streams of random numbers so far. */
  #streams = 0;
  /** For a name that several parameters asked for, the number to try next. */
  readonly #nextNumbers = new Map<string, number>();

  constructor(source: Source, prelude: Scope | undefined) {
    this.source = source;
    this.scope = new Scope(prelude);
    this.#parsed = parse(source, this.report);
    this.#names = new NameTable(this.#parsed, prelude);
    this.evaluator = new Evaluator({
      graph: this.graph,
      report: this.report,
      explainName: this.#names.explain,
      declare: {
        input: (role, declaration) => {
          (role === "input" ? this.inputs : this.targets).push(declaration);
        },
        parameter: (declaration) => {
          this.parameters.push(declaration);
          this.#parameterNames.add(declaration.name);
        },
        stream: () => {
          this.#streams += 1;
          return this.#streams - 1;
        },
        uniqueName: (name) => this.#uniqueName(name),
        ownedBy: (owner) => this.#ownedBy(owner),
      },
    });
    this.#parsed.forEach((statement, position) => {
      this.#names.enter(position);
      this.#read(statement, position);
    });
    this.#names.enter(this.#parsed.length);
  }

  get isEmpty(): boolean {
    return this.#parsed.length === 0;
  }

  /** Whether some statement defines `name`, however broken. */
  mentions(name: string): boolean {
    return this.#parsed.some((statement) => nameOf(statement) === name);
  }

  /** The names that statements read, those of functions too. */
  namesRead(): ReadonlySet<string> {
    const sound = this.#parsed.flatMap((each) => (each.kind === "statement" ? [each.syntax] : []));
    return new Set(sound.flatMap((syntax) => [...freeNames(syntax)].map(({ name }) => name)));
  }

  /** The right side of the statement that defines `name`. */
  spanOf(name: string): SourceSpan {
    const found = this.#parsed.find((statement) => nameOf(statement) === name);
    const syntax = found?.kind === "statement" ? found.syntax : undefined;
    if (syntax === undefined) return { source: this.source, start: 0, end: 0 };
    return syntax.kind === "binding" ? syntax.value.span : syntax.span;
  }

  #read(statement: ParsedStatement, position: number): void {
    if (statement.kind === "broken") {
      if (statement.name !== undefined && this.scope.lookup(statement.name) === undefined)
        this.scope.define(statement.name, poison);
      return;
    }
    const { syntax } = statement;
    const standing = this.#names.checkDefinitions(syntax, position, this.report);
    if (syntax.kind === "function") {
      const isSound = this.#names.checkBody(syntax, this.scope, this.report);
      if (standing === "repeated") return;
      this.scope.define(
        syntax.name,
        isSound && standing === "sound"
          ? { kind: "function", definition: syntax, scope: this.scope }
          : poison,
      );
      return;
    }
    const value = this.#evaluate(syntax);
    if (standing === "sound") this.#define(syntax, value);
    if (standing === "refused") this.scope.define(syntax.name, poison); // what it is used for is no mistake of its own
  }

  #evaluate({ name, nameSpan, value }: BindingExpression): Value {
    const declaring = { name, span: nameSpan, topLevel: true };
    return this.evaluator.evaluate(value, { scope: this.scope, calls: [], path: [name], declaring });
  }

  #define(syntax: BindingExpression, value: Value): void {
    const { name, nameSpan, span } = syntax;
    if (name === "training") {
      this.training = { value, span: syntax.value.span };
      this.scope.define(name, value.kind === "object" ? value : poison); // anything else is a mistake, and told elsewhere
      return;
    }
    this.scope.define(name, value);
    if (value.kind === "tensor" && this.#isDeclared(name, value.node)) return;
    this.definitions.push({ name, nameSpan, span, value });
    this.#state(name, value, span);
  }

  /** The values in an object are known by their field: `h.c`. */
  #state(name: string, value: Value, span: SourceSpan): void {
    if (value.kind === "tensor") this.statements.push({ name, node: value.node, span });
    if (value.kind !== "object") return;
    for (const [field, { value: inner }] of value.fields) this.#state(`${name}.${field}`, inner, span);
  }

  #isDeclared(name: string, node: Node): boolean {
    const isLeaf = node.operation === "input" || node.operation === "parameter";
    return isLeaf && node.attributes.name === name;
  }

  #uniqueName(name: string): string {
    let unique = name;
    let count = this.#nextNumbers.get(name) ?? 2;
    for (; this.#parameterNames.has(unique); count += 1) unique = `${name}${String(count)}`;
    this.#nextNumbers.set(name, count);
    return unique;
  }

  #ownedBy(owner: string): ReadonlyMap<string, Node> {
    const owned = this.parameters.filter(({ name }) => name.startsWith(`${owner}.`));
    return new Map(owned.map(({ name, node }) => [name.slice(owner.length + 1), node]));
  }

  /** The node of the value called `name`, if it has one. */
  nodeOf(name: string): Node | undefined {
    const value = this.scope.lookup(name);
    if (value === undefined || !isNumeric(value)) return undefined;
    const span: SourceSpan = { source: this.source, start: 0, end: 0 };
    return toNode(new Builder(this.graph, { kind: "source", span }), value);
  }

  fail(...problem: ConstructorParameters<typeof Problem>): void {
    this.report.add(new Problem(...problem));
  }
}

import {
  type Affine,
  type AffineTerm,
  type Expression,
  type Statement,
  addAffine,
  affineAtom,
  affineConstant,
  scaleAffine,
} from "../program/index.ts";

export type { Assign, Let, Load, Loop, Store } from "../program/index.ts";

/*
 * Walks over programs. Statements nest as deep as loops do, and expressions no deeper than `inlineSingleUse` lets them,
 * so these recursions are shallow however long the program is.
 */

/** The expression with each part replaced, operands before what they are operands of. */
export function mapExpression(expression: Expression, replace: (part: Expression) => Expression): Expression {
  if (expression.kind !== "apply") return replace(expression);
  const operands = expression.operands.map((operand) => mapExpression(operand, replace));
  const changed = operands.some((operand, position) => operand !== expression.operands[position]);
  return replace(changed ? { ...expression, operands } : expression);
}

/** Calls `visit` on every part of the expression. */
export function visitExpression(expression: Expression, visit: (part: Expression) => void): void {
  if (expression.kind === "apply") for (const operand of expression.operands) visitExpression(operand, visit);
  visit(expression);
}

/** The statement with its own expressions replaced; those of statements inside it are left. */
export function mapOwnExpressions(
  statement: Statement,
  map: (expression: Expression) => Expression,
): Statement {
  if (statement.kind === "loop" || statement.kind === "piece" || statement.kind === "comment")
    return statement;
  const value = map(statement.value);
  return value === statement.value ? statement : { ...statement, value };
}

/** Every expression of the statements and of those inside them, replaced. */
export function mapExpressions(
  statements: readonly Statement[],
  map: (expression: Expression) => Expression,
): readonly Statement[] {
  return statements.map((statement) => {
    const own = mapOwnExpressions(statement, map);
    return "body" in own ? { ...own, body: mapExpressions(own.body, map) } : own;
  });
}

/** Calls `visit` on the statements and all statements inside them, in order. */
export function visitStatements(
  statements: readonly Statement[],
  visit: (statement: Statement) => void,
): void {
  for (const statement of statements) {
    visit(statement);
    if ("body" in statement) visitStatements(statement.body, visit);
  }
}

/** An access to memory. `+=` is one store that also reads. */
export interface Access {
  readonly kind: "load" | "store" | "accumulate";
  readonly buffer: string;
  readonly offset: Affine;
}

/** Calls `visit` on every access of the statements, those inside indices included, in order of evaluation. */
export function visitAccesses(statements: readonly Statement[], visit: (access: Access) => void): void {
  visitStatements(statements, (statement) => {
    visitOwnAccesses(statement, visit);
  });
}

/** The same of one statement, without those inside it. */
export function visitOwnAccesses(statement: Statement, visit: (access: Access) => void): void {
  if (statement.kind === "loop" || statement.kind === "piece" || statement.kind === "comment") return;
  visitLoads(statement.value, visit);
  if (statement.kind !== "store") return;
  visitAtoms(statement.offset, visit);
  visit({
    kind: statement.accumulate ? "accumulate" : "store",
    buffer: statement.buffer,
    offset: statement.offset,
  });
}

export function visitLoads(expression: Expression, visit: (access: Access) => void): void {
  visitExpression(expression, (part) => {
    if (part.kind === "load") {
      visitAtoms(part.offset, visit);
      visit({ kind: "load", buffer: part.buffer, offset: part.offset });
    } else if (part.kind === "index" || part.kind === "inRange" || part.kind === "random") {
      visitAtoms(part.value, visit);
    }
  });
}

function visitAtoms(affine: Affine, visit: (access: Access) => void): void {
  for (const { atom } of affine.terms) {
    if (atom.kind !== "element") continue;
    visitAtoms(atom.offset, visit);
    visit({ kind: "load", buffer: atom.buffer, offset: atom.offset });
  }
}

/** The names of the variables that an index depends on. */
export function variablesOf(affine: Affine, into: Set<string> = new Set()): ReadonlySet<string> {
  for (const { atom } of affine.terms) {
    if (atom.kind === "variable") into.add(atom.name);
    else variablesOf(atom.offset, into);
  }
  return into;
}

/** What loop variables and locals are replaced by. */
export interface Substitution {
  readonly variables: ReadonlyMap<string, Affine>;
  readonly locals: ReadonlyMap<string, Expression>;
}

export function substituteAffine(affine: Affine, variables: ReadonlyMap<string, Affine>): Affine {
  if (variables.size === 0 || affine.terms.length === 0) return affine;
  const parts = affine.terms.map((term) => substituteTerm(term, variables));
  return addAffine(affineConstant(affine.constant), ...parts);
}

function substituteTerm({ coefficient, atom }: AffineTerm, variables: ReadonlyMap<string, Affine>): Affine {
  if (atom.kind === "variable") return scaleAffine(variables.get(atom.name) ?? affineAtom(atom), coefficient);
  return scaleAffine(affineAtom({ ...atom, offset: substituteAffine(atom.offset, variables) }), coefficient);
}

export function substituteExpression(
  expression: Expression,
  { variables, locals }: Substitution,
): Expression {
  return mapExpression(expression, (part) => {
    switch (part.kind) {
      case "local":
        return locals.get(part.name) ?? part;
      case "load":
        return { ...part, offset: substituteAffine(part.offset, variables) };
      case "index":
      case "inRange":
      case "random":
        return { ...part, value: substituteAffine(part.value, variables) };
      case "number":
      case "batchSize":
      case "step":
      case "apply":
        return part;
    }
  });
}

/**
 * Copies statements with loop variables replaced. `rename` gives each local that they declare its new name, so that two
 * copies of the same statements do not clash; statements of one copy go through one `Copier`, in order.
 */
export class Copier {
  readonly #variables: ReadonlyMap<string, Affine>;
  readonly #rename: (name: string) => string;
  readonly #locals = new Map<string, Expression>();

  constructor(variables: ReadonlyMap<string, Affine>, rename: (name: string) => string) {
    this.#variables = variables;
    this.#rename = rename;
  }

  copyAll(statements: readonly Statement[]): readonly Statement[] {
    return statements.map((statement) => this.copy(statement));
  }

  copy(statement: Statement): Statement {
    switch (statement.kind) {
      case "loop":
      case "piece":
        return { ...statement, body: this.copyAll(statement.body) };
      case "when":
        return { ...statement, value: this.#value(statement.value), body: this.copyAll(statement.body) };
      case "comment":
        return statement;
      case "let": {
        const value = this.#value(statement.value);
        const name = this.#rename(statement.name);
        this.#locals.set(statement.name, { kind: "local", name });
        return { ...statement, name, value };
      }
      case "assign":
        return { ...statement, name: this.#nameOf(statement.name), value: this.#value(statement.value) };
      case "store": {
        const offset = substituteAffine(statement.offset, this.#variables);
        return { ...statement, offset, value: this.#value(statement.value) };
      }
      case "return":
        return { ...statement, value: this.#value(statement.value) };
    }
  }

  #value(expression: Expression): Expression {
    return substituteExpression(expression, { variables: this.#variables, locals: this.#locals });
  }

  #nameOf(name: string): string {
    const renamed = this.#locals.get(name);
    return renamed?.kind === "local" ? renamed.name : name;
  }
}

/** The statements with the offset of every access replaced, those of accesses inside indices included. */
export function mapOffsets(
  statements: readonly Statement[],
  map: (buffer: string, offset: Affine) => Affine,
): readonly Statement[] {
  const inAffine = (affine: Affine): Affine => ({
    ...affine,
    terms: affine.terms.map((term) =>
      term.atom.kind === "element"
        ? { ...term, atom: { ...term.atom, offset: map(term.atom.buffer, inAffine(term.atom.offset)) } }
        : term,
    ),
  });
  const inExpression = (part: Expression): Expression => {
    if (part.kind === "load") return { ...part, offset: map(part.buffer, inAffine(part.offset)) };
    const isIndexed = part.kind === "index" || part.kind === "inRange" || part.kind === "random";
    return isIndexed ? { ...part, value: inAffine(part.value) } : part;
  };
  const value = (expression: Expression): Expression => mapExpression(expression, inExpression);
  return statements.map((statement): Statement => {
    switch (statement.kind) {
      case "loop":
      case "piece":
        return { ...statement, body: mapOffsets(statement.body, map) };
      case "when":
        return { ...statement, value: value(statement.value), body: mapOffsets(statement.body, map) };
      case "store":
        return {
          ...statement,
          offset: map(statement.buffer, inAffine(statement.offset)),
          value: value(statement.value),
        };
      case "comment":
      case "let":
      case "assign":
      case "return":
        return mapOwnExpressions(statement, value);
    }
  });
}

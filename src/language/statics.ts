import { didYouMean, type SourceSpan } from "../diagnostics/index.ts";
import { builtins, constants } from "./builtins/index.ts";
import { elsewhereHint } from "./elsewhere.ts";
import { type NameTrouble, reservedNameTrouble } from "./names.ts";
import type { ParsedStatement } from "./parse.ts";
import { Problem, type Report } from "./problem.ts";
import type { Scope } from "./scope.ts";
import type { StatementSyntax } from "./syntax.ts";
import { freeNames, walk } from "./walk.ts";

/** What can be said of a file's names before anything is evaluated. */
export class NameTable {
  readonly #statements: readonly ParsedStatement[];
  /** Position of the statement that first defines a name. */
  readonly #definedAt = new Map<string, number>();
  readonly #prelude: Scope | undefined;
  /** Position of the statement being read. */
  #current = 0;

  constructor(statements: readonly ParsedStatement[], prelude: Scope | undefined) {
    this.#statements = statements;
    this.#prelude = prelude;
    statements.forEach((statement, position) => {
      const name = nameOf(statement);
      if (name !== undefined && !this.#definedAt.has(name)) this.#definedAt.set(name, position);
    });
  }

  enter(position: number): void {
    this.#current = position;
  }

  /** Reports names that cannot be defined. Says of the statement's own whether it can be. */
  checkDefinitions(
    syntax: StatementSyntax,
    position: number,
    report: Report,
  ): "sound" | "repeated" | "refused" {
    const first = this.#definedAt.get(syntax.name);
    const earlier = first === undefined || first === position ? undefined : this.#statements[first];
    const earlierSpan = earlier?.kind === "statement" ? earlier.syntax.nameSpan : earlier?.nameSpan;
    if (earlierSpan !== undefined) {
      report.add(
        new Problem(
          "repeated-definition",
          syntax.nameSpan,
          `${syntax.name} is already defined; a name is defined once.`,
          "choose another name",
          [{ span: earlierSpan, message: "first defined here" }],
        ),
      );
    }
    const isRefused = this.#checkName(syntax.name, syntax.nameSpan, report);
    for (const each of walk(syntax)) {
      if (each !== syntax && (each.kind === "function" || each.kind === "binding"))
        this.#checkName(each.name, each.nameSpan, report);
      if (each.kind !== "function") continue;
      each.parameters.forEach((parameter, index) => {
        this.#checkName(parameter.name, parameter.span, report);
        if (each.parameters.slice(0, index).some(({ name }) => name === parameter.name)) {
          report.add(
            new Problem(
              "repeated-definition",
              parameter.span,
              `${each.name} has two parameters called ${parameter.name}.`,
              "choose another name",
            ),
          );
        }
      });
    }
    if (earlier !== undefined) return "repeated";
    return isRefused ? "refused" : "sound";
  }

  /** Reports a name that means something already. Gives whether it does. */
  #checkName(name: string, span: SourceSpan, report: Report): boolean {
    const trouble = reservedNameTrouble(name, false) ?? this.#shadowTrouble(name);
    if (trouble !== undefined) report.add(new Problem(trouble.code, span, trouble.message, trouble.hint));
    return trouble !== undefined;
  }

  #shadowTrouble(name: string): NameTrouble | undefined {
    const isConstant = constants.has(name);
    const isFunction = builtins.has(name) || name === "let" || this.#prelude?.lookup(name) !== undefined;
    if (!isConstant && !isFunction) return undefined;
    return {
      code: "shadowed-builtin",
      message: `${name} is a ${isConstant ? "constant" : "function"} of the language.`,
      hint: `choose another name, for example my${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    };
  }

  /** Reports names in a function's body that mean nothing there. Gives whether all is well. */
  checkBody(syntax: StatementSyntax, scope: Scope, report: Report): boolean {
    let isSound = true;
    for (const { name, span } of freeNames(syntax)) {
      if (constants.has(name) || builtins.has(name) || name === "let" || scope.lookup(name) !== undefined)
        continue;
      const visible = [...scope.names, ...builtins.keys(), ...constants.keys()];
      const { code, message, hint, related } = this.explain(name, visible);
      report.add(new Problem(code, span, message, hint, related));
      isSound = false;
    }
    return isSound;
  }

  /** Why a name means nothing where it stands. */
  readonly explain = (name: string, visible: readonly string[], isCall = false): NameTrouble => {
    if (name === "i") {
      return {
        code: "imaginary-unit",
        message: "i is the imaginary unit in mathjs, and there are no complex numbers here.",
        hint: "choose another name",
      };
    }
    if (name === "end")
      return {
        code: "unknown-name",
        message: "end has a meaning only inside an index.",
        hint: "write x[end]",
      };
    const position = this.#definedAt.get(name);
    const definition = position === undefined ? undefined : this.#statements[position];
    if (position === undefined || definition?.kind !== "statement") {
      return {
        code: isCall ? "unknown-function" : "unknown-name",
        message: `There is ${isCall ? "no function" : "nothing"} called ${name} here.`,
        hint: elsewhereHint(name) ?? didYouMean(name, visible),
      };
    }
    return this.#explainOrder(name, position, definition.syntax);
  };

  #explainOrder(name: string, position: number, syntax: StatementSyntax): NameTrouble {
    const related = [{ span: syntax.nameSpan, message: `${name} is defined here` }];
    if (position === this.#current) {
      return syntax.kind === "function"
        ? {
            code: "recursive-function",
            message: `${name} calls itself; functions are expanded where they are called, which would never end.`,
          }
        : {
            code: "cyclic-definition",
            message: `${name} is defined by itself.`,
            hint: "a statement is a definition, not an assignment: choose a new name",
          };
    }
    if (position > this.#current && this.#leadsBack(position)) {
      return {
        code: "cyclic-definition",
        message: `${name} is itself defined by what is being defined here.`,
        hint: "break the circle",
        related,
      };
    }
    return {
      code: "used-before-definition",
      message: `${name} is used before it is defined.`,
      hint: "move its definition up",
      related,
    };
  }

  /** Whether the statement at `position` needs the current one. */
  #leadsBack(position: number): boolean {
    const seen = new Set<number>();
    const pending = [position];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const statement = this.#statements[next];
      if (seen.has(next) || statement?.kind !== "statement") continue;
      seen.add(next);
      for (const { name } of freeNames(statement.syntax)) {
        const used = this.#definedAt.get(name);
        if (used === this.#current) return true;
        if (used !== undefined) pending.push(used);
      }
    }
    return false;
  }
}

export function nameOf(statement: ParsedStatement): string | undefined {
  return statement.kind === "broken" ? statement.name : statement.syntax.name;
}

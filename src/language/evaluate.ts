import type { SourceSpan } from "../diagnostics/index.ts";
import type { Graph } from "../graph/index.ts";
import { Builder, TypeProblem } from "../operations/index.ts";
import { array, range } from "./arrays.ts";
import type { Argument } from "./builtins/builtin.ts";
import { callValue } from "./evaluate-calls.ts";
import { binaryValue, comparisonValue, conditionalValue, unaryValue } from "./evaluate-operators.ts";
import { elementsOf, fieldValue, nameValue, objectValue } from "./evaluate-structures.ts";
import type { Evaluation } from "./evaluation.ts";
import { type Frame, callTrail, labelOf, origin, sentence, tooLarge } from "./frame.ts";
import { Problem, Spoilt } from "./problem.ts";
import { Scope } from "./scope.ts";
import type { Expression } from "./syntax.ts";
import type { Place } from "./tensors.ts";
import { type FunctionValue, type Value, isNotFinite, numberValue, poison } from "./value.ts";

/** Expressions evaluated for one file, functions expanded: a bound on what hostile text can cost. */
const mostEvaluations = 300_000;
/** Above this many nodes the graph itself is the problem. */
const mostNodes = 1_000_000;

export interface EvaluatorOptions extends Pick<Evaluation, "report" | "declare" | "explainName"> {
  readonly graph: Graph;
}

/** Gives expressions their values, expanding every function where it is called. */
export class Evaluator implements Evaluation {
  readonly report: Evaluation["report"];
  readonly declare: Evaluation["declare"];
  readonly explainName: Evaluation["explainName"];
  readonly #graph: Graph;
  #evaluations = 0;
  #isExhausted = false;

  constructor({ graph, report, declare, explainName }: EvaluatorOptions) {
    this.#graph = graph;
    this.report = report;
    this.declare = declare;
    this.explainName = explainName;
  }

  evaluate(expression: Expression, frame: Frame): Value {
    try {
      this.#evaluations += 1;
      if (this.#isExhausted) return poison;
      if (this.#evaluations > mostEvaluations || this.#graph.nodes.length > mostNodes) {
        this.#isExhausted = true;
        throw tooLarge(expression);
      }
      return this.#compute(expression, frame);
    } catch (error) {
      return this.spoil(error, expression, frame);
    }
  }

  spoil(error: unknown, expression: Expression, frame: Frame): Value {
    if (!(error instanceof Spoilt)) this.report.add(this.problemIn(error, expression, frame));
    return poison;
  }

  problemIn(error: unknown, expression: Expression, frame: Frame): Problem {
    let problem: Problem;
    if (error instanceof Problem) problem = error;
    else if (error instanceof TypeProblem)
      problem = new Problem("shape-mismatch", expression.span, sentence(error.message), error.hint);
    else if (error instanceof RangeError)
      problem = new Problem(
        "too-deep",
        expression.span,
        "This expression is nested too deep.",
        "give parts of it names of their own",
      );
    else throw error;
    const [call] = frame.calls;
    if (call === undefined) return problem;
    // An option that a function of the prelude gives is no place of the caller's.
    if (problem.pinned && problem.span.source === call.span.source) return problem;
    const related = [
      ...callTrail(frame.calls),
      { span: problem.span, message: `in ${frame.calls.at(-1)?.definition.name ?? ""}, here` },
    ];
    return new Problem(problem.code, call.span, problem.message, problem.hint, [
      ...related,
      ...problem.related,
    ]);
  }

  #compute(expression: Expression, frame: Frame): Value {
    const inner: Frame = frame.declaring === undefined ? frame : { ...frame, declaring: undefined };
    switch (expression.kind) {
      case "number":
        return numberValue(expression.value);
      case "string":
        return { kind: "string", value: expression.value };
      case "name":
        return nameValue(this, expression.name, expression.span, inner);
      case "unary":
        return unaryValue(this, expression, inner);
      case "binary":
        return binaryValue(this, expression, inner);
      case "comparison":
        return comparisonValue(this, expression, inner);
      case "conditional":
        return conditionalValue(this, expression, frame);
      case "array":
        return this.withArguments(expression.items, inner, (items) =>
          array(this.place(expression.span, inner), items),
        );
      case "object":
        return objectValue(this, expression, inner);
      case "range":
        return this.withArguments(
          expression.step === undefined
            ? [expression.start, expression.end]
            : [expression.start, expression.end, expression.step],
          inner,
          ([start, end, step]) => range(this.place(expression.span, inner), start, end, step),
        );
      case "call":
        return callValue(this, expression, frame);
      case "index":
        return elementsOf(this, expression, inner);
      case "field":
        return fieldValue(this, expression, inner);
      case "function":
        return { kind: "function", definition: expression, scope: inner.scope };
      case "binding":
        throw new Problem(
          "misplaced-binding",
          expression.nameSpan,
          `A name cannot be defined here: ${expression.name} = … stands inside an expression.`,
          "write {name: value} for an option, == to compare, or let(name = value, expression) for a local name",
        );
    }
  }

  place(span: SourceSpan, frame: Frame): Place {
    return {
      build: new Builder(this.#graph, origin(span, frame)),
      problem: (code, message, hint, at = span) => new Problem(code, at, message, hint),
    };
  }

  argument(expression: Expression, frame: Frame): Argument {
    return { value: this.evaluate(expression, frame), expression, label: labelOf(expression, frame.scope) };
  }

  withArguments(
    expressions: readonly Expression[],
    frame: Frame,
    then: (values: readonly Argument[]) => Value,
  ): Value {
    const values = expressions.map((expression) => this.argument(expression, frame));
    return values.some(({ value }) => value.kind === "poison") ? poison : then(values);
  }

  watchFinite(value: Value, operands: readonly Argument[], expression: Expression, frame: Frame): Value {
    if (!isNotFinite(value) || operands.some((operand) => isNotFinite(operand.value))) return value;
    const found = value.kind === "number" ? String(value.value) : "not finite everywhere";
    const message = `${labelOf(expression, frame.scope)} is ${found}, and so is what is computed from it.`;
    const problem = new Problem("not-finite", expression.span, message);
    this.report.warn(this.problemIn(problem, expression, frame));
    return value;
  }

  /** Calls a function on values that no text stands for: an optimizer's step on a parameter and its gradient. */
  invoke(callee: FunctionValue, values: readonly (readonly [string, Value])[], call: SourceSpan): Value {
    const scope = new Scope(callee.scope);
    const { definition } = callee;
    definition.parameters.forEach(({ name }, index) => {
      const [label, value] = values[index] ?? ["", poison];
      scope.define(name, value, label);
    });
    return this.evaluate(definition.body, { scope, calls: [{ span: call, definition }], path: [] });
  }
}

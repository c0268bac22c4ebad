import { didYouMean, InvariantError, type SourceSpan } from "../diagnostics/index.ts";
import type { Graph } from "../graph/index.ts";
import { Builder, TypeProblem } from "../operations/index.ts";
import { binary, choose, compare, logical, negate, negation } from "./arithmetic.ts";
import { array, range } from "./arrays.ts";
import type { Argument, Builtin, Call, Declarations } from "./builtins/builtin.ts";
import { builtins, constants } from "./builtins/index.ts";
import {
  type Frame,
  callTrail,
  deepestCalls,
  endlessCalls,
  labelOf,
  origin,
  sentence,
  tooLarge,
  wrongCount,
} from "./frame.ts";
import { indexValue } from "./indexing.ts";
import type { NameTrouble } from "./names.ts";
import { knownFields } from "./options.ts";
import { Problem, type Report, Spoilt } from "./problem.ts";
import { Scope } from "./scope.ts";
import type { BinaryExpression, CallExpression, Expression } from "./syntax.ts";
import { type Place, isNumeric, shapeOf, isOrHas, toNode } from "./tensors.ts";
import {
  type FunctionValue,
  type Value,
  isNotFinite,
  sayKind,
  numberValue,
  poison,
  tensor,
} from "./value.ts";
import { configureOptimizer } from "./optimizer.ts";

/** Expressions evaluated for one file, functions expanded: a bound on what hostile text can cost. */
const mostEvaluations = 300_000;
/** Above this many nodes the graph itself is the problem. */
const mostNodes = 1_000_000;

export interface EvaluatorOptions {
  readonly graph: Graph;
  readonly report: Report;
  readonly declare: Declarations;
  /** What is wrong with a name that means nothing where it stands. */
  readonly explainName: (name: string, visible: readonly string[], isCall?: boolean) => NameTrouble;
}

/** Gives expressions their values, expanding every function where it is called. */
export class Evaluator {
  readonly #options: EvaluatorOptions;
  #evaluations = 0;
  #isExhausted = false;

  constructor(options: EvaluatorOptions) {
    this.#options = options;
  }

  /** The value of an expression; a mistake in it is reported and leaves poison. */
  evaluate(expression: Expression, frame: Frame): Value {
    try {
      this.#evaluations += 1;
      if (this.#isExhausted) return poison;
      if (this.#evaluations > mostEvaluations || this.#options.graph.nodes.length > mostNodes) {
        this.#isExhausted = true;
        throw tooLarge(expression);
      }
      return this.#compute(expression, frame);
    } catch (error) {
      return this.#spoil(error, expression, frame);
    }
  }

  /** What a mistake leaves, once it is told. */
  #spoil(error: unknown, expression: Expression, frame: Frame): Value {
    if (!(error instanceof Spoilt)) this.#options.report.add(this.#asProblem(error, expression, frame));
    return poison;
  }

  /** A mistake inside a function is the caller's to understand: it is told at the call. */
  #asProblem(error: unknown, expression: Expression, frame: Frame): Problem {
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
    if (call === undefined || problem.pinned) return problem;
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
        return this.#name(expression.name, expression.span, inner);
      case "unary":
        return this.#unary(expression, inner);
      case "binary":
        return this.#binary(expression, inner);
      case "comparison":
        return this.#comparison(expression, inner);
      case "conditional":
        return this.#conditional(expression, frame);
      case "array":
        return this.#withArguments(expression.items, inner, (items) =>
          array(this.#place(expression.span, inner), items),
        );
      case "object":
        return this.#object(expression, inner);
      case "range":
        return this.#withArguments(
          expression.step === undefined
            ? [expression.start, expression.end]
            : [expression.start, expression.end, expression.step],
          inner,
          ([start, end, step]) => range(this.#place(expression.span, inner), start, end, step),
        );
      case "call":
        return this.#call(expression, frame);
      case "index":
        return this.#index(expression, inner);
      case "field":
        return this.#field(expression, inner);
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

  #place(span: SourceSpan, frame: Frame): Place {
    return {
      build: new Builder(this.#options.graph, origin(span, frame)),
      problem: (code, message, hint, at = span) => new Problem(code, at, message, hint),
    };
  }

  argument(expression: Expression, frame: Frame): Argument {
    return { value: this.evaluate(expression, frame), expression, label: labelOf(expression, frame.scope) };
  }

  /** Evaluates all, so that mistakes in each are found; goes on only without. */
  #withArguments(
    expressions: readonly Expression[],
    frame: Frame,
    then: (values: readonly Argument[]) => Value,
  ): Value {
    const values = expressions.map((expression) => this.argument(expression, frame));
    return values.some(({ value }) => value.kind === "poison") ? poison : then(values);
  }

  #name(name: string, span: SourceSpan, frame: Frame, isCall = false): Value {
    if (name === "end" && frame.end !== undefined) return numberValue(frame.end);
    const known = constants.get(name) ?? frame.scope.lookup(name);
    if (known !== undefined) return known;
    const builtin = builtins.get(name);
    if (builtin !== undefined) return { kind: "builtin", builtin };
    const visible = [...frame.scope.names, ...builtins.keys(), ...constants.keys()];
    const { code, message, hint, related } = this.#options.explainName(name, visible, isCall);
    throw new Problem(code, span, message, hint, related);
  }

  #unary(expression: Expression & { kind: "unary" }, frame: Frame): Value {
    return this.#withArguments([expression.operand], frame, ([operand]) => {
      if (operand === undefined) throw new InvariantError("an operator has an operand");
      const place = this.#place(expression.span, frame);
      switch (expression.operator) {
        case "-":
          return negate(place, operand);
        case "+":
          return operand.value;
        case "not":
          return negation(place, operand);
        case "'":
          return this.#transpose(place, operand);
      }
    });
  }

  /** Of a matrix. mathjs's transpose of a vector is the vector itself, which is seldom what was meant. */
  #transpose(place: Place, operand: Argument): Value {
    const value = operand.value;
    const shape = isNumeric(value) ? shapeOf(value) : undefined;
    if (shape === undefined || !isNumeric(value) || shape.length > 2) {
      const found = shape === undefined ? `is ${sayKind(value)}` : isOrHas(shape);
      throw place.problem(
        "shape-mismatch",
        `${operand.label} ${found}: only a matrix can be transposed.`,
        "bring it to two dimensions first, with reshape or an index",
      );
    }
    if (shape.length < 2) {
      if (shape.length === 1) {
        this.#options.report.warn(
          place.problem(
            "vector-transpose",
            `${operand.label} ${isOrHas(shape)}: transposing a vector changes nothing.`,
            "write x * y for the dot product, outer(x, y) for the outer product",
          ),
        );
      }
      return value;
    }
    return tensor(place.build.apply("permute", [toNode(place.build, value)], { order: [1, 0] }));
  }

  /** A sum of a thousand terms leans to the left: its spine is walked by a loop. */
  #binary(expression: BinaryExpression, frame: Frame): Value {
    const spine: BinaryExpression[] = [];
    let leftmost: Expression = expression;
    while (leftmost.kind === "binary") {
      spine.push(leftmost);
      leftmost = leftmost.left;
    }
    let left = this.argument(leftmost, frame);
    for (const each of spine.reverse()) {
      left = { ...left, expression: each.left, label: labelOf(each.left, frame.scope) };
      const right = this.argument(each.right, frame);
      left = { ...left, value: this.#combine(each, left, right, frame) };
    }
    return left.value;
  }

  #combine(expression: BinaryExpression, left: Argument, right: Argument, frame: Frame): Value {
    if (left.value.kind === "poison" || right.value.kind === "poison") return poison;
    try {
      const value = binary(this.#place(expression.span, frame), expression.operator, left, right);
      return this.#watchFinite(value, [left, right], expression, frame);
    } catch (error) {
      return this.#spoil(error, expression, frame);
    }
  }

  #comparison(expression: Expression & { kind: "comparison" }, frame: Frame): Value {
    return this.#withArguments(expression.operands, frame, (operands) => {
      const place = this.#place(expression.span, frame);
      const parts = expression.operators.map((operator, index): Argument => {
        const [left, right] = [operands[index], operands[index + 1]];
        if (left === undefined || right === undefined) throw new InvariantError("a comparison has two sides");
        return {
          value: compare(place, operator, left, right),
          expression,
          label: labelOf(expression, frame.scope),
        };
      });
      return parts.reduce((all, each) => ({ ...all, value: logical(place, "and", all, each) })).value;
    });
  }

  /** Of a condition known now only the branch taken is looked at. */
  #conditional(expression: Expression & { kind: "conditional" }, frame: Frame): Value {
    const condition = this.argument(expression.condition, { ...frame, declaring: undefined });
    if (condition.value.kind === "poison") return poison;
    if (condition.value.kind === "boolean") {
      return this.evaluate(condition.value.value ? expression.then : expression.otherwise, frame);
    }
    const inner = { ...frame, declaring: undefined };
    return this.#withArguments([expression.then, expression.otherwise], inner, ([a, b]) => {
      if (a === undefined || b === undefined) throw new InvariantError("a conditional has two branches");
      return choose(this.#place(expression.span, inner), condition, a, b);
    });
  }

  #object(expression: Expression & { kind: "object" }, frame: Frame): Value {
    const fields = new Map<string, { readonly value: Value; readonly span: SourceSpan }>();
    for (const { name, span, value } of expression.fields) {
      if (fields.has(name)) {
        const message = `The field ${name} is given twice.`;
        const repeated = new Problem("repeated-definition", span, message, "remove one of them");
        this.#options.report.add(this.#asProblem(repeated, expression, frame));
        continue;
      }
      fields.set(name, { value: this.evaluate(value, frame), span });
    }
    return { kind: "object", fields, span: expression.span };
  }

  #field(expression: Expression & { kind: "field" }, frame: Frame): Value {
    return this.#withArguments([expression.object], frame, ([object]) => {
      if (object?.value.kind !== "object") {
        throw new Problem(
          "unknown-field",
          expression.span,
          `${object?.label ?? ""} is ${object === undefined ? "nothing" : sayKind(object.value)}, which has no fields.`,
        );
      }
      const { fields } = object.value;
      const field = fields.get(expression.name);
      if (field !== undefined) return field.value;
      const names = [...fields.keys()];
      throw new Problem(
        "unknown-field",
        expression.nameSpan,
        `${object.label} has no field ${expression.name}; it has ${names.join(", ") || "none"}.`,
        didYouMean(expression.name, names),
      );
    });
  }

  #index(expression: Expression & { kind: "index" }, frame: Frame): Value {
    const object = this.argument(expression.object, frame);
    if (object.value.kind === "poison") return poison;
    const shape = isNumeric(object.value) ? shapeOf(object.value) : [];
    const places = expression.dimensions.map((dimension, axis): Argument | undefined => {
      const inIndex = { ...frame, end: shape[axis] ?? 1 };
      return this.argument(dimension, inIndex);
    });
    if (places.some((each) => each?.value.kind === "poison")) return poison;
    return indexValue(this.#place(expression.span, frame), object, places as readonly Argument[]); // every entry is set above
  }

  #call(expression: CallExpression, frame: Frame): Value {
    const { callee } = expression;
    if (callee.kind === "name" && callee.name === "let") return this.#let(expression, frame);
    const inner: Frame = { ...frame, declaring: undefined };
    const called = this.#callee(callee, inner);
    const values = expression.arguments.map((argument) => this.argument(argument, inner));
    return called.kind === "poison" ? poison : this.#apply(called, values, expression, frame);
  }

  #callee(callee: Expression, frame: Frame): Value {
    if (callee.kind !== "name") return this.evaluate(callee, frame);
    try {
      return this.#name(callee.name, callee.span, frame, true);
    } catch (error) {
      return this.#spoil(error, callee, frame);
    }
  }

  /** A function is expanded whatever spoilt its arguments, so that mistakes in its options are told as well. */
  #apply(callee: Value, values: readonly Argument[], expression: CallExpression, frame: Frame): Value {
    switch (callee.kind) {
      case "builtin": {
        const { minimum, maximum, name, usage } = callee.builtin;
        if (values.length < minimum || values.length > maximum)
          throw wrongCount(name, usage, minimum, maximum, values.length, expression);
        return this.#applyBuiltin(
          callee.builtin,
          this.#builtinCall(values, expression, frame),
          expression,
          frame,
        );
      }
      case "function":
        return this.#expand(callee, values, expression, frame);
      case "optimizerDefinition":
        return configureOptimizer(callee, this.#builtinCall(values, expression, frame));
      case "tensor":
      case "number":
      case "array":
      case "boolean":
      case "string":
      case "object":
      case "optimizer":
      case "poison":
        throw new Problem(
          "not-a-function",
          expression.span,
          `${labelOf(expression.callee, frame.scope)} is ${sayKind(callee)}, not a function.`,
          "write * for a product",
        );
    }
  }

  /** With a spoilt argument, all that can be told is whether the options have names that exist. */
  #applyBuiltin(builtin: Builtin, call: Call, expression: Expression, frame: Frame): Value {
    const { arguments: values, report } = call;
    if (values.every(({ value }) => value.kind !== "poison"))
      return this.#watchFinite(builtin.apply(call), values, expression, frame);
    const last = values.at(-1)?.value;
    if (last?.kind === "object" && builtin.options !== undefined) knownFields(last, builtin.options, report);
    return poison;
  }

  /** Warns where finite numbers give one that is not: nobody writes log(-1) to say NaN. */
  #watchFinite(value: Value, operands: readonly Argument[], expression: Expression, frame: Frame): Value {
    if (!isNotFinite(value) || operands.some((operand) => isNotFinite(operand.value))) return value;
    const found = value.kind === "number" ? String(value.value) : "not finite everywhere";
    const message = `${labelOf(expression, frame.scope)} is ${found}, and so is what is computed from it.`;
    const problem = new Problem("not-finite", expression.span, message);
    this.#options.report.warn(this.#asProblem(problem, expression, frame));
    return value;
  }

  #builtinCall(values: readonly Argument[], expression: CallExpression, frame: Frame): Call {
    return {
      ...this.#place(expression.span, frame),
      span: expression.span,
      arguments: values,
      declaring: frame.declaring,
      declare: this.#options.declare,
      invoke: (callee, given) =>
        this.#apply(
          callee,
          given.map((value) => ({ value, expression, label: "the argument" })),
          expression,
          { ...frame, declaring: undefined },
        ),
      report: (problem) => {
        this.#options.report.add(this.#asProblem(problem, expression, frame));
      },
      warn: (problem) => {
        this.#options.report.warn(problem);
      },
    };
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

  #expand(
    callee: FunctionValue,
    values: readonly Argument[],
    expression: CallExpression,
    frame: Frame,
  ): Value {
    const { definition } = callee;
    const { parameters } = definition;
    // The last parameter may be left out if it is called `options`.
    const required = parameters.at(-1)?.name === "options" ? parameters.length - 1 : parameters.length;
    if (values.length < required || values.length > parameters.length) {
      const usage = `${definition.name}(${parameters.map(({ name }) => name).join(", ")})`;
      throw wrongCount(definition.name, usage, required, parameters.length, values.length, expression);
    }
    if (frame.calls.length >= deepestCalls) throw endlessCalls(definition, expression.span, frame);
    const scope = new Scope(callee.scope);
    parameters.forEach(({ name }, index) => {
      const given = values[index];
      if (given === undefined)
        scope.define(name, { kind: "object", fields: new Map(), span: expression.span });
      else scope.define(name, given.value, given.label);
    });
    const calls = [...frame.calls, { span: expression.span, definition }];
    return this.evaluate(definition.body, { scope, calls, path: frame.path, declaring: undefined });
  }

  /** `let(a = …, b = …, expression)`: names for the last argument only. */
  #let(expression: CallExpression, frame: Frame): Value {
    const scope = new Scope(frame.scope);
    const own = new Set<string>();
    const last = expression.arguments.at(-1);
    for (const argument of expression.arguments.slice(0, -1)) {
      if (argument.kind !== "binding" && argument.kind !== "function") {
        throw new Problem(
          "wrong-argument",
          argument.span,
          "Only the last argument of let is an expression; the others define names.",
          "write let(name = value, …, expression)",
        );
      }
      if (own.has(argument.name)) {
        throw new Problem(
          "repeated-definition",
          argument.nameSpan,
          `${argument.name} is already defined in this let.`,
          "choose another name",
        );
      }
      own.add(argument.name);
      const path = [...frame.path, argument.name];
      const declaring = { name: path.join("."), span: argument.nameSpan, topLevel: false };
      const value = argument.kind === "binding" ? argument.value : argument;
      scope.define(argument.name, this.evaluate(value, { ...frame, scope, path, declaring }));
    }
    if (last === undefined || last.kind === "binding" || last.kind === "function") {
      throw new Problem(
        "wrong-argument",
        (last ?? expression).span,
        "let lacks the expression that its names are for.",
        "write let(name = value, …, expression)",
      );
    }
    return this.evaluate(last, { ...frame, scope, declaring: undefined });
  }
}

import type { Node, NodeOf } from "../../graph/index.ts";
import { type Field, tensor } from "../value.ts";
import { numeric, realNode, shapeOf } from "../tensors.ts";
import { optionsOf, positiveInteger, wrongOption } from "../options.ts";
import { attempt, Spoilt } from "../problem.ts";
import { reservedNameTrouble } from "../names.ts";
import type { Argument, Builtin, Call } from "./builtin.ts";
import { builtin } from "./builtin.ts";
import { declaring } from "./declaring.ts";
import { initializerFrom, initializerOptions } from "./initializers.ts";
import { shapeArgument } from "./shapes.ts";
import { state } from "./state.ts";

/** The shape may be left out: `target({categories: 3})` is one label. */
function shapeAndOptions(
  call: Call,
  name: string,
): {
  readonly shape: readonly number[];
  readonly options: Argument | undefined;
} {
  const [first, second] = call.arguments;
  if (first === undefined || first.value.kind === "object") {
    if (second !== undefined)
      throw call.problem(
        "wrong-argument",
        "Options come after the shape.",
        "write them last",
        second.expression.span,
      );
    return { shape: [], options: first };
  }
  if (first.value.kind === "number" && second?.value.kind === "number") {
    const shape = `[${first.label}, ${second.label}]`;
    throw call.problem(
      "wrong-argument",
      `A shape is one array: ${shape}.`,
      `write ${name}(${shape})`,
      second.expression.span,
    );
  }
  return { shape: shapeArgument(call, first), options: second };
}

const dataOptions = { input: ["categories"], target: ["categories", "distribution"] } as const;

function data(role: "input" | "target"): Builtin {
  return {
    name: role,
    usage: `${role}([n]), ${role}() for a scalar, or ${role}([n], {categories: k}) for integers`,
    minimum: 0,
    maximum: 2,
    options: dataOptions[role],
    apply: (call) => {
      const { name, span, topLevel } = declaring(call, role);
      if (!topLevel) {
        throw call.problem(
          "misplaced-declaration",
          `An ${role} is declared as a statement of the file, not inside a function.`.replace("An t", "A t"),
          "pass it as an argument",
        );
      }
      const trouble = reservedNameTrouble(name, true);
      if (trouble !== undefined) throw call.problem(trouble.code, trouble.message, trouble.hint, span);
      const { shape, options } = shapeAndOptions(call, role);
      const given = optionsOf(call, options, dataOptions[role]);
      const categories = given.get("categories");
      const distribution = booleanOption("distribution", given.get("distribution"));
      const attributes: NodeOf<"input">["attributes"] = {
        name,
        role,
        ...(categories === undefined ? {} : { categories: positiveInteger("categories", categories, 3) }),
        ...(distribution ? { distribution } : {}),
      };
      const element = categories === undefined ? "real" : "integer";
      const node = call.build.leaf("input", attributes, { shape, batched: true, element });
      call.declare.input(role, { name, node, span });
      return tensor(node);
    },
  };
}

function booleanOption(name: string, field: Field | undefined): boolean {
  if (field === undefined) return false;
  if (field.value.kind === "poison") throw new Spoilt();
  if (field.value.kind === "boolean") return field.value.value;
  throw wrongOption(name, field, "true or false");
}

const parameter: Builtin = {
  name: "parameter",
  usage: 'parameter([rows, columns], {init: "he"}), or parameter() for a scalar',
  minimum: 0,
  maximum: 2,
  options: initializerOptions,
  apply: (call) => {
    const { name, span } = declaring(call, "parameter");
    const { shape, options } = shapeAndOptions(call, "parameter");
    // Whatever is wrong with its start, the parameter has a shape, and more mistakes can be found.
    const initializer = attempt(call.report, () =>
      initializerFrom(call, optionsOf(call, options, initializerOptions), shape),
    ) ?? { kind: "zeros" };
    const unique = call.declare.uniqueName(name);
    const node = call.build.leaf("parameter", { name: unique }, { shape, batched: false, element: "real" });
    // What a layer owns is declared, for the user, by the statement that calls the layer.
    const { origin } = call.build;
    const place = origin.kind === "source" ? (origin.call ?? span) : span;
    call.declare.parameter({ name: unique, node, initializer, span: place });
    return tensor(node);
  },
};

const randomOptions = ["shared"] as const;

/** Others for each call, each step and, unless they are shared, each sample. */
const random: Builtin = {
  name: "random",
  usage: "random([n]), random() for a scalar, or random([n], {shared: true}) for the same in every sample",
  minimum: 0,
  maximum: 2,
  options: randomOptions,
  apply: (call) => {
    const { shape, options } = shapeAndOptions(call, "random");
    const isShared = booleanOption("shared", optionsOf(call, options, randomOptions).get("shared"));
    const stream = call.declare.stream?.();
    if (stream === undefined)
      throw call.problem(
        "wrong-optimizer",
        "An optimizer draws no random numbers: its step follows from the gradient.",
        "draw them in the network, where gradients can be noisy as well",
      );
    return tensor(call.build.leaf("random", { stream }, { shape, batched: !isShared, element: "real" }));
  },
};

const constant = builtin("constant", "constant([1, 2; 3, 4])", (call, value) => {
  const given = numeric(call, value);
  if (given.kind === "tensor" && dependsOnData(given.node)) {
    throw call.problem(
      "wrong-argument",
      `${value.label} is not known when the file is read.`,
      "a constant consists of numbers",
      value.expression.span,
    );
  }
  return shapeOf(given).length === 0 ? given : tensor(realNode(call, value));
});

function dependsOnData(node: Node): boolean {
  return node.operation !== "constant" && node.operation !== "literal";
}

export const declarationBuiltins: readonly Builtin[] = [
  data("input"),
  data("target"),
  parameter,
  state,
  random,
  constant,
];

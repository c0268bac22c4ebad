import type { SourceSpan } from "../diagnostics/index.ts";
import type { Node } from "../graph/index.ts";
import type { Builtin } from "./builtins/builtin.ts";
import type { Range } from "./ranges.ts";
import type { Scope } from "./scope.ts";
import type { FunctionExpression } from "./syntax.ts";

/** What an expression means while a file is read. Only tensors live on in the graph. */
export type Value =
  | TensorValue
  /** Known now: usable in shapes and as an index; becomes a constant where a tensor meets it. */
  | NumberValue
  | ArrayValue
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "string"; readonly value: string }
  | ObjectValue
  | FunctionValue
  | { readonly kind: "builtin"; readonly builtin: Builtin }
  | OptimizerDefinition
  | OptimizerValue
  /** What a mistake leaves behind. It spoils whatever it touches, silently, so that one mistake is reported once. */
  | { readonly kind: "poison" };

export interface TensorValue {
  readonly kind: "tensor";
  readonly node: Node;
}

export interface NumberValue {
  readonly kind: "number";
  readonly value: number;
}

/** Numbers known now, row-major. */
export interface ArrayValue {
  readonly kind: "array";
  readonly shape: readonly number[];
  readonly data: readonly number[];
  /** Set where the numbers are those of a range: then they can be counted instead of stored. */
  readonly range?: { readonly from: number; readonly step: number };
}

export interface ObjectValue {
  readonly kind: "object";
  /** One that holds a mistake is poison by itself; the others stay sound. */
  readonly fields: ReadonlyMap<string, Field>;
  readonly span: SourceSpan;
}

export interface Field {
  readonly value: Value;
  /** The field's name where it was written. */
  readonly span: SourceSpan;
  /** What was written as its value; a field that no text stands for has none. */
  readonly valueSpan?: SourceSpan;
  /** How messages call it: by that text, or the text passed for it where it is a function's parameter. */
  readonly label?: string;
}

/** A function of the file or of the prelude; expanded where it is called. */
export interface FunctionValue {
  readonly kind: "function";
  readonly definition: FunctionExpression;
  readonly scope: Scope;
}

/** `optimizer({…options}, {…states}, step(w, g, s, t, o) = …)`: called with options it gives an `OptimizerValue`. */
export interface OptimizerDefinition {
  readonly kind: "optimizerDefinition";
  readonly name: string;
  readonly options: ReadonlyMap<string, number>;
  /** Where the value of an option must lie, for those that say so. */
  readonly ranges: ReadonlyMap<string, Range>;
  readonly states: ReadonlyMap<string, StateDefinition>;
  readonly step: FunctionValue;
}

/** What an optimizer remembers from step to step. */
export interface StateDefinition {
  readonly start: number;
  /** One number for all parameters, that depends on the step and the options alone; else one for each of their elements. */
  readonly isShared: boolean;
}

/** An option that follows the number t of the step. */
export interface Schedule {
  /** The option's name. */
  readonly name: string;
  /** Of t alone. */
  readonly rate: FunctionValue;
  /** Where the option must lie, if its optimizer says so. */
  readonly range: Range | undefined;
  /** Where it was written. */
  readonly span: SourceSpan;
}

export interface OptimizerValue {
  readonly kind: "optimizer";
  readonly definition: OptimizerDefinition;
  readonly options: ReadonlyMap<string, number | Schedule>;
  /** Where it was asked for. */
  readonly span: SourceSpan;
}

export const poison: Value = { kind: "poison" };

export function tensor(node: Node): TensorValue {
  return { kind: "tensor", node };
}

export function numberValue(value: number): NumberValue {
  return { kind: "number", value };
}

/** An array with other elements. */
export function arrayLike(
  { shape, data }: ArrayValue,
  element: (each: number, index: number) => number,
): ArrayValue {
  return { kind: "array", shape, data: data.map(element) };
}

/** How a message calls a value. */
export function sayKind(value: Value): string {
  if (value.kind !== "tensor") return kindNames[value.kind];
  const { node } = value;
  if (node.operation === "parameter") return "a parameter";
  if (node.operation === "input") return node.attributes.role === "input" ? "an input" : "a target";
  return kindNames.tensor;
}

/** How a message calls what was found where something else was expected: small values by themselves. */
export function sayFound(value: Value): string {
  if (value.kind === "number" || value.kind === "boolean") return String(value.value);
  if (value.kind === "string" && value.value.length <= 40) return JSON.stringify(value.value);
  if (value.kind === "array") return `an array of ${value.shape.join("×")} numbers`;
  return sayKind(value);
}

/** Whether some number known now is infinite or none at all. */
export function isNotFinite(value: Value): boolean {
  if (value.kind === "number") return !Number.isFinite(value.value);
  return value.kind === "array" && !value.data.every(Number.isFinite);
}

const kindNames: Readonly<Record<Value["kind"], string>> = {
  tensor: "a computed value",
  number: "a number",
  array: "an array of numbers",
  boolean: "a truth value",
  string: "a string",
  object: "an object",
  function: "a function",
  builtin: "a function",
  optimizerDefinition: "an optimizer without its options",
  optimizer: "an optimizer",
  poison: "a mistake",
};

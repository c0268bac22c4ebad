import { type Node, type OperationName, sameShape } from "../graph/index.ts";

/**
 * What the error δh of a statement h is the derivative by: h itself where parameters enter by sums and products with
 * data alone, or what h applies its activation to.
 */
export type ErrorOf = "value" | "preactivation";

/** How a node depends on the parameters in it. `base` is the sum that parameters enter, without constant scale and shift. */
type Form =
  /** Not at all: constants, or else inputs and other statements. */
  | { readonly kind: "constant" | "data" }
  /** A parameter, or a view of one. */
  | { readonly kind: "bare" }
  /** A parameter times data, or a sum of such. */
  | { readonly kind: "term" | "sum"; readonly base: Node }
  /** By one sum alone, which some function is applied to. */
  | { readonly kind: "function"; readonly base: Node }
  /** In any other way. */
  | { readonly kind: "mixed" };

/** For each statement that is a sum which parameters enter, or a function of nothing but one such sum, which of these. */
export function errorsOf(shown: readonly Node[], statements: ReadonlySet<Node>): ReadonlyMap<Node, ErrorOf> {
  const forms = new Map<Node, Form>();
  const found = new Map<Node, ErrorOf>();
  for (const node of shown) {
    const operands = node.inputs.map((input): Form =>
      statements.has(input) ? { kind: "data" } : (forms.get(input) ?? { kind: "mixed" }),
    );
    const form = formOf(node, operands);
    forms.set(node, form);
    if (!statements.has(node)) continue;
    if (form.kind === "term" || form.kind === "sum") found.set(node, "value");
    if (form.kind === "function" && sameShape(form.base.type.shape, node.type.shape))
      found.set(node, "preactivation");
  }
  return found;
}

const views: ReadonlySet<OperationName> = new Set<OperationName>(["broadcast", "reshape", "permute"]);
const products: ReadonlySet<OperationName> = new Set<OperationName>(["multiply", "einsum", "gather"]);
const scalings: ReadonlySet<OperationName> = new Set<OperationName>(["multiply", "divide", "negate"]);
const sums: ReadonlySet<OperationName> = new Set<OperationName>(["add", "subtract"]);

function formOf(node: Node, operands: readonly Form[]): Form {
  if (node.operation === "parameter") return { kind: "bare" };
  if (node.operation === "input" || node.operation === "state") return { kind: "data" };
  if (operands.every(({ kind }) => kind === "constant")) return { kind: "constant" };
  if (operands.every(isFree)) return { kind: "data" };
  return linearForm(node, operands) ?? functionForm(operands);
}

function isFree({ kind }: Form): boolean {
  return kind === "constant" || kind === "data";
}

function linearForm(node: Node, operands: readonly Form[]): Form | undefined {
  const [first] = operands;
  const [carrier, another] = operands.filter((form) => !isFree(form));
  if (carrier === undefined) return undefined;
  if (sums.has(node.operation)) {
    const isLinear = operands.every(({ kind }) => kind !== "function" && kind !== "mixed");
    if (!isLinear) return undefined;
    const isShift = another === undefined && "base" in carrier && operands.some(isConstant);
    return { kind: "sum", base: isShift ? carrier.base : node };
  }
  if (another !== undefined || carrier.kind === "function" || carrier.kind === "mixed") return undefined;
  const isScaling = scalings.has(node.operation) && (node.operation !== "divide" || first === carrier);
  if (isScaling && operands.every((form) => form === carrier || isConstant(form))) return carrier;
  if (carrier.kind === "sum") return undefined;
  if (views.has(node.operation)) return carrier.kind === "bare" ? carrier : { kind: "term", base: node };
  const isSum = node.operation === "reduce" && node.attributes.kind === "sum";
  const isTerm = carrier.kind === "bare" ? products.has(node.operation) || isSum : isSum;
  return isTerm ? { kind: "term", base: node } : undefined;
}

function isConstant({ kind }: Form): boolean {
  return kind === "constant";
}

function functionForm(operands: readonly Form[]): Form {
  const varying = operands.filter((form) => !isConstant(form));
  const bases = new Set(varying.map((form) => ("base" in form ? form.base : undefined)));
  const [base] = bases;
  return base === undefined || bases.size > 1 ? { kind: "mixed" } : { kind: "function", base };
}

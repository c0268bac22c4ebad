import { type Node, type NodeOf, type OperationName, recurrenceOf, stepsOf } from "../graph/index.ts";
import { constantValue, parseSpecification, precedence, summedLetters } from "../operations/index.ts";
import {
  addAffine,
  type Affine,
  affineConstant,
  scaleAffine,
  shiftAffine,
  subtractAffine,
} from "../program/index.ts";
import type { ElementWriter } from "./elements.ts";
import {
  bigSum,
  bracket,
  call,
  drawSymbol,
  equal,
  type Formula,
  fraction,
  indexed,
  named,
  number,
  product,
  sum,
  symbol,
} from "./formula.ts";
import { type Indices, movedIndices, type Scope } from "./indices.ts";
import { literalFormula } from "./matrix.ts";
import { operandOf } from "./operands.ts";

type ElementForms = {
  readonly [K in OperationName]?: (
    writer: ElementWriter,
    node: NodeOf<K>,
    at: Indices,
    scope: Scope,
  ) => Formula;
};

function view(writer: ElementWriter, node: Node, at: Indices, scope: Scope): Formula {
  const moved = movedIndices(node, at);
  if (moved === undefined) return writer.ofWhole(named(node.operation), node, node.type.shape, at, scope);
  return writer.mention(operandOf(node), moved, scope);
}

/** How the elements of operations that are not elementwise are written. */
export const elementForms: ElementForms = {
  constant: (_writer, { attributes }) => number(attributes.value),
  literal: (writer, { attributes, type }, at) =>
    indexed(
      literalFormula(attributes.data, type.shape),
      at.map((index) => writer.index(index)),
    ),
  iota: (writer, { attributes }, at) =>
    sum(writer.index(at[attributes.axis] ?? affineConstant(0)), number(-1)),
  batchSize: (writer) => writer.batchSize,
  step: () => symbol("step", "\\mathrm{step}"),
  delay: (writer, node, at, scope) => {
    const { axis, reverse } = node.attributes;
    const { initial, next } = recurrenceOf(node);
    const before = at.map((index, k) => (k === axis ? shiftAffine(index, reverse ? 1 : -1) : index));
    const earlier = writer.mention(next, before, scope);
    if (constantValue(initial) === 0) return earlier;
    const [first, from, to] = reverse ? [stepsOf(node), 1, stepsOf(node) - 1] : [1, 2, stepsOf(node)];
    const step = writer.index(at[axis] ?? affineConstant(0));
    const start = at.filter((_, k) => k !== axis);
    return sum(
      product("space", bracket(within(step, from, to)), earlier),
      product("space", bracket(equal(step, number(first))), writer.mention(initial, start, scope)),
    );
  },
  random: (writer, { attributes }, at) =>
    indexed(
      drawSymbol(attributes.stream),
      at.map((index) => writer.index(index)),
    ),
  broadcast: view,
  permute: view,
  slice: view,
  reshape: view,
  window: view,
  pad: (writer, node, at, scope) => {
    const { steps } = node.attributes;
    return steps.every((step) => Math.abs(step) === 1)
      ? shifted(writer, node, at, scope)
      : placed(writer, node, at, scope);
  },
  overlapAdd: (writer, node, at, scope) => {
    const { axes, strides, dilations } = node.attributes;
    const operand = operandOf(node);
    const { shape } = operand.type;
    const rank = at.length;
    const sizes = shape.slice(rank);
    // Where windows lie close, the one that shows an element at offset k is known: o = i − k·dilation.
    const isKnown = (k: number): boolean => strides[k] === 1;
    const searched = axes.filter((_, k) => !isKnown(k)).map((axis) => shape[axis] ?? 1);
    return writer.summed([...searched, ...sizes], scope, (over, inner) => {
      const offsets = over.slice(searched.length);
      const conditions: Formula[] = [];
      let next = 0;
      const positions = at.map((index, axis) => {
        const k = axes.indexOf(axis);
        if (k < 0) return index;
        const [count, offset] = [shape[axis] ?? 1, offsets[k] ?? affineConstant(0)];
        const inside = scaleAffine(offset, dilations[k] ?? 1);
        if (isKnown(k)) {
          const position = subtractAffine(index, inside);
          if (sizes[k] !== 1) conditions.push(bracket(within(writer.index(position), 1, count)));
          return position;
        }
        const position = over[next++] ?? affineConstant(0);
        const place = addAffine(scaleAffine(position, strides[k] ?? 1), inside);
        conditions.push(bracket(equal(writer.index(index), writer.index(place))));
        return position;
      });
      return product("space", ...conditions, writer.mention(operand, [...positions, ...offsets], inner));
    });
  },
  concatenate: (writer, node, at, scope) => {
    const { axis } = node.attributes;
    let start = 0;
    const parts = node.inputs.map((part) => {
      const size = part.type.shape[axis] ?? 1;
      const from = start;
      start += size;
      const inner = at.map((index, each) => (each === axis ? shiftAffine(index, -from) : index));
      const here = bracket(within(writer.index(at[axis] ?? affineConstant(0)), from + 1, from + size));
      return product("space", here, writer.mention(part, inner, scope));
    });
    return sum(...parts);
  },
  gather: (writer, node, at, scope) => {
    const [table, indices] = [operandOf(node), operandOf(node, 1)];
    const rank = indices.type.shape.length;
    const row = writer.dataIndex(indices, at.slice(0, rank), scope);
    return writer.mention(table, [row, ...at.slice(rank)], scope);
  },
  scatterAdd: (writer, node, at, scope) => {
    const [indices, values] = [operandOf(node), operandOf(node, 1)];
    return writer.summed(indices.type.shape, scope, (over, inner) =>
      product(
        "space",
        writer.isAt(indices, over, at, inner),
        writer.mention(values, [...over, ...at.slice(1)], inner),
      ),
    );
  },
  einsum: (writer, node, at, scope) => {
    const letters = parseSpecification(node.attributes.specification);
    const extents = new Map<string, number>();
    [letters.a, letters.b].forEach((part, operand) => {
      Array.from(part).forEach((letter, axis) =>
        extents.set(letter, operandOf(node, operand).type.shape[axis] ?? 1),
      );
    });
    const over = Array.from(summedLetters(letters));
    return writer.summed(
      over.map((letter) => extents.get(letter) ?? 1),
      scope,
      (summed, inner) => {
        const places = new Map<string, Affine>();
        Array.from(letters.output).forEach((letter, axis) =>
          places.set(letter, at[axis] ?? affineConstant(0)),
        );
        over.forEach((letter, axis) => places.set(letter, summed[axis] ?? affineConstant(0)));
        const along = (part: string): Indices =>
          Array.from(part, (letter) => places.get(letter) ?? affineConstant(0));
        return product(
          "space",
          writer.mention(operandOf(node), along(letters.a), inner),
          writer.mention(operandOf(node, 1), along(letters.b), inner),
        );
      },
    );
  },
  reduce: (writer, node, at, scope) => {
    const { kind, axes } = node.attributes;
    const operand = operandOf(node);
    const extents = axes.map((axis) => operand.type.shape[axis] ?? 1);
    const { letters, indices } = writer.fresh(extents, scope);
    const inner = { ...scope, letters: [...scope.letters, ...letters] };
    let kept = 0;
    const places = operand.type.shape.map((_, axis) =>
      axes.includes(axis)
        ? (indices[axes.indexOf(axis)] ?? affineConstant(0))
        : (at[kept++] ?? affineConstant(0)),
    );
    const body = writer.mention(operand, places, inner);
    if (letters.length === 0) return body;
    if (kind === "sum") return bigSum(letters, body);
    if (kind === "logSumExp") {
      return call(named("log", "\\log"), [bigSum(letters, call(named("exp", "\\exp"), [body]))]);
    }
    return { kind: "big", operator: named(kind, `\\${kind}`), indices: letters, body };
  },
  batchReduce: (writer, node, at, scope) => {
    const sample = writer.freshSample(scope);
    const inner = { sample, letters: [...scope.letters, sample] };
    const total = bigSum([sample], writer.mention(operandOf(node), at, inner));
    return node.attributes.kind === "sum"
      ? total
      : product("space", fraction(number(1), writer.batchSize), total);
  },
};

/** Without gaps: `[2 ≤ i ≤ 4] x[i − 1]`, or `where(2 ≤ i ≤ 4, x[i − 1], −∞)`. */
function shifted(writer: ElementWriter, node: NodeOf<"pad">, at: Indices, scope: Scope): Formula {
  const { shape, starts, steps, value } = node.attributes;
  const operand = operandOf(node);
  const inner = at.map((index, axis) =>
    scaleAffine(shiftAffine(index, -(starts[axis] ?? 0)), steps[axis] ?? 1),
  );
  const conditions = at.flatMap((index, axis) => {
    const size = operand.type.shape[axis] ?? 1;
    if (size === shape[axis]) return [];
    const [a, b] = [starts[axis] ?? 0, (starts[axis] ?? 0) + (size - 1) * (steps[axis] ?? 1)];
    return [within(writer.index(index), Math.min(a, b) + 1, Math.max(a, b) + 1)];
  });
  const element = writer.mention(operand, inner, scope);
  if (value === undefined) return product("space", ...conditions.map(bracket), element);
  return conditions.reduceRight(
    (inside, condition) => call(named("where"), [condition, inside, number(value)]),
    element,
  );
}

/** With gaps: `Σⱼ [i = 2 j − 1] x[j]`. */
function placed(writer: ElementWriter, node: NodeOf<"pad">, at: Indices, scope: Scope): Formula {
  const { starts, steps } = node.attributes;
  const operand = operandOf(node);
  return writer.summed(operand.type.shape, scope, (over, inner) => {
    const conditions = at.map((index, axis) => {
      const place = shiftAffine(
        scaleAffine(over[axis] ?? affineConstant(0), steps[axis] ?? 1),
        starts[axis] ?? 0,
      );
      return bracket(equal(writer.index(index), writer.index(place)));
    });
    return product("space", ...conditions, writer.mention(operand, over, inner));
  });
}

/** `2 ≤ i ≤ 4` */
function within(index: Formula, from: number, to: number): Formula {
  if (from === to) return equal(index, number(from));
  const operator = { text: "≤", tex: "\\le" };
  const lower: Formula = {
    kind: "infix",
    operator,
    precedence: precedence.comparison,
    left: number(from),
    right: index,
  };
  return { kind: "infix", operator, precedence: precedence.comparison, left: lower, right: number(to) };
}

import type { Node } from "../../src/graph/index.ts";
import type { Drawing } from "./drawing.ts";

/** A left side that the rule must rewrite; several where the rule has several forms. */
export type RuleCase = (d: Drawing) => Node | readonly Node[];

function log(d: Drawing, x: Node): Node {
  return d.f("log", x);
}

/** x spread over `shape` along `axes`. */
function spread(d: Drawing, x: Node, shape: readonly number[], ...axes: readonly number[]): Node {
  return d.build.broadcast(x, shape, axes);
}

/** x of shape [n] spread over rows. */
function rows(d: Drawing, x: Node, count: number): Node {
  return spread(d, x, [count, ...x.type.shape], 1);
}

function oneHot(d: Drawing, label: Node, categories: number): Node {
  const place = d.build.iota([categories], 0);
  const condition = d.f("equal", spread(d, label, [categories]), place);
  return d.build.select(condition, d.c(1, categories), d.c(0, categories));
}

/** x of shape [2], padded with a number: v x x v v. */
function padWith(d: Drawing, x: Node, value: number): Node {
  return d.build.apply("pad", [x], { shape: [5], starts: [1], steps: [1], value });
}

function select(d: Drawing, a: Node, b: Node): Node {
  return d.build.select(d.f("less", d.x(...a.type.shape), d.x(...a.type.shape)), a, b);
}

/** softplus(x) = max(x, 0) + log1p(e^−|x|) */
function softplusParts(d: Drawing): Node {
  const x = d.x(3);
  const decay = d.f("exp", d.f("negate", d.f("abs", x)));
  return d.f("add", d.f("maximum", x, d.c(0, 3)), d.f("log1p", decay));
}

/** Every rule by name: expressions that it must rewrite, with the leaves' values left open. */
export const ruleCases: Readonly<Record<string, readonly RuleCase[]>> = {
  // Constants.
  "fold exact arithmetic": [
    (d) => [d.f("add", d.c(0.1, 2), d.c(0.2, 2)), d.f("sqrt", d.c(2)), d.f("divide", d.c(1), d.c(3))],
    (d) => [d.f("negate", d.c(0)), d.f("maximum", d.c(1), d.c(-2)), d.f("round", d.c(-0.5))],
  ],
  "fold functions": [
    (d) => [d.f("exp", d.c(1)), log(d, d.c(3, 2)), d.power(d.c(2), 0.3), d.f("tanh", d.c(0.25))],
  ],
  "one times": [(d) => [d.f("multiply", d.c(1, 3), d.x(3)), d.f("multiply", d.x(), d.c(1))]],
  "minus one times": [(d) => [d.f("multiply", d.c(-1, 3), d.x(3)), d.f("multiply", d.x(), d.c(-1))]],
  "zero times": [(d) => [d.f("multiply", d.c(0, 3), d.x(3)), d.f("multiply", d.x(), d.c(-0))]],
  "zero over": [(d) => d.f("divide", d.c(0, 3), d.x(3))],
  "over one": [(d) => [d.f("divide", d.x(3), d.c(1, 3)), d.f("divide", d.x(), d.c(-1))]],
  "plus negative zero": [(d) => [d.f("add", d.x(3), d.c(-0, 3)), d.f("add", d.c(-0), d.x())]],
  "plus zero": [(d) => [d.f("add", d.x(3), d.c(0, 3)), d.f("add", d.c(0), d.x())]],
  "minus zero": [(d) => d.f("subtract", d.x(3), d.c(0, 3))],
  "zero minus": [(d) => d.f("subtract", d.c(0, 3), d.x(3))],
  "power of one": [(d) => d.power(d.x(3), 1)],
  "power of zero": [(d) => [d.power(d.x(3), 0), d.power(d.x(), -0)]],

  // Signs.
  "double negation": [
    (d) => d.f("negate", d.f("negate", d.x(3))),
    (d) => d.f("negate", spread(d, d.f("negate", d.x()), [3])),
  ],
  "sign out of product": [
    (d) => [d.f("multiply", d.f("negate", d.x(3)), d.x(3)), d.f("multiply", d.w(3), d.f("negate", d.x(3)))],
    (d) => d.f("multiply", d.x(3), spread(d, d.f("negate", d.x()), [3])),
  ],
  "sign out of quotient": [
    (d) => [d.f("divide", d.f("negate", d.x(3)), d.x(3)), d.f("divide", d.x(3), d.f("negate", d.x(3)))],
  ],
  "sign into factor": [
    (d) => [
      d.f("negate", d.f("multiply", d.c(2.5, 3), d.x(3))),
      d.f("negate", d.f("multiply", d.x(), d.c(-3))),
    ],
  ],
  "sign into numerator": [(d) => d.f("negate", d.f("divide", d.c(2.5, 3), d.x(3)))],
  "sign out of batch factor": [
    (d) => d.f("divide", d.c(-2.5), d.build.batchSize()),
    (d) => d.f("divide", d.c(-0), d.w()),
  ],
  "sum with a negative": [
    (d) => [d.f("add", d.x(3), d.f("negate", d.x(3))), d.f("add", d.f("negate", d.x(3)), d.x(3))],
    (d) => d.f("add", d.x(3), spread(d, d.f("negate", d.x()), [3])),
  ],
  "difference from a negative": [(d) => d.f("subtract", d.x(3), d.f("negate", d.x(3)))],
  "negative minus": [(d) => d.f("subtract", d.f("negate", d.x(3)), d.x(3))],
  "negated difference": [(d) => d.f("negate", d.f("subtract", d.x(3), d.w(3)))],
  "adding a negative product": [
    (d) => d.f("add", d.x(3), d.f("multiply", d.c(-2.5, 3), d.x(3))),
    (d) => d.f("subtract", d.x(3), d.f("multiply", d.x(3), d.c(-2.5, 3))),
  ],
  "absolute value of a negative": [
    (d) => [d.f("abs", d.f("negate", d.x(3))), d.f("abs", d.f("abs", d.x(3)))],
  ],
  "even power of a negative": [
    (d) => [
      d.power(d.f("negate", d.x(3)), 2),
      d.power(d.f("abs", d.x(3)), 4),
      d.power(d.f("negate", d.x(3)), -2),
    ],
  ],

  // Arithmetic.
  "one order of operands": [
    (d) => {
      const [x, y] = [d.x(3), d.x(3)];
      return [d.f("add", x, y), d.f("add", y, x), d.f("multiply", x, y), d.f("multiply", y, x)];
    },
  ],
  "merge constant factors": [
    (d) => d.f("multiply", d.c(3, 2), d.f("multiply", d.x(2), d.c(0.1, 2))),
    (d) => [
      d.f("multiply", d.f("divide", d.x(2), d.c(2, 2)), d.c(2, 2)),
      d.f("multiply", d.c(3), d.f("divide", d.c(0.7), d.x())),
    ],
  ],
  "merge constant divisors": [
    (d) => d.f("divide", d.f("multiply", d.x(2), d.c(0.1, 2)), d.c(3, 2)),
    (d) => [
      d.f("divide", d.f("divide", d.x(2), d.c(3, 2)), d.c(7, 2)),
      d.f("divide", d.f("divide", d.c(3), d.x()), d.c(7)),
    ],
  ],
  "constant over a multiple": [
    (d) => d.f("divide", d.c(3, 2), d.f("multiply", d.c(0.1, 2), d.x(2))),
    (d) => [
      d.f("divide", d.c(3), d.f("divide", d.x(), d.c(7))),
      d.f("divide", d.c(3), d.f("divide", d.c(7), d.x())),
    ],
  ],
  "merge batch factors": [
    (d) => d.f("multiply", d.fill(d.w(), 2), d.f("multiply", d.fill(d.w(), 2), d.x(2))),
    (d) => d.f("multiply", d.c(3, 2), d.f("multiply", d.x(2), d.fill(d.w(), 2))),
  ],
  "constant into batch factor": [
    (d) => d.f("multiply", d.fill(d.perSample(), 2), d.f("divide", d.x(2), d.c(3, 2))),
  ],
  "division by a batch factor": [
    (d) => [d.f("divide", d.x(2), d.fill(d.w(), 2)), d.f("divide", d.x(), d.build.batchSize())],
  ],
  "times a reciprocal": [(d) => d.f("multiply", d.x(2), d.f("divide", d.c(1, 2), d.x(2)))],
  "same divided and multiplied": [
    (d) => {
      const b = d.x(2);
      return d.f("multiply", d.f("divide", d.x(2), b), b);
    },
  ],
  "divided twice": [(d) => d.f("divide", d.f("divide", d.x(2), d.x(2)), d.x(2))],
  twice: [
    (d) => {
      const x = d.x(3);
      return d.f("add", x, x);
    },
  ],
  "self minus self": [
    (d) => {
      const x = d.x(3);
      return d.f("subtract", x, x);
    },
  ],
  "like terms of a longer sum": [
    (d) => {
      const [a, x] = [d.x(3), d.x(3)];
      const twice = d.f("add", d.f("add", a, x), x);
      return [twice, d.f("add", d.f("add", d.f("multiply", d.c(3, 3), x), a), d.f("negate", x))];
    },
  ],
  "like terms": [
    (d) => {
      const x = d.x(3);
      return [
        d.f("add", d.f("multiply", d.c(3, 3), x), d.f("multiply", d.c(0.7, 3), x)),
        d.f("subtract", x, d.f("multiply", x, d.c(0.25, 3))),
      ];
    },
  ],
  "common factor": [
    (d) => {
      const factor = d.x(3);
      return [
        d.f("add", d.f("multiply", d.x(3), factor), d.f("multiply", factor, d.x(3))),
        d.f("subtract", d.f("multiply", d.c(3, 3), d.x(3)), d.f("multiply", d.c(3, 3), d.x(3))),
      ];
    },
  ],
  "common batch factor": [
    (d) => {
      const scale = d.fill(d.perSample(), 2);
      return [
        d.f("add", scale, d.f("multiply", scale, d.x(2))),
        d.f("subtract", d.f("multiply", d.x(2), scale), scale),
        d.f("subtract", scale, d.f("multiply", d.x(2), scale)),
      ];
    },
  ],
  "common share of the batch": [
    (d) => {
      const share = (count: number): Node => d.fill(d.f("divide", d.c(count), d.build.batchSize()), 2);
      return [
        d.f("add", d.f("multiply", share(2), d.x(2)), d.f("multiply", d.x(2), share(3))),
        d.f("subtract", share(2), d.f("multiply", share(6), d.x(2))),
        d.f("subtract", d.f("multiply", share(6), d.x(2)), share(3)),
      ];
    },
  ],
  "common divisor": [
    (d) => {
      const divisor = d.x(3);
      return d.f("subtract", d.f("divide", d.x(3), divisor), d.f("divide", d.x(3), divisor));
    },
  ],
  "square root as a power": [(d) => d.power(d.positive(3), 0.5)],
  "reciprocal as a power": [(d) => d.power(d.x(3), -1)],
  "root of a square": [
    (d) => {
      const x = d.x(3);
      return [d.f("sqrt", d.power(x, 2)), d.f("sqrt", d.f("multiply", x, x))];
    },
  ],
  "logarithm of an exponential": [(d) => log(d, d.f("exp", d.x(3)))],
  "inverse functions": [(d) => d.f("log1p", d.f("expm1", d.x(3)))],
  "extremum of equals": [
    (d) => {
      const x = d.x(3);
      return [d.f("maximum", x, x), d.f("minimum", x, x)];
    },
  ],

  // Choices.
  "choice between equals": [
    (d) => {
      const x = d.x(3);
      return select(d, x, x);
    },
  ],
  "choice by constants": [
    (d) => d.build.select(d.f("less", d.c(1, 3), d.c(2, 3)), d.x(3), d.x(3)),
    (d) => d.build.select(d.f("equal", d.c(NaN), d.c(NaN)), d.x(), d.x()),
  ],
  "choice by a negation": [(d) => d.build.select(d.f("not", d.f("less", d.x(3), d.x(3))), d.x(3), d.x(3))],
  "choice within the same choice": [
    (d) => {
      const c = d.f("less", d.x(3), d.x(3));
      return [
        d.build.select(c, d.build.select(c, d.x(3), d.x(3)), d.x(3)),
        d.build.select(c, d.x(3), d.build.select(c, d.x(3), d.x(3))),
      ];
    },
  ],
  "choice of negatives": [(d) => select(d, d.f("negate", d.x(3)), d.f("negate", d.x(3)))],
  "comparison of a chosen constant": [
    (d) => {
      const chosen = select(d, d.c(1, 3), d.c(0, 3));
      const conditions = [
        d.f("greater", chosen, d.c(0, 3)),
        d.f("equal", chosen, d.c(0, 3)),
        d.f("less", d.c(0.5, 3), chosen),
        d.f("notEqual", d.c(1, 3), select(d, d.c(NaN, 3), d.c(1, 3))),
      ];
      return conditions.map((condition) => d.build.select(condition, d.x(3), d.x(3)));
    },
  ],
  "twice not": [(d) => d.build.select(d.f("not", d.f("not", d.f("less", d.x(3), d.x(3)))), d.x(3), d.x(3))],
  "sum of complementary choices": [
    (d) => {
      const c = d.f("less", d.x(3), d.x(3));
      const zero = d.c(0, 3);
      return [
        d.f("add", d.build.select(c, d.x(3), zero), d.build.select(c, zero, d.x(3))),
        d.f("add", d.build.select(c, zero, d.x(3)), d.build.select(c, d.x(3), zero)),
      ];
    },
  ],

  // Views.
  "view of a constant": [
    (d) => [spread(d, d.c(3), [2, 3]), d.permute(d.c(3, 2, 4), 1, 0), d.build.reshape(d.c(-0, 6), [2, 3])],
    (d) => [d.slice(d.c(7, 5), [1], [2], [2]), d.f("gather", d.c(7, 5, 2), d.label(5, 3))],
  ],
  "view of a literal": [
    (d) => {
      const type = { shape: [2, 3], batched: false, element: "real" } as const;
      const literal: Node = d.build.leaf("literal", { data: [-0, Infinity, 2, NaN, 4, -5] }, type);
      return [
        d.build.reshape(literal, [3, 2]),
        d.permute(literal, 1, 0),
        d.slice(literal, [1, 2], [2, 2], [-1, -2]),
      ];
    },
  ],
  "padding of zero": [
    (d) => d.pad(d.c(0, 2), [5], [1], [2]),
    (d) => padWith(d, d.c(-Infinity, 2), -Infinity),
  ],
  "scatter of zero": [
    (d) => d.build.apply("scatterAdd", [d.label(4, 3), d.c(0, 3, 2)], { size: 4 }),
    (d) => d.overlapAdd(d.c(0, 3, 2), 6, 2),
  ],
  "view that changes nothing": [
    (d) => [d.permute(d.x(2, 3), 0, 1), d.slice(d.x(4), [0], [4], [1]), d.pad(d.x(4), [4], [0], [1])],
    (d) => [d.build.apply("reshape", [d.x(2, 3)], { shape: [2, 3] }), d.slice(d.x(1), [0], [1], [-1])],
    (d) => d.build.apply("broadcast", [d.x(2, 3)], { shape: [2, 3], axes: [0, 1] }),
  ],
  "broadcast twice": [
    (d) => spread(d, spread(d, d.x(3), [2, 3], 1), [4, 2, 3], 1, 2),
    (d) => spread(d, d.fill(d.w(), 3), [3, 2], 0),
  ],
  "permute twice": [(d) => d.permute(d.permute(d.x(2, 3, 4), 1, 2, 0), 0, 2, 1)],
  "reshape twice": [(d) => d.build.reshape(d.build.reshape(d.x(2, 6), [3, 4]), [12])],
  "permute of a broadcast": [(d) => d.permute(spread(d, d.x(3), [2, 3], 1), 1, 0)],
  "reshape of a spread scalar": [(d) => d.build.reshape(d.fill(d.x(), 2, 3), [6])],
  "slice twice": [(d) => d.slice(d.slice(d.x(9), [1], [4], [2]), [3], [2], [-2])],
  "slice of a broadcast": [
    (d) => d.slice(spread(d, d.x(5), [2, 5], 1), [1, 4], [1, 2], [1, -3]),
    (d) => d.slice(d.fill(d.x(), 4), [1], [2], [1]),
  ],
  "slice of a padding": [
    (d) => d.slice(d.pad(d.x(2), [6], [1], [3]), [1], [2], [3]),
    (d) => d.slice(d.pad(d.x(2, 2), [6, 2], [1, 0], [1, 1]), [3, 0], [3, 2], [1, 1]),
    (d) => d.slice(padWith(d, d.x(2), 7), [3], [2], [1]),
  ],
  "slice of a concatenation": [
    (d) => d.slice(d.build.apply("concatenate", [d.x(2, 2), d.x(3, 2)], { axis: 0 }), [2, 1], [2, 1], [2, 1]),
  ],
  "gather of a spread row": [(d) => d.f("gather", rows(d, d.x(3), 4), d.label(4, 2))],
  "elementwise of broadcasts": [
    (d) => d.f("multiply", rows(d, d.x(3), 2), rows(d, d.w(3), 2)),
    (d) => [d.f("exp", d.fill(d.x(), 2)), d.f("subtract", d.c(1, 2, 3), rows(d, d.x(3), 2))],
  ],

  // Reductions.
  "sum of a distribution": [(d) => d.reduce("sum", d.distribution(4), 0)],
  "sum of a one-hot vector": [(d) => d.reduce("sum", oneHot(d, d.label(4), 4), 0)],
  "reduction of a constant": [
    (d) => [
      d.reduce("sum", d.c(0.1, 2, 3), 1),
      d.reduce("max", d.c(-2, 3), 0),
      d.reduce("logSumExp", d.c(2, 3), 0),
    ],
  ],
  "reduction of a literal": [
    (d) => {
      const data = [0.1, 2, -3, 0.7, 5, -0.3];
      const type = { shape: [2, 3], batched: false, element: "real" } as const;
      const literal: Node = d.build.leaf("literal", { data }, type);
      return [
        d.reduce("sum", literal, 0),
        d.reduce("sum", literal, 0, 1),
        d.reduce("max", literal, 1),
        d.reduce("min", literal, 0),
        d.reduce("logSumExp", literal, 1),
      ];
    },
  ],
  "reduction of a broadcast": [
    (d) => [
      d.reduce("sum", rows(d, d.x(3), 2), 0),
      d.reduce("sum", rows(d, d.x(3), 2), 0, 1),
      d.reduce("min", d.fill(d.x(), 2, 3), 0),
    ],
    (d) => [
      d.reduce("logSumExp", rows(d, d.x(3), 2), 0),
      d.reduce("max", spread(d, d.x(3, 2), [3, 4, 2], 0, 2), 1, 2),
    ],
  ],
  "reduction of a reduction": [
    (d) => d.reduce("sum", d.reduce("sum", d.x(2, 3, 4), 1), 1),
    (d) => [
      d.reduce("max", d.reduce("max", d.x(2, 3), 0), 0),
      d.reduce("logSumExp", d.reduce("logSumExp", d.x(2, 3), 1), 0),
    ],
  ],
  "reduction of one element": [(d) => [d.reduce("sum", d.x(2, 1), 1), d.reduce("logSumExp", d.x(1), 0)]],
  "reduction of a permutation": [
    (d) => d.reduce("sum", d.permute(d.x(2, 3, 4), 2, 0, 1), 1),
    (d) => d.reduce("max", d.permute(d.x(2, 3, 4), 2, 1, 0), 1),
  ],
  "reduction of all of a reshape": [(d) => d.reduce("sum", d.build.reshape(d.x(2, 3), [6]), 0)],
  "sum of a padding": [
    (d) => [
      d.reduce("sum", d.pad(d.x(2), [6], [1], [3]), 0),
      d.reduce("sum", d.pad(d.x(2, 2), [6, 3], [1, 1], [3, 1]), 1),
    ],
  ],
  "sum of a scatter": [
    (d) => d.reduce("sum", d.build.apply("scatterAdd", [d.label(4, 3), d.x(3, 2)], { size: 4 }), 0),
    (d) => d.reduce("sum", d.build.apply("scatterAdd", [d.label(4), d.x(2)], { size: 4 }), 0, 1),
  ],
  "common factor out of a sum": [
    (d) => [
      d.reduce("sum", d.f("multiply", d.x(2, 3), rows(d, d.x(3), 2)), 0),
      d.reduce("sum", d.f("divide", d.x(2, 3), d.fill(d.x(), 2, 3)), 0, 1),
    ],
    (d) => d.reduce("sum", d.f("multiply", rows(d, d.x(3), 2), d.x(2, 3)), 0),
  ],

  // Contractions.
  "contraction of a permutation": [
    (d) => d.build.einsum("ab,b->a", d.permute(d.x(2, 3), 1, 0), d.x(2)),
    (d) => d.build.einsum("abc,cb->a", d.permute(d.x(2, 3, 4), 2, 0, 1), d.permute(d.w(2, 3), 1, 0)),
  ],
  "contraction of a broadcast": [
    (d) => d.build.einsum("ab,b->a", rows(d, d.x(3), 2), d.x(3)),
    (d) => d.build.einsum("ab,bc->c", spread(d, d.x(2), [2, 3], 0), spread(d, d.w(4), [3, 4], 1)),
    (d) => d.build.einsum("ab,b->ab", rows(d, d.x(3), 2), d.fill(d.x(), 3)),
  ],
  "contraction with a constant": [
    (d) => [
      d.build.einsum("ab,b->a", d.w(2, 3), d.c(0.5, 3)),
      d.build.einsum("ab,bc->ca", d.c(1, 2, 3), d.x(3, 4)),
    ],
  ],
  "contraction with a scalar": [
    (d) => [d.build.einsum(",ab->b", d.x(), d.x(2, 3)), d.build.einsum("ab,->ba", d.x(2, 3), d.w())],
  ],
  "sum before a contraction": [
    (d) => [d.build.einsum("ab,b->b", d.x(2, 3), d.x(3)), d.build.einsum("ab,bc->", d.x(2, 3), d.w(3, 4))],
  ],
  "contraction over nothing": [
    (d) => [
      d.build.einsum("ab,ab->ab", d.x(2, 3), d.x(2, 3)),
      d.build.einsum("ab,ba->ba", d.x(2, 3), d.x(3, 2)),
    ],
  ],
  "sum of a contraction": [(d) => d.reduce("sum", d.build.einsum("ab,bc->ac", d.x(2, 3), d.x(3, 4)), 0)],
  "permutation of a contraction": [(d) => d.permute(d.build.einsum("ab,bc->ac", d.x(2, 3), d.x(3, 4)), 1, 0)],
  "sum of a product as a contraction": [
    (d) => d.reduce("sum", d.f("multiply", rows(d, d.x(3), 2), d.w(2, 3)), 1),
    (d) =>
      d.reduce(
        "sum",
        d.f("multiply", spread(d, d.x(2, 3), [2, 3, 4], 0, 1), spread(d, d.w(3, 4), [2, 3, 4], 1, 2)),
        1,
      ),
  ],

  // Linear operations.
  "factor out of a contraction": [
    (d) => d.build.einsum("ab,b->a", d.w(2, 3), d.f("multiply", d.fill(d.w(), 3), d.x(3))),
    (d) => [
      d.build.einsum("a,b->ab", d.f("negate", d.x(3)), d.x(2)),
      d.build.einsum("a,a->", d.x(3), d.f("divide", d.x(3), d.c(3, 3))),
    ],
  ],
  "factor out of a sum": [
    (d) => [
      d.reduce("sum", d.f("negate", d.x(2, 3)), 0),
      d.reduce("sum", d.f("multiply", d.c(3, 3), d.x(3)), 0),
    ],
    (d) => d.reduce("sum", d.f("divide", d.x(3), d.fill(d.w(), 3)), 0),
  ],
  "factor out of a batch reduction": [
    (d) => [d.build.batchSum(d.f("negate", d.x(2))), d.build.batchMean(d.f("multiply", d.c(3, 2), d.x(2)))],
    (d) => d.build.batchSum(spread(d, d.f("multiply", d.w(), d.x()), [3])),
  ],
  "factor out of a view": [
    (d) => [
      d.permute(d.f("negate", d.x(2, 3)), 1, 0),
      d.build.reshape(d.f("multiply", d.c(3, 4), d.x(4)), [2, 2]),
    ],
    (d) => [
      d.slice(d.f("divide", d.x(4), d.c(3, 4)), [1], [2], [1]),
      d.pad(d.fill(d.perSample(), 2), [5], [1], [2]),
    ],
    (d) => d.f("gather", d.f("multiply", d.fill(d.w(), 4, 2), d.x(4, 2)), d.label(4)),
    (d) => d.window(d.f("multiply", d.c(3, 5), d.x(5)), 1, 2),
  ],
  "factor out of a scatter": [
    (d) => [
      d.build.apply("scatterAdd", [d.label(4, 3), d.f("negate", d.x(3, 2))], { size: 4 }),
      d.build.apply("scatterAdd", [d.label(4), d.perSample()], { size: 4 }),
    ],
    (d) => [d.overlapAdd(d.f("negate", d.x(2, 3)), 5, 2), d.overlapAdd(d.fill(d.perSample(), 2, 2), 3)],
  ],
  "factor out of a product": [
    (d) => d.f("multiply", d.f("multiply", d.c(3, 2), d.x(2)), d.x(2)),
    (d) => d.f("multiply", d.x(2), d.f("divide", d.x(2), d.c(3, 2))),
  ],
  "factor out of a quotient": [(d) => d.f("divide", d.f("multiply", d.fill(d.w(), 2), d.x(2)), d.x(2))],
  "factor out of a choice": [
    (d) => [
      select(d, d.f("multiply", d.c(3, 2), d.x(2)), d.c(0, 2)),
      select(d, d.c(0, 2), d.f("negate", d.x(2))),
    ],
    (d) => select(d, d.fill(d.perSample(), 2), d.c(0, 2)),
  ],

  // The batch.
  "mean from a sum": [
    (d) => d.f("multiply", d.fill(d.f("divide", d.c(3), d.build.batchSize()), 2), d.build.batchSum(d.x(2))),
    (d) => d.f("divide", d.build.batchSum(d.x(2)), d.fill(d.build.batchSize(), 2)),
  ],
  "sum from a mean": [(d) => d.f("multiply", d.fill(d.build.batchSize(), 2), d.build.batchMean(d.x(2)))],
  "batch reduction of a sum with an unbatched term": [
    (d) => [d.build.batchMean(d.f("add", d.x(2), d.w(2))), d.build.batchSum(d.f("subtract", d.w(2), d.x(2)))],
  ],
  "unbatched factor out of a batch reduction": [
    (d) => [
      d.build.batchSum(d.f("multiply", d.w(2), d.x(2))),
      d.build.batchMean(d.f("divide", d.x(2), d.w(2))),
    ],
  ],
  "unbatched operand out of a batch reduction": [
    (d) => [
      d.build.batchSum(d.build.einsum("ab,b->a", d.w(2, 3), d.x(3))),
      d.build.batchMean(d.build.einsum("ab,b->a", d.x(2, 3), d.w(3))),
    ],
  ],
  "batch reduction of a view": [
    (d) => [
      d.build.batchSum(rows(d, d.x(3), 2)),
      d.build.batchMean(d.pad(d.x(2), [5], [1], [2])),
      d.build.batchSum(d.permute(d.x(2, 3), 1, 0)),
    ],
    (d) => d.build.batchMean(d.build.reshape(d.x(4), [2, 2])),
    (d) => d.build.batchSum(d.window(d.x(5), 3)),
  ],
  "sum of a batch reduction": [
    (d) => [d.reduce("sum", d.build.batchSum(d.x(3)), 0), d.reduce("sum", d.build.batchMean(d.x(2, 3)), 1)],
  ],
  "sum of batch reductions": [
    (d) => [
      d.f("add", d.build.batchSum(d.x(3)), d.build.batchSum(d.x(3))),
      d.f("subtract", d.build.batchMean(d.x()), d.build.batchMean(d.x())),
    ],
  ],
  "times the batch size": [
    (d) => [
      d.f("multiply", d.build.batchSize(), d.perSample()),
      d.f("multiply", d.fill(d.perSample(), 2), d.fill(d.build.batchSize(), 2)),
    ],
  ],

  // Stability.
  "softmax from exponentials": [
    (d) => {
      const e = d.f("exp", d.x(2, 3));
      return d.f("divide", e, spread(d, d.reduce("sum", e, 1), [2, 3], 0));
    },
  ],
  "logarithm of a sum of exponentials": [(d) => log(d, d.reduce("sum", d.f("exp", d.x(2, 3)), 1))],
  "logarithm of a view": [
    (d) => [
      log(d, d.build.reshape(d.permute(d.f("exp", d.x(2, 3)), 1, 0), [6])),
      log(d, d.f("gather", d.f("exp", d.x(4)), d.label(4))),
    ],
    (d) => [
      log(d, d.slice(d.f("sigmoid", d.x(4)), [1], [2], [1])),
      log(d, spread(d, d.f("exp", d.x()), [3])),
    ],
  ],
  "logarithm of a sigmoid": [(d) => log(d, d.f("sigmoid", d.x(3)))],
  "logarithm of a sigmoid's complement": [
    (d) => log(d, d.f("subtract", d.c(1, 3), d.f("sigmoid", d.x(3)))),
    (d) => log(d, d.f("subtract", d.c(1), d.build.reshape(d.f("sigmoid", d.x(1)), []))),
  ],
  "log1p of a negative sigmoid": [(d) => d.f("log1p", d.f("negate", d.f("sigmoid", d.x(3))))],
  "cross-entropy of a sigmoid": [
    (d) => {
      const [t, x] = [d.x(3), d.x(3)];
      const [plus, minus] = [d.f("softplus", x), d.f("softplus", d.f("negate", x))];
      const u = d.f("subtract", d.c(1, 3), t);
      return [
        d.f("add", d.f("multiply", t, minus), d.f("multiply", u, plus)),
        d.f("add", d.f("multiply", minus, u), d.f("multiply", plus, t)),
      ];
    },
  ],
  "softplus from logarithm and exponential": [
    (d) => [log(d, d.f("add", d.c(1, 3), d.f("exp", d.x(3)))), d.f("log1p", d.f("exp", d.x(3)))],
  ],
  log1p: [(d) => [log(d, d.f("add", d.positive(3), d.c(1, 3))), log(d, d.f("subtract", d.c(1, 3), d.x(3)))]],
  expm1: [
    (d) => [
      d.f("subtract", d.f("exp", d.x(3)), d.c(1, 3)),
      d.f("add", d.c(-1), d.f("exp", d.x())),
      d.f("subtract", d.c(1), d.f("exp", d.x())),
    ],
  ],
  "sigmoid from exponentials": [
    (d) => {
      const e = d.f("exp", d.x(3));
      const below = d.f("add", d.c(1, 3), e);
      return [d.f("divide", d.c(1, 3), below), d.f("divide", e, below)];
    },
  ],
  "complement of a sigmoid": [(d) => d.f("subtract", d.c(1, 3), d.f("sigmoid", d.x(3)))],
  "centred variance": [
    (d) => {
      const x = d.x(3, 4);
      const mean = (y: Node): Node => d.f("divide", d.reduce("sum", y, 1), d.c(4, 3));
      return d.f("subtract", mean(d.power(x, 2)), d.power(mean(x), 2));
    },
    (d) => {
      const x = d.x(3);
      const mean = d.build.batchMean(x);
      return d.f("subtract", d.build.batchMean(d.f("multiply", x, x)), d.f("multiply", mean, mean));
    },
  ],

  // Lowering.
  "shared exponentials": [
    (d) => {
      const x = d.x(2, 3);
      const shift = d.reduce("max", x, 1);
      const e = d.f("exp", d.f("subtract", x, spread(d, shift, [2, 3], 0)));
      const total = d.f("add", shift, log(d, d.reduce("sum", e, 1)));
      return d.f("exp", d.f("subtract", x, spread(d, total, [2, 3], 0)));
    },
  ],
  "small part of softplus last": [
    ...(["add", "subtract"] as const).map((operation) => (d: Drawing) => [
      d.f(operation, softplusParts(d), d.x(3)),
      d.f(operation, d.x(3), softplusParts(d)),
    ]),
    (d) => [
      d.f("subtract", d.x(3), d.f("subtract", d.x(3), softplusParts(d))),
      d.f("add", d.f("subtract", d.x(3), softplusParts(d)), d.x(3)),
      d.f("subtract", softplusParts(d), softplusParts(d)),
    ],
  ],
  "test of a maximum that is kept": [
    (d) => {
      const x = d.x(3);
      const larger = d.f("maximum", x, d.c(0.5, 3));
      return d.build.select(d.f("greater", x, d.c(0.5, 3)), larger, d.f("negate", larger));
    },
    (d) => {
      const x = d.x();
      return [d.f("maximum", x, d.c(-0)), d.build.select(d.f("greater", x, d.c(-0)), d.x(), d.x())];
    },
  ],
  "gradient no longer stopped": [(d) => d.f("stopGradient", d.x(3))],
  expansion: [(d) => [d.reduce("logSumExp", d.x(2, 3), 1), d.f("softplus", d.x(3)), d.power(d.x(3), 3)]],
};

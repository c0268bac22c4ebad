import type { Node } from "../../src/graph/index.ts";
import type { Sink } from "../../src/lower/index.ts";
import { expandForLowering } from "../../src/rewrite/index.ts";
import type { Random } from "../operations/random.ts";
import { gradientBuffer } from "./check.ts";
import { Sketch } from "./networks.ts";

/** A random graph of matrix products, maps, views, reductions and sums over the batch, and what a program of it delivers. */
export function randomSinks(random: Random): readonly Sink[] {
  const s = new Sketch();
  const { build } = s;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T; // lists are not empty
  const extent = (): number => 1 + Math.floor(random() * 6);
  const first = extent();
  const vectors: Node[] = [s.input("x", [first]), s.parameter("p", [first])];
  const scalars: Node[] = [s.input("t", [], "target"), build.constant(0.5)];
  let parameters = 0;
  const steps: readonly (() => void)[] = [
    () => vectors.push(s.apply(pick(["tanh", "sigmoid", "softplus"] as const), pick(vectors))),
    () => {
      const x = pick(vectors);
      const W = s.parameter(`W${parameters++}`, [extent(), x.type.shape[0] ?? 1]);
      vectors.push(build.einsum("ab,b->a", W, x));
    },
    () => {
      const x = pick(vectors);
      const others = vectors.filter((y) => y.type.shape[0] === x.type.shape[0]);
      vectors.push(
        build.apply(pick(["add", "subtract", "multiply", "maximum"] as const), [x, pick(others)], {}),
      );
    },
    () => scalars.push(build.sum(pick(vectors), [0])),
    () => scalars.push(build.apply("reduce", [pick(vectors)], { kind: "max", axes: [0] })),
    () => vectors.push(build.fill(pick(scalars), [extent()])),
    () => {
      const x = pick(vectors);
      const size = x.type.shape[0] ?? 1;
      vectors.push(build.apply("slice", [x], { starts: [size - 1], sizes: [size], steps: [-1] }));
    },
    () => {
      const x = pick(vectors);
      const [start, after] = [extent() - 1, extent() - 1];
      const size = x.type.shape[0] ?? 1;
      vectors.push(build.apply("pad", [x], { shape: [start + size + after], starts: [start], steps: [1] }));
    },
    () => {
      const x = pick(vectors);
      const shape = [(x.type.shape[0] ?? 1) + 2];
      vectors.push(build.apply("pad", [x], { shape, starts: [1], steps: [1], value: 1.5 }));
    },
    () => {
      const x = pick(vectors);
      const extents = x.type.shape;
      const [stride, dilation] = [1 + Math.floor(random() * 3), 1 + Math.floor(random() * 2)];
      const size = 1 + Math.floor((random() * (extents[0] ?? 1)) / dilation);
      const windows = build.apply("window", [x], {
        ...{ axes: [0], sizes: [size], strides: [stride], dilations: [dilation] },
      });
      const K = s.parameter(`W${parameters++}`, [size]);
      vectors.push(build.einsum("ab,b->a", windows, K));
      vectors.push(build.apply("reduce", [windows], { kind: "max", axes: [1] }));
    },
    () => {
      const windows = build.einsum("a,b->ab", pick(vectors), pick(vectors));
      const [count = 1, size = 1] = windows.type.shape;
      const [stride, dilation] = [1 + Math.floor(random() * 3), 1 + Math.floor(random() * 2)];
      const extent = (count - 1) * stride + (size - 1) * dilation + 1 + Math.floor(random() * stride);
      if (extent > 40) return;
      const geometry = { axes: [0], extents: [extent], strides: [stride], dilations: [dilation] };
      vectors.push(build.apply("overlapAdd", [windows], geometry));
    },
    () => vectors.push(build.apply("concatenate", [pick(vectors), pick(vectors)], { axis: 0 })),
    () => {
      const parts = Array.from({ length: 5 }, () => build.fill(pick(scalars), [1])); // too many to choose among
      vectors.push(build.apply("concatenate", [...parts, pick(vectors)], { axis: 0 }));
    },
    () => {
      const parts = Array.from({ length: 5 }, () => {
        const x = pick(vectors);
        return build.apply("less", [x, build.fill(pick(scalars), x.type.shape)], {});
      });
      const isLess = build.apply("concatenate", parts, { axis: 0 });
      const like = (value: number): Node => build.constant(value, isLess.type.shape);
      if ((isLess.type.shape[0] ?? 0) <= 40) vectors.push(build.select(isLess, like(2), like(-1)));
    },
    () => {
      const outer = build.einsum("a,b->ab", pick(vectors), pick(vectors));
      const size = (outer.type.shape[0] ?? 1) * (outer.type.shape[1] ?? 1);
      if (size <= 40) vectors.push(build.reshape(outer, [size]));
    },
    () => {
      const x = pick(vectors);
      if (x.type.batched) vectors.push(pick([() => build.batchSum(x), () => build.batchMean(x)])());
    },
  ];
  for (let count = 0; count < 14; count += 1) pick(steps)();
  const result = (x: Node): Node => (x.type.batched ? build.batchMean(x) : x);
  const stored = [...vectors.slice(-3)].map((node, k): Sink => {
    const reduced = result(node);
    return { kind: "store", buffer: gradientBuffer(`r${k}`, reduced), node: reduced };
  });
  const total = scalars.map(result).reduce((a, b) => build.add(a, b));
  const sinks: readonly Sink[] = [...stored, { kind: "return", node: total }];
  const { replace } = expandForLowering(
    s.graph,
    sinks.map(({ node }) => node),
  );
  return sinks.map((sink) => ({ ...sink, node: replace(sink.node) }));
}

import fc from "fast-check";

/** A network file in pieces, so that a failing one shrinks to few layers, small sizes and plain functions. */
export interface RandomNetwork {
  readonly features: number;
  readonly layers: readonly RandomLayer[];
  readonly outputs: number;
  readonly loss: keyof typeof losses;
  readonly embedding: boolean;
  readonly optimizer: string;
}

interface RandomLayer {
  readonly units: number;
  readonly activation: keyof typeof activations;
  readonly twist: keyof typeof twists;
}

const activations = {
  identity: (z: string) => z,
  tanh: (z: string) => `tanh(${z})`,
  relu: (z: string) => `relu(${z})`,
  sigmoid: (z: string) => `sigmoid(${z})`,
  softplus: (z: string) => `softplus(${z})`,
  gelu: (z: string) => `gelu(${z})`,
  elu: (z: string) => `elu(${z})`,
  softmax: (z: string) => `softmax(${z})`,
  sine: (z: string) => `sin(${z}) .* 2`,
  root: (z: string) => `sqrt(1 + (${z}).^2)`,
  ratio: (z: string) => `(${z}) ./ (1 + abs(${z}))`,
} as const;

/** What happens to a layer's value before it is read on; each gives a vector of known length. */
const twists = {
  none: { text: (h: string) => h, length: (n: number) => n },
  residual: { text: (h: string) => `${h} + ${h}.^2`, length: (n: number) => n },
  centre: { text: (h: string) => `${h} - mean(${h})`, length: (n: number) => n },
  normalise: { text: (h: string) => `${h} / (0.5 + norm(${h}))`, length: (n: number) => n },
  slice: { text: (h: string, n: number) => `${h}[1:${n - 1}]`, length: (n: number) => n - 1 },
  reverse: { text: (h: string) => `${h}[end:-1:1]`, length: (n: number) => n },
  pick: { text: (h: string, n: number) => `${h}[[${n}, 1]]`, length: () => 2 },
  weigh: {
    text: (h: string, n: number) =>
      `${h} .* reshape([${Array.from({ length: n }, (_, k) => k + 0.5).join(", ")}], [${n}, 1])[:, 1]`,
    length: (n: number) => n,
  },
  concat: { text: (h: string) => `concat(${h}, 2 * ${h})`, length: (n: number) => 2 * n },
  tops: { text: (h: string) => `concat(${h}, [max(${h}), min(${h})])`, length: (n: number) => n + 2 },
  outer: {
    text: (h: string, n: number) =>
      `reshape(reshape(${h}, [${n}, 1]) * reshape(${h}, [1, ${n}]), [${n * n}])`,
    length: (n: number) => n * n,
  },
  sums: { text: (h: string) => `scan(add(s, v) = tanh(0.5 * s + v), 0, ${h})`, length: (n: number) => n },
  back: {
    text: (h: string, n: number) =>
      `scan(step(s, v) = {a: 0.5 * s.b + v, b: s.a .* tanh(v)}, {a: ${h}, b: zeros([${n}])}, reshape(concat(${h}, 2 * ${h}), [2, ${n}]), {reverse: true}).a[1, :]`,
    length: (n: number) => n,
  },
  recentre: {
    text: (h: string) => `scan(step(s, v) = s - 0.5 * batchMean(s) + v, 0, ${h})`,
    length: (n: number) => n,
  },
  batch: { text: (h: string) => `${h} - batchMean(${h})`, length: (n: number) => n },
} as const;

/** The declaration of the target and the loss of `z`. */
const losses = {
  squared: (n: number) => `t = target([${n}])\nloss = meanSquaredError(z, t)`,
  absolute: (n: number) => `t = target([${n}])\nloss = meanAbsoluteError(z, t)`,
  huber: (n: number) => `t = target([${n}])\nloss = huber(z, t)`,
  logCosh: (n: number) => `t = target([${n}])\nloss = logCosh(z, t)`,
  binary: (n: number) => `t = target([${n}])\nloss = binaryCrossEntropy(sigmoid(z), t)`,
  labels: (n: number) => `t = target({categories: ${n}})\nloss = crossEntropyFromLogits(z, t)`,
  distribution: (n: number) => `t = target([${n}], {distribution: true})\nloss = crossEntropy(softmax(z), t)`,
  batchSum: (n: number) => `t = target([${n}])\nloss = batchSum(sum((z - t).^2)) / 2`,
} as const;

const layer: fc.Arbitrary<RandomLayer> = fc.record({
  units: fc.integer({ min: 2, max: 4 }),
  activation: fc.constantFrom(...namesOf(activations)),
  twist: fc.constantFrom(...namesOf(twists)),
});

export const randomNetwork: fc.Arbitrary<RandomNetwork> = fc.record({
  features: fc.integer({ min: 1, max: 3 }),
  layers: fc.array(layer, { maxLength: 3 }),
  outputs: fc.integer({ min: 2, max: 3 }),
  loss: fc.constantFrom(...namesOf(losses)),
  embedding: fc.boolean(),
  optimizer: fc.constantFrom("sgd", "momentum", "adam", "rmsprop"),
});

/** The network file. */
export function sourceOf({ features, layers, outputs, loss, embedding, optimizer }: RandomNetwork): string {
  const lines = [`x = input([${features}])`];
  let value = "x";
  let length = features;
  if (embedding) {
    lines.push("id = input({categories: 5})", "E = parameter([5, 2])", `x0 = concat(x, gather(E, id))`);
    value = "x0";
    length += 2;
  }
  layers.forEach(({ units, activation, twist }, k) => {
    lines.push(`W${k} = parameter([${units}, ${length}])`, `b${k} = parameter([${units}])`);
    lines.push(`h${k} = ${activations[activation](`W${k} * ${value} + b${k}`)}`);
    lines.push(`g${k} = ${twists[twist].text(`h${k}`, units)}`);
    value = `g${k}`;
    length = twists[twist].length(units);
  });
  lines.push(`V = parameter([${outputs}, ${length}])`, `z = V * ${value}`, losses[loss](outputs));
  lines.push(`training = {optimizer: ${optimizer}({learningRate: 0.01}), epochs: 1, batchSize: 5}`);
  return lines.join("\n");
}

function namesOf<T extends object>(table: T): (keyof T & string)[] {
  return Object.keys(table) as (keyof T & string)[]; // a table written above has no other keys than its type's
}

import { type Initializer, type ParameterDeclaration, sizeOf } from "../graph/index.ts";
import type { InitialValue } from "../program/index.ts";

/**
 * Where a parameter's elements start, with fan-in and fan-out worked out: of shape [out, in, …window] they are in·window
 * and out·window, as for a dense layer's weight and a convolution's filters; a vector counts as fan-in 1.
 */
export function initialValue(parameter: ParameterDeclaration): InitialValue {
  const { initializer } = parameter;
  const { shape } = parameter.node.type;
  switch (initializer.kind) {
    case "zeros":
      return { kind: "fill", value: 0 };
    case "ones":
      return { kind: "fill", value: 1 };
    case "constant":
      return { kind: "fill", value: initializer.value };
    case "values":
    case "uniform":
    case "normal":
      return initializer;
    case "orthogonal": {
      const rows = shape[0] ?? 1;
      return { kind: "orthogonal", rows, columns: sizeOf(shape) / rows, gain: initializer.gain };
    }
    case "xavierUniform":
    case "xavierNormal":
    case "heUniform":
    case "heNormal":
    case "lecunNormal":
      return scaled(initializer.kind, initializer.gain, shape);
  }
}

type ScaledKind = Extract<Initializer, { readonly gain: number }>["kind"];

/** Glorot & Bengio 2010, He et al. 2015, LeCun et al. 1998: the variance that keeps activations of one size. */
function scaled(
  kind: Exclude<ScaledKind, "orthogonal">,
  gain: number,
  shape: readonly number[],
): InitialValue {
  const window = sizeOf(shape.slice(2));
  const fanIn = shape.length < 2 ? 1 : (shape[1] ?? 1) * window;
  const fanOut = (shape[0] ?? 1) * window;
  const variances = {
    xavierUniform: 2 / (fanIn + fanOut),
    xavierNormal: 2 / (fanIn + fanOut),
    heUniform: 2 / fanIn,
    heNormal: 2 / fanIn,
    lecunNormal: 1 / fanIn,
  } as const;
  const deviation = gain * Math.sqrt(variances[kind]);
  if (kind === "xavierUniform" || kind === "heUniform") {
    const bound = Math.sqrt(3) * deviation; // the uniform distribution on ±b has variance b²/3
    return { kind: "uniform", low: -bound, high: bound };
  }
  return { kind: "normal", mean: 0, standardDeviation: deviation };
}

/*
 * The little that the contestants' programs use of packages that `bench/package.json` has and the repository's own does not, so that
 * the repository's types can be checked without them.
 */

declare module "@tensorflow/tfjs-backend-wasm" {
  export function setWasmPaths(folder: string): void;
  export function setThreadsCount(count: number): void;
}

/**
 * Every function takes what it is given: `.ref` is one more reference to an array that is used again. Where one is traced, that costs
 * nothing.
 */
declare module "@jax-js/jax" {
  export interface Array {
    readonly ref: Array;
    readonly shape: number[];
    add(other: Array | number): Array;
    sub(other: Array | number): Array;
    mul(other: Array | number): Array;
    div(other: Array | number): Array;
    sum(axis?: number | null): Array;
    mean(axis?: number | null, options?: { readonly keepdims: boolean }): Array;
    reshape(shape: readonly number[]): Array;
    transpose(order?: readonly number[]): Array;
    /** One element for each number; a range for each pair. */
    slice(...index: (number | readonly [number, number] | readonly [])[]): Array;
    item(): number;
    dataSync(): Float32Array;
    dispose(): void;
  }
  export function init(...devices: string[]): Promise<string[]>;
  export function defaultDevice(device: string): string;
  export function jit<Arguments extends unknown[], Result>(
    f: (...all: Arguments) => Result,
  ): (...all: Arguments) => Result;
  export function valueAndGrad<First, Rest extends unknown[]>(
    f: (first: First, ...rest: Rest) => Array,
  ): (first: First, ...rest: Rest) => [Array, First];
  export const numpy: {
    array(
      values: Float32Array | Int32Array | readonly number[],
      options?: { readonly shape: readonly number[] },
    ): Array;
    zeros(shape: readonly number[]): Array;
    zerosLike(array: Array): Array;
    matmul(a: Array, b: Array): Array;
    einsum(formula: string, ...operands: Array[]): Array;
    stack(arrays: readonly Array[], axis: number): Array;
    concatenate(arrays: readonly Array[], axis: number): Array;
    where(condition: Array, a: Array | number, b: Array | number): Array;
    tri(n: number): Array;
    tanh(x: Array): Array;
    exp(x: Array): Array;
    log(x: Array): Array;
    log1p(x: Array): Array;
    sqrt(x: Array): Array;
    square(x: Array): Array;
    abs(x: Array): Array;
    negative(x: Array): Array;
    maximum(a: Array, b: Array | number): Array;
    max(x: Array, axis?: number | readonly number[]): Array;
  };
  export const nn: {
    relu(x: Array): Array;
    sigmoid(x: Array): Array;
    gelu(x: Array, options: { readonly approximate: boolean }): Array;
    logSoftmax(x: Array, axis?: number): Array;
    softmax(x: Array, axis?: number): Array;
    standardize(x: Array, axis?: number, options?: { readonly epsilon: number }): Array;
  };
  export const lax: {
    conv(x: Array, kernel: Array, strides: readonly number[], padding: "VALID"): Array;
    reduceWindow(
      x: Array,
      reduce: (window: Array) => Array,
      sides: readonly number[],
      strides: readonly number[],
    ): Array;
  };
  export const tree: {
    map<Tree>(f: (leaf: Array, ...rest: Array[]) => Array, tree: Tree, ...rest: Tree[]): Tree;
    ref<Tree>(tree: Tree): Tree;
    dispose(tree: unknown): void;
  };
}

declare module "brain.js" {
  interface Sample {
    readonly input: Float32Array;
    readonly output: Float32Array;
  }
  export class NeuralNetwork {
    constructor(options: {
      readonly inputSize: number;
      readonly outputSize: number;
      readonly hiddenLayers: readonly number[];
      readonly activation: string;
      readonly learningRate: number;
      readonly momentum: number;
    });
    readonly biases: Float32Array[];
    readonly weights: Float32Array[][];
    readonly changes: Float32Array[][];
    initialize(): void;
    trainPattern(sample: Sample, logErrorRate?: boolean): number | null;
  }
  const brain: { readonly NeuralNetwork: typeof NeuralNetwork };
  export default brain;
}

declare module "synaptic" {
  type Squash = (x: number, derivate: boolean) => number;
  export interface Neuron {
    bias: number;
    squash: Squash;
    readonly connections: {
      readonly projected: Readonly<Record<string, { weight: number; readonly to: Neuron }>>;
    };
  }
  export const Neuron: { readonly squash: Readonly<Record<"LOGISTIC" | "TANH" | "RELU", Squash>> };
  export class Layer {
    constructor(size: number);
    readonly list: readonly Neuron[];
    set(options: { readonly squash: Squash }): void;
    project(layer: Layer): void;
  }
  export class Network {
    constructor(layers: { readonly input: Layer; readonly hidden: readonly Layer[]; readonly output: Layer });
    readonly optimized: { readonly memory: Float64Array } | null;
    optimize(): void;
    activate(input: Float64Array): number[];
    propagate(rate: number, target: readonly number[]): void;
  }
  const synaptic: {
    readonly Layer: typeof Layer;
    readonly Network: typeof Network;
    readonly Neuron: typeof Neuron;
  };
  export default synaptic;
}

declare module "esbuild" {
  interface Options {
    readonly stdin?: { readonly contents: string; readonly resolveDir: string; readonly loader: "ts" };
    readonly bundle: boolean;
    readonly minify: boolean;
    readonly write: false;
    readonly format: "esm";
    readonly platform: "browser";
    readonly logLevel: "error";
  }
  export function build(
    options: Options,
  ): Promise<{ readonly outputFiles: readonly { readonly contents: Uint8Array }[] }>;
}

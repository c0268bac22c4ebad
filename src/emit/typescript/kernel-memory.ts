import { elementBytes, type Kernel, type Region } from "../kernel.ts";
import { arrayType, describeData } from "./arguments.ts";
import type { ModuleContext } from "./context.ts";
import { Lines } from "./layout.ts";
import { propertyKey } from "./text.ts";

/** The memory of a kernel, its arrays, and what starts it. */
export function printKernel(kernel: Kernel, context: ModuleContext): readonly Lines[] {
  return [printArrays(kernel, context), printViews(kernel, context), ...printStart(kernel, context)];
}

/** A kernel's bytes; last in a module, because nobody reads them. */
export function printKernelText({ bytes }: Kernel): Lines {
  const lines = new Lines();
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  lines.raw([
    `// The kernel: ${bytes.length} bytes of WebAssembly, in base64.`,
    "const kernelText = `",
    ...(text.match(/.{1,100}/g) ?? []),
    "`;",
  ]);
  return lines;
}

/** How much of the beginning of memory the kernel's callers see. */
export function visibleBytes({ memory }: Kernel): number {
  const { parameters, gradients, state, data, output } = memory;
  const regions = [parameters, gradients, state, ...data.values(), ...(output === undefined ? [] : [output])];
  return Math.max(...regions.map(({ offset, length, element }) => offset + length * elementBytes[element]));
}

function printArrays({ memory }: Kernel, context: ModuleContext): Lines {
  const lines = new Lines();
  context.helpers.add("newMemory");
  lines.raw([
    `// The memory of the kernel, ${memory.pages * 64} KiB, laid out when this module was generated.`,
    `const memory = /* @__PURE__ */ newMemory(${memory.pages});`,
  ]);
  const view = (identifier: string, { offset, length, element }: Region): void => {
    const helper = element === "i32" ? "integersAt" : "realsAt";
    context.helpers.add(helper);
    lines.raw([`const ${identifier} = /* @__PURE__ */ ${helper}(memory, ${offset}, ${length});`]);
  };
  view("parametersView", memory.parameters);
  view("stateView", memory.state);
  view("gradientsView", memory.gradients);
  for (const [name, region] of memory.data) view(context.viewIdentifier(name), region);
  if (memory.output !== undefined) view("outputView", memory.output);
  return lines;
}

function printViews({ memory }: Kernel, context: ModuleContext): Lines {
  const lines = new Lines();
  const { realArray, data } = context;
  lines.documentation([
    "The kernel's own arrays. A function works in those of them that it is given; any other array is copied in, and out",
    "where the function writes it. So what lies here changes with each call that is given another array in its place;",
    "`train` leaves all as it was.",
  ]);
  lines.block("export const views:", () => {
    lines.raw([
      "/** As `parameterLayout` says. */",
      `readonly parameters: ${realArray};`,
      "/** As `initialState` says. */",
      `readonly state: ${realArray};`,
      "/** What `gradient` computes, laid out like the parameters. */",
      `readonly gradients: ${realArray};`,
      "/** Inputs and targets, of `batchSize` samples. */",
      "readonly data: {",
      ...data.flatMap((slot) => [
        `  /** ${describeData(slot)} */`,
        `  readonly ${propertyKey(slot.name)}: ${arrayType(slot, context)};`,
      ]),
      "};",
      ...(memory.output === undefined
        ? []
        : ["/** What `predict` computes, of `batchSize` samples. */", `readonly output: ${realArray};`]),
    ]);
  });
  const entries = data.map(({ name }) => `${propertyKey(name)}: ${context.viewIdentifier(name)}`);
  lines.raw([
    "= {",
    "  parameters: parametersView,",
    "  state: stateView,",
    "  gradients: gradientsView,",
    `  data: {${entries.join(", ")}},`,
    ...(memory.output === undefined ? [] : ["  output: outputView,"]),
    "};",
  ]);
  return lines;
}

function printStart({ memory }: Kernel, context: ModuleContext): readonly Lines[] {
  for (const name of ["instantiateNow", "instantiateLater"]) context.helpers.add(name);
  const types = new Lines();
  types.documentation([
    "What the kernel is called with: the number of samples, that of the step, and the seed.",
  ]);
  types.raw(["type KernelFunction<Result> = (count: number, step: number, seed: number) => Result;"]);
  const functions = new Lines();
  functions.block("interface KernelFunctions", () => {
    for (const name of ["loss", "gradient", "trainStep"])
      functions.raw([`readonly ${name}: KernelFunction<number>;`]);
    if (memory.output !== undefined) functions.raw(["readonly predict: KernelFunction<void>;"]);
  });
  const start = new Lines();
  start.raw(["let kernel: KernelFunctions | undefined;"]);
  const now = new Lines();
  now.documentation(["Compiles the kernel, at the first call that needs it."]);
  now.block("function startKernel(): KernelFunctions", () => {
    now.raw([
      "kernel = instantiateNow(kernelText, memory) as KernelFunctions; // what it was generated with",
      "return kernel;",
    ]);
  });
  const promise = new Lines();
  promise.raw(["let starting: Promise<object> | undefined;"]);
  const later = new Lines();
  later.documentation([
    "Compiles the kernel without making others wait. Browsers may refuse to compile a large kernel on the main thread otherwise:",
    "await this there before the first call. Elsewhere the first call compiles it, in a few milliseconds.",
    "",
    "@returns When the kernel is ready; at once if it is.",
  ]);
  later.block("export async function ready(): Promise<void>", () => {
    later.raw([
      "if (kernel !== undefined) return;",
      "starting ??= instantiateLater(kernelText, memory);",
      "const functions = await starting;",
      "kernel ??= functions as KernelFunctions; // another call may have needed it meanwhile",
    ]);
  });
  return [types, functions, start, now, promise, later];
}

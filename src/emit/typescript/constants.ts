import { bufferKey, bufferLength } from "../../program/index.ts";
import type { ModuleContext } from "./context.ts";
import { Lines } from "./layout.ts";
import { numberLiteral, propertyKey } from "./text.ts";

/** The counts that arrays are allocated by. */
export function printConstants({ module, parameterCount, stateCount }: ModuleContext): Lines {
  const lines = new Lines();
  lines.raw([
    "/** Number of elements of the flat array that holds all parameters. */",
    `export const parameterCount = ${parameterCount};`,
    "",
    "/** Number of elements of the optimizer's state; element 0 counts the steps taken. */",
    `export const stateCount = ${stateCount};`,
    "",
    "/** Number of samples of a training step by default. */",
    `export const batchSize = ${module.batchSize};`,
  ]);
  return lines;
}

/** Where each parameter lies in the flat array. */
export function printLayout({ module }: ModuleContext): Lines {
  const lines = new Lines();
  lines.raw([
    "/** Where each parameter lies in the flat array: elements `offset` to `offset + length`, row by row. */",
    "export const parameterLayout = {",
    ...module.parameters.map(
      ({ name, offset, length, shape }) =>
        `  ${propertyKey(name)}: { offset: ${offset}, length: ${length}, shape: [${shape.join(", ")}] },`,
    ),
    "} as const;",
  ]);
  return lines;
}

/**
 * Reals of the module's own, whatever its precision: they are computed in doubles, and converting each that is stored and read again
 * costs a step of the LSTM in `bench/` a quarter of its time.
 */
const ownArray = "Float64Array";

/** Scratch memory and constant data, allocated once. */
export function printMemory(context: ModuleContext): readonly Lines[] {
  const { memory, statics, module } = context;
  if (statics.length === 0) return [];
  const lines = new Lines();
  if (memory.length > 0) {
    const saved = memory.unpacked > memory.length ? `, ${memory.unpacked} before packing by lifetime` : "";
    lines.raw([
      `// Scratch memory of every step: ${memory.length} elements${saved}.`,
      `const arena = /* @__PURE__ */ new ${ownArray}(${memory.length});`,
    ]);
  }
  for (const { identifier, buffer } of statics) {
    if (context.isOwn(buffer)) continue;
    const start = memory.offsets.get(bufferKey(buffer));
    const length = bufferLength(buffer, module.batchSize);
    const type = buffer.element === "integer" ? "Int32Array" : ownArray;
    if (buffer.role === "constant") {
      const data = (buffer.data ?? []).map(numberLiteral).join(", ");
      lines.statement(`const ${identifier} = /* @__PURE__ */ new ${type}([${data}]);`);
    } else if (start !== undefined) {
      lines.statement(`const ${identifier} = /* @__PURE__ */ arena.subarray(${start}, ${start + length});`);
    } else if (buffer.element === "integer") {
      lines.statement(`const ${identifier} = /* @__PURE__ */ new ${type}(${length});`);
    }
  }
  return [lines, ...printOwn(context)];
}

/** The module's own parameters and gradients, each with a view for every parameter. */
function printOwn(context: ModuleContext): readonly Lines[] {
  const { statics } = context;
  const own = statics.filter(({ buffer }) => context.isOwn(buffer));
  const groups = [
    { array: "ownParameters", role: "parameter", purpose: "A copy of the parameters" },
    {
      array: "ownGradients",
      role: "gradient",
      purpose: "The gradients of a step, or their sums over the batch",
    },
  ] as const;
  return groups.flatMap(({ array, role, purpose }) => {
    const views = own.filter(({ buffer }) => buffer.role === role);
    if (views.length === 0) return [];
    const lines = new Lines();
    lines.raw([
      `// ${purpose}: V8 knows where an array of the module's lies and how long it is, of an argument it must ask.`,
      `const ${array} = /* @__PURE__ */ new ${ownArray}(parameterCount);`,
    ]);
    for (const { identifier, buffer } of views) {
      const start = context.parameterOffset(buffer);
      const end = start + bufferLength(buffer, 1);
      lines.statement(`const ${identifier} = /* @__PURE__ */ ${array}.subarray(${start}, ${end});`);
    }
    return [lines];
  });
}

/** Where each parameter lies in the flat array. */
export interface Layout {
  readonly [name: string]: {
    readonly offset: number;
    readonly length: number;
    readonly shape: readonly number[];
  };
}

/**
 * Parameters as JSON, in which every number reads back to the same bits (−0 too).
 *
 * @throws {RangeError} if one of them is not finite.
 */
export function parametersToJson(network: string, layout: Layout, parameters: Float64Array): string {
  const entries = Object.entries(layout).map(([name, { offset, length, shape }]) => {
    const values = Array.from(parameters.subarray(offset, offset + length), (value, i) => {
      if (!Number.isFinite(value)) {
        throw new RangeError(
          `${name}[${i}] is ${value}: such parameters are of no use, so they are not saved`,
        );
      }
      return Object.is(value, -0) ? "-0" : String(value);
    });
    return `    {"name": ${JSON.stringify(name)}, "shape": ${JSON.stringify(shape)}, "values": [${values.join(", ")}]}`;
  });
  const head = `  "format": "nabla-parameters-1",\n  "network": ${JSON.stringify(network)},`;
  return `{\n${head}\n  "parameters": [\n${entries.join(",\n")}\n  ]\n}\n`;
}

/**
 * The parameters that `parametersToJson` wrote.
 *
 * @throws {Error} if the text is not such JSON, or of another network.
 */
export function parametersFromJson(network: string, layout: Layout, text: string): Float64Array {
  const saved = parseSaved(text);
  if (saved["network"] !== network) {
    throw new Error(
      `these are parameters of the network ${JSON.stringify(saved["network"])}, not of ${JSON.stringify(network)}; ` +
        `if the network was only renamed, change the name in the file`,
    );
  }
  const entries: readonly unknown[] = Array.isArray(saved["parameters"]) ? saved["parameters"] : [];
  const names = Object.keys(layout);
  if (entries.length !== names.length) {
    throw new Error(
      `the file holds ${entries.length} parameters, the network has ${names.length}: ${names.join(", ")}`,
    );
  }
  const last = Object.values(layout).reduce((end, { offset, length }) => Math.max(end, offset + length), 0);
  const parameters = new Float64Array(last);
  Object.entries(layout).forEach(([name, slot], i) => {
    parameters.set(savedValues(entries[i], name, slot.shape, slot.length), slot.offset);
  });
  return parameters;
}

function parseSaved(text: string): Record<string, unknown> {
  let saved: unknown;
  try {
    saved = JSON.parse(text);
  } catch (error) {
    throw new Error("this is not a file of saved parameters, or it is cut short: it does not parse as JSON", {
      cause: error,
    });
  }
  if (!isRecord(saved) || saved["format"] !== "nabla-parameters-1") {
    throw new Error('this is not a file of saved parameters: its "format" is not "nabla-parameters-1"');
  }
  return saved;
}

/** The checked values of one parameter. */
function savedValues(
  entry: unknown,
  name: string,
  shape: readonly number[],
  length: number,
): readonly number[] {
  if (!isRecord(entry) || entry["name"] !== name || String(entry["shape"]) !== String(shape)) {
    const found = isRecord(entry)
      ? `${String(entry["name"])} of shape [${String(entry["shape"])}]`
      : String(entry);
    throw new Error(`the file has ${found} where the network has ${name} of shape [${shape.join(",")}]`);
  }
  const values: unknown = entry["values"];
  if (!Array.isArray(values) || values.length !== length) {
    const found = Array.isArray(values) ? values.length : "no";
    throw new Error(`${name} has ${found} values in the file; it needs ${length}`);
  }
  return values.map((value: unknown, i) => {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new Error(`${name}[${i}] is ${JSON.stringify(value)} in the file; it must be a finite number`);
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

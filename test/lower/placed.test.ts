import { describe, expect, it } from "vitest";
import { compile, type CompileOptions } from "../../src/compile.ts";
import { type Program, type Statement } from "../../src/program/index.ts";
import { lowerProgram } from "../../src/lower/index.ts";
import { verifyModule } from "../../src/verify/index.ts";
import { gradientBuffer } from "./check.ts";
import { Sketch } from "./networks.ts";

function compiled(text: string, options: CompileOptions = {}): ReturnType<typeof compile> {
  return compile({ name: "parts.nabla", text }, { batchSize: 4, ...options });
}

function join(count: number, term: (k: number) => string, by = " + "): string {
  return Array.from({ length: count }, (_, k) => term(k + 1)).join(by);
}

/** Networks of size n that read their values in parts, or put them together from parts. */
const networks: Readonly<Record<string, (n: number) => string>> = {
  "single elements": (n) =>
    `w = parameter([${n}])\nx = input([${n}])\nloss = ${join(n, (k) => `w[${k}] * x[${n + 1 - k}]^2`)}`,
  "single elements with factors": (n) =>
    `w = parameter([${n}])\nx = input([${n}])\nloss = ${join(n, (k) => `${k} * w[${k}] * x[${k}] - w[${k}]^2 / ${k}`)}`,
  "elements that are read twice": (n) => `w = parameter([${n}])\nx = input([${n}])
h1 = w .* x
${join(n - 1, (k) => `h${k + 1} = sin(h${k}[1] * h1[${k}] + h1[${k + 1}]) * [1, 2]`, "\n")}
loss = sum(h${n}.^2)`,
  "windows that overlap": (n) =>
    `w = parameter([${n + 2}])\nx = input([3])\nloss = ${join(n, (k) => `sum(w[${k}:${k + 2}] .* x)^2`)}`,
  "rows and a norm": (n) =>
    `W = parameter([${n}, 3])\nx = input([3])\nloss = sum(W.^2) + ${join(n, (k) => `sum(W[${k}, :] .* x)^3`)}`,
  halves: (n) => `w = parameter([${n}])\nx = input([${n}])\nloss = (prod(w .* x) - 1)^2`,
  "parts that leave gaps": (n) =>
    `w = parameter([${3 * n}])\nx = input([${n}])\nloss = ${join(n, (k) => `w[${3 * k}] * x[${k}]^2`)}`,
  "an array of expressions": (n) =>
    `w = parameter([${n}])\nx = input([${n}])\nt = target([${n}])
y = [${join(n, (k) => `sin(w[${k}] * x[${n + 1 - k}])`, ", ")}]\nloss = sum((y - t).^2)`,
  "an array that is read more than once": (n) =>
    `w = parameter([${n}])\nx = input([${n}])\nW = parameter([3, ${n}])
y = [${join(n, (k) => `w[${k}] * x[${k}]`, ", ")}]\nloss = sum((W * y).^2) + sum(tanh(y))`,
  "a concatenation of vectors and of the same": (n) =>
    `w = parameter([3])\nx = input([2])
y = concat(${join(n, (k) => `w / ${k}, x .* w[1:2], w`, ", ")})\nloss = sum(y.^2)`,
  "a concatenation of columns": (n) =>
    `W = parameter([2, 3])\nx = input([2, 1])
Y = concat(${join(n, (k) => `W * ${k}, x .* W[:, 1:1]`, ", ")}, 2)\nloss = sum(Y.^3)`,
  "an array that decides": (n) =>
    `w = parameter([${n}])\nx = input([${n}])
y = [${join(n, (k) => `w[${k}] * x[${k}]`, ", ")}]\nloss = sum((y < x ? y : w).^2)`,
};

function countStatements(program: Program): number {
  const count = (statements: readonly Statement[]): number =>
    statements.reduce((sum, each) => sum + 1 + (each.kind === "loop" ? count(each.body) : 0), 0);
  return count(program.body);
}

describe.each(Object.entries(networks))("a gradient by parts: %s", (_, source) => {
  it.each([{ schedule: "unrolled" }, { schedule: "rows", precision: "f32" }, { schedule: "tiled" }] as const)(
    "is right, %j",
    async (options) => {
      const compilation = await compiled(source(5), options);
      const { checks } = await verifyModule({ ...compilation, against: ["tape", "interpreter"] });
      expect(checks.filter((check) => !check.ok)).toEqual([]);
    },
  );

  it.each(["rows", "tiled"] as const)(
    "costs less than five times the loss, and as much code again for twice the size, %s",
    async (schedule) => {
      const [half, whole] = [
        await compiled(source(16), { schedule }),
        await compiled(source(32), { schedule }),
      ];
      expect(whole.costs.ratio).toBeLessThan(5);
      expect(whole.costs.lossAndGradients).toBeLessThan(2.5 * half.costs.lossAndGradients);
      const [a, b] = [half, whole].map(({ program }) => countStatements(program.programs.gradient));
      expect(b).toBeLessThan(2.5 * (a ?? 0));
    },
  );
});

describe("storing a sum by parts", () => {
  it("needs no zeros and no additions where the parts cover the whole, each once", async () => {
    const { program } = await compiled(
      "w = parameter([4])\nx = input([2])\nloss = sum(w[1:2] .* x) + sum(w[3:4] .* x.^2)",
      { schedule: "tiled" },
    );
    const stores: boolean[] = [];
    const visit = (statements: readonly Statement[]): void => {
      for (const each of statements) {
        if (each.kind === "loop") visit(each.body);
        if (each.kind === "store" && each.buffer === "dw") stores.push(each.accumulate);
      }
    };
    visit(program.programs.gradient.body);
    expect(stores).toEqual([false, false]);
  });
});

describe("storing a long concatenation by parts", () => {
  it("stores numbers for what is true or false", () => {
    const s = new Sketch();
    const parts = [1, 2, 3, 4, 5].map((k) => {
      const x = s.parameter(`x${k}`, [1]);
      return s.build.apply("less", [x, s.build.constantLike(k, x)], {});
    });
    const isLess = s.build.apply("concatenate", parts, { axis: 0 });
    const node = s.build.select(isLess, s.build.constant(2, [5]), s.build.constant(-1, [5]));
    const program = lowerProgram({
      name: "gradient",
      sinks: [{ kind: "store", buffer: gradientBuffer("y", node), node }],
      names: new Map(),
      schedule: "tiled",
      batchSize: 4,
    });
    const stored = program.body.flatMap((each) => (each.kind === "store" ? [each.value] : []));
    expect(stored).toHaveLength(5);
    for (const value of stored) expect(value).toMatchObject({ kind: "apply", operation: "select" });
  });
});

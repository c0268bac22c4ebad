import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Node } from "../../src/graph/index.ts";
import { rewrite, type RewriteRule, ruleThemes, type Soundness } from "../../src/rewrite/index.ts";
import { evaluate } from "../../src/verify/index.ts";
import { type RuleCase, ruleCases } from "./cases.ts";
import { Drawing } from "./drawing.ts";

const rules = Object.values(ruleThemes).flat();

/** Printed by fast-check with every failure; fixed, so that a run can be repeated. */
const seed = 20_261_123;

const awkward = [
  0,
  -0,
  1,
  -1,
  Infinity,
  -Infinity,
  NaN,
  5e-324,
  -5e-324,
  1.7976931348623157e308,
  -1e300,
  1e-310,
  0.1,
];

/** Numbers with which rounding, overflow and cancellation stay small: −4, −4 + 1/64, … 4. */
function moderate(): fc.Arbitrary<number> {
  return fc.integer({ min: -256, max: 256 }).map((count) => count / 64);
}

/** What each soundness promises is asked with the numbers it speaks of. */
const numbersFor: Readonly<Record<Soundness, fc.Arbitrary<number>>> = {
  ieee: fc.oneof(fc.constantFrom(...awkward), fc.double({ min: -4, max: 4 }), fc.double()),
  real: fc.oneof(fc.constantFrom(-0), moderate()),
  finite: fc.oneof(fc.constantFrom(-0), moderate()),
};

function sides(
  rule: RewriteRule,
  make: RuleCase,
): { readonly d: Drawing; readonly left: readonly Node[]; readonly right: readonly Node[] } {
  const d = new Drawing();
  const made = make(d);
  const left = "operation" in made ? [made] : made;
  const { roots, trace } = rewrite(d.graph, left, [rule], "test", { forward: [] });
  expect(new Set(trace.map((step) => step.rule)), "the rule fires").toEqual(new Set([rule.name]));
  return { d, left, right: roots };
}

/** Bit for bit, but one NaN is as good as another. */
function sameBits(left: number, right: number): boolean {
  return Object.is(left, right);
}

/** Equal up to rounding, wherever the left side is a number at all. */
function sameReal(left: number, right: number): boolean {
  return !Number.isFinite(left) || Math.abs(left - right) <= 1e-9 * Math.max(1, Math.abs(left));
}

describe.each(Object.entries(ruleThemes))("rules: %s", (_, theme) => {
  it.each(theme.map((rule) => [rule.name, rule] as const))("%s", (name, rule) => {
    const cases = ruleCases[name] ?? [];
    expect(cases.length, "every rule has a case").toBeGreaterThan(0);
    const same = rule.holds === "ieee" ? sameBits : sameReal;
    for (const make of cases) {
      const { d, left, right } = sides(rule, make);
      fc.assert(
        fc.property(fc.array(numbersFor[rule.holds], { minLength: 1, maxLength: 40 }), (numbers) => {
          let next = 0;
          const bindings = d.bind(() => numbers[next++ % numbers.length] ?? 0);
          const values = evaluate([...left, ...right], bindings);
          left.forEach((before, index) => {
            const after = right[index];
            const [a, b] = [values.get(before), after && values.get(after)];
            const size = a?.length ?? 0;
            // A value that no longer varies over the batch holds for each sample.
            for (let k = 0; k < size; k += 1) {
              const [x, y] = [a?.[k] ?? NaN, b?.[k % b.length] ?? NaN];
              if (!same(x, y))
                expect.fail(`${rule.statement}: element ${k} of ${index} was ${x} and is now ${y}`);
            }
          });
        }),
        { seed, numRuns: rule.holds === "ieee" ? 300 : 100 },
      );
    }
  });
});

describe("the table of rules", () => {
  it("has a case for every rule and no case without a rule", () => {
    expect(Object.keys(ruleCases).sort()).toEqual(rules.map((rule) => rule.name).sort());
  });

  it("names each rule once", () => {
    expect(new Set(rules.map((rule) => rule.name)).size).toBe(rules.length);
  });
});

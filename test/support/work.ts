/*
 * Counts the work of a computation instead of timing it, so that a test can tell a linear algorithm from a quadratic one:
 * every call of a callback by a method of arrays, every element copied or searched, every step of an iteration, and every
 * access to a map or a set.
 */

const callingBack = [
  ...["map", "filter", "some", "every", "find", "findLast", "findIndex", "findLastIndex", "forEach"],
  ...["flatMap", "reduce", "reduceRight", "sort"],
];
const copying = ["slice", "concat", "join", "includes", "indexOf", "reverse"];
const accessing = ["get", "has", "set", "add"];
const iterators = [[], new Map(), new Set()].map(
  (each) => Object.getPrototypeOf(each[Symbol.iterator]()) as object,
);

type Method = (this: unknown, ...given: unknown[]) => unknown;

/** How much work `run`, which must be synchronous, does. */
export function workOf(run: () => unknown): number {
  let work = 0;
  const undo: (() => void)[] = [];
  const replace = (owner: object, names: readonly string[], by: (original: Method) => Method): void => {
    const methods = owner as Record<string, Method | undefined>; // nothing but methods is named above
    for (const name of names) {
      const original = methods[name];
      if (original === undefined) continue;
      methods[name] = by(original);
      undo.push(() => (methods[name] = original));
    }
  };
  const countStep = (original: Method): Method =>
    function (...given) {
      work += 1;
      return original.apply(this, given);
    };
  const countCallbacks = (original: Method): Method =>
    function (first, ...rest) {
      return original.call(this, typeof first === "function" ? countStep(first as Method) : first, ...rest);
    };
  const countElements = (original: Method): Method =>
    function (...given) {
      const result = original.apply(this, given);
      work += ((Array.isArray(result) ? result : this) as readonly unknown[]).length;
      return result;
    };
  replace(Array.prototype, callingBack, countCallbacks);
  replace(Array.prototype, copying, countElements);
  for (const owner of [Map.prototype, Set.prototype]) replace(owner, accessing, countStep);
  for (const owner of iterators) replace(owner, ["next"], countStep);
  try {
    run();
  } finally {
    for (const each of undo) each();
  }
  return work;
}

/**
 * How much more work the third n of a problem of size 3n is than the second: at most 1 where work is linear, 5/3 where it
 * is quadratic.
 */
export function growthOf(n: number, workAt: (size: number) => number): number {
  const [one = 0, two = 0, three = 0] = [n, 2 * n, 3 * n].map(workAt);
  return (three - two) / Math.max(1, two - one);
}

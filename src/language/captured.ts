import { type FunctionValue, type Value } from "./value.ts";
import { freeNames } from "./walk.ts";

/**
 * The name by which a function, or one that it calls, reads a value of the network; nothing where all it reads is known
 * now. An optimizer, a schedule and a clip are computed beside the network, from what they are given.
 */
export function capturedData(callee: FunctionValue): string | undefined {
  const seen = new Set<Value>([callee]);
  const pending: FunctionValue[] = [callee];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const { name } of freeNames(next.definition)) {
      for (const value of valuesIn(next.scope.lookup(name))) {
        if (value.kind === "tensor") return name;
        if (value.kind !== "function" || seen.has(value)) continue;
        seen.add(value);
        pending.push(value);
      }
    }
  }
  return undefined;
}

/** A value, and those in its fields. */
function* valuesIn(whole: Value | undefined): Generator<Value> {
  const pending = whole === undefined ? [] : [whole];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    yield next;
    if (next.kind === "object") for (const { value } of next.fields.values()) pending.push(value);
  }
}

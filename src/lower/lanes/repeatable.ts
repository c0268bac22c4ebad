import { accumulatorsOf } from "../accumulators.ts";
import { type Loop, visitAccesses } from "../traverse.ts";
import { storedIn } from "./candidates.ts";

/** Whether doing some of a loop's iterations again changes nothing: it adds nothing up, and loads nothing that it stores. */
export function isRepeatable(loop: Loop): boolean {
  if (accumulatorsOf(loop).size > 0) return false;
  const stored = storedIn([loop]);
  let fits = true;
  visitAccesses([loop], ({ kind, buffer }) => {
    if (kind === "accumulate" || (kind === "load" && stored.has(buffer))) fits = false;
  });
  return fits;
}

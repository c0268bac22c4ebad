import { type BufferRole, type DataSlot, type Program, visitBuffers } from "../../program/index.ts";

/** What of its caller's arrays a function works on: a prediction may not need all inputs, nor an optimizer a state. */
export interface MentionedArrays {
  readonly parameters: boolean;
  readonly state: boolean;
  readonly has: (slot: DataSlot | undefined) => boolean;
}

/** The arrays that the programs read or write. */
export function mentionedBy(programs: readonly Program[]): MentionedArrays {
  const mentioned = programs.flatMap(({ body, buffers }) => {
    const names = new Set<string>();
    visitBuffers(body, (name) => names.add(name));
    return buffers.filter(({ name }) => names.has(name));
  });
  const roles = new Set(mentioned.map(({ role }) => role));
  const isData = (role: BufferRole): boolean => role === "input" || role === "target";
  const data = new Set(mentioned.flatMap(({ role, of }) => (isData(role) && of !== undefined ? [of] : [])));
  return {
    parameters: roles.has("parameter"),
    state: roles.has("state"),
    has: (slot) => slot !== undefined && data.has(slot.name),
  };
}

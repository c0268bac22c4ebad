import { didYouMean } from "../diagnostics/index.ts";
import { optionOf } from "./optimizer-options.ts";
import { knownFields, wrongOption } from "./options.ts";
import { attempt, Problem } from "./problem.ts";
import type { Field, OptimizerDefinition, OptimizerValue, Schedule } from "./value.ts";

/** What `training` says of the parameters that a pattern matches. */
export interface Exception {
  /** `*` stands for any characters: `*.bias`, `h.*`. */
  readonly pattern: string;
  /** In place of the optimizer's. */
  readonly options: ReadonlyMap<string, number | Schedule>;
  readonly isFrozen: boolean | undefined;
}

/** Where mistakes are told, and what is known of the network. */
interface Reading {
  /** Nothing where the optimizer is spoilt: its options cannot be judged then. */
  readonly definition: OptimizerDefinition | undefined;
  readonly names: readonly string[];
  readonly tell: (problem: Problem) => void;
}

/** `parameters: {"*.bias": {weightDecay: 0}, "embedding.*": {frozen: true}}` */
export function readExceptions(field: Field | undefined, reading: Reading): readonly Exception[] {
  if (field === undefined || field.value.kind === "poison") return [];
  const { value } = field;
  if (value.kind === "object")
    return [...value.fields].flatMap(([pattern, each]) => exceptionOf(pattern, each, reading) ?? []);
  const hint = 'write parameters: {"*.bias": {weightDecay: 0}}';
  reading.tell(wrongOption("parameters", field, "an object with an entry for each pattern of names", hint));
  return [];
}

function exceptionOf(pattern: string, field: Field, reading: Reading): Exception | undefined {
  const { definition, names, tell } = reading;
  if (!names.some((name) => matches(pattern, name))) tell(unmatched(pattern, field, names));
  const { value } = field;
  if (value.kind === "poison") return undefined;
  if (value.kind !== "object") {
    tell(wrongOption(pattern, field, "an object of options", `write "${pattern}": {frozen: true}`));
    return undefined;
  }
  const known = definition === undefined ? undefined : [...definition.options.keys(), "frozen"];
  const given = known === undefined ? value.fields : knownFields(value, known, tell);
  const options = new Map<string, number | Schedule>();
  let isFrozen: boolean | undefined;
  for (const [name, option] of given) {
    if (option.value.kind === "poison") continue;
    if (name === "frozen") {
      if (option.value.kind === "boolean") isFrozen = option.value.value;
      else tell(wrongOption("frozen", option, "true or false", "write frozen: true"));
    } else if (definition !== undefined) {
      const read = attempt(tell, () => optionOf(definition, name, option));
      if (read !== undefined) options.set(name, read);
    }
  }
  return { pattern, options, isFrozen };
}

/** Whether all of a name is as the pattern says. */
export function matches(pattern: string, name: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "su").test(name);
}

function unmatched(pattern: string, { span }: Field, names: readonly string[]): Problem {
  const parts = names.flatMap((name) => {
    const [first = name, last = name] = [name.split(".")[0], name.split(".").at(-1)];
    return first === last ? [name] : [name, `*.${last}`, `${first}.*`];
  });
  const most = 8;
  const more = names.length > most ? `, … (${String(names.length)} in all)` : "";
  const list = names.length === 0 ? "there are none" : `they are ${names.slice(0, most).join(", ")}${more}`;
  return new Problem(
    "unknown-parameter",
    span,
    pattern.includes("*")
      ? `No parameter has a name like ${pattern}, where * stands for any characters.`
      : `No parameter is called ${pattern}.`,
    didYouMean(pattern, new Set(parts)) ?? list,
    [],
    true,
  );
}

/** The optimizer as it treats one parameter. */
export function optimizerFor(
  value: OptimizerValue,
  exceptions: readonly Exception[],
  name: string,
): OptimizerValue {
  const own = exceptions.filter(({ pattern }) => matches(pattern, name));
  if (own.length === 0) return value;
  return {
    ...value,
    options: new Map([value.options, ...own.map(({ options }) => options)].flatMap((each) => [...each])),
  };
}

/** Of two exceptions that say so the later one counts. */
export function isFrozen(exceptions: readonly Exception[], name: string): boolean {
  const last = exceptions.findLast((each) => each.isFrozen !== undefined && matches(each.pattern, name));
  return last?.isFrozen === true;
}

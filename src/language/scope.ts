import type { Value } from "./value.ts";

/** What names mean, from the inside out: a function's parameters, then the file, then the prelude. */
export class Scope {
  readonly #values = new Map<string, Value>();
  /** How messages call a function's parameter: by the argument's text at the call. */
  readonly #labels = new Map<string, string>();
  readonly #parent: Scope | undefined;

  constructor(parent?: Scope) {
    this.#parent = parent;
  }

  define(name: string, value: Value, label?: string): void {
    this.#values.set(name, value);
    if (label !== undefined) this.#labels.set(name, label);
  }

  lookup(name: string): Value | undefined {
    return this.#values.get(name) ?? this.#parent?.lookup(name);
  }

  labelOf(name: string): string | undefined {
    return this.#values.has(name) ? this.#labels.get(name) : this.#parent?.labelOf(name);
  }

  /** Every name in sight. */
  get names(): readonly string[] {
    return [...this.#values.keys(), ...(this.#parent?.names ?? [])];
  }
}

import { invariant } from "../../diagnostics/index.ts";
import type { Value } from "./value.ts";

/** A loop whose iterations run side by side in the lanes of vectors. */
export interface LaneLoop {
  readonly variable: string;
  /** Whether it is over what does not fill a vector. */
  readonly isRemainder: boolean;
}

/** Which loop in lanes the statements at hand belong to, and in which of its lanes they run. */
export class LaneScope {
  #loop: LaneLoop | undefined;
  #mask: Value | undefined;

  /** `undefined` outside of loops in lanes. */
  get loop(): LaneLoop | undefined {
    return this.#loop;
  }

  /** All bits of a lane are set where the statements run in it; `undefined` if they do in all. */
  get mask(): Value | undefined {
    return this.#mask;
  }

  /** Compiles a loop in lanes. */
  within(loop: LaneLoop, compile: () => void): void {
    invariant(this.#loop === undefined, "no loop in lanes holds another");
    this.#loop = loop;
    compile();
    this.#loop = undefined;
  }

  /** Compiles statements that run in the lanes of `mask`. */
  masked(mask: Value | undefined, compile: () => void): void {
    const around = this.#mask;
    this.#mask = mask;
    compile();
    this.#mask = around;
  }
}

import {
  addAffine,
  type Affine,
  affineVariable,
  type Buffer,
  scaleAffine,
  type Statement,
} from "../../program/index.ts";
import type { NameSupply } from "../names.ts";
import { tripCount } from "../rewrites/unroll.ts";
import { type Load, type Loop, substituteAffine } from "../traverse.ts";
import { strideOf } from "./cost.ts";
import { type Panel, placeIn } from "./panels.ts";

/** How the copy of an operand lies in memory: panel after panel, each row by row; and all of it for each sample, where it moves with them. */
export class Layout {
  readonly operand: Load;
  readonly buffer: Buffer;
  /** Elements of one sample in a column of a panel. */
  readonly rows: number;
  readonly #lanes: Loop;
  readonly #samples: Loop | undefined;
  /** Loops that it moves with within a panel, from the outermost. */
  readonly #moves: readonly Loop[];
  readonly #size: number;

  /** `inside`: the loops from the one in lanes to the sum. */
  constructor(
    operand: Load,
    lanes: Loop,
    inside: readonly Loop[],
    panels: readonly Panel[],
    names: NameSupply,
  ) {
    const moves = inside.filter(({ variable }) => strideOf(operand.offset, variable) !== 0);
    this.operand = operand;
    this.#lanes = lanes;
    this.#samples = moves.find((each) => tripCount(each) === undefined);
    this.#moves = moves.filter((each) => each !== this.#samples);
    this.rows = this.#moves.reduce((product, each) => product * (tripCount(each) ?? NaN), 1);
    const columns = panels.reduce(
      (sum, { width, over }) => sum + (over === undefined ? width : Number(over.to)),
      0,
    );
    this.#size = this.rows * columns;
    this.buffer = {
      name: names.claim(`${operand.buffer}_packed`),
      role: "scratch",
      element: "real",
      shape: [this.#size],
      batched: this.#samples !== undefined,
    };
  }

  /** Where an element is found in a panel. */
  offsetIn({ column, width }: Panel): Affine {
    let size = width;
    const terms = [affineVariable(this.#lanes.variable), scaleAffine(column, this.rows)];
    for (const each of this.#moves.toReversed()) {
      terms.push(scaleAffine(affineVariable(each.variable), size));
      size *= tripCount(each) ?? NaN;
    }
    if (this.#samples !== undefined)
      terms.push(scaleAffine(affineVariable(this.#samples.variable), this.#size));
    return addAffine(...terms.toReversed());
  }

  /** The copying of a panel, or of all of them. The loop to go into lanes is the innermost: stores are to one place, and not four. */
  copyOf(panel: Panel): Loop {
    const offset = substituteAffine(this.operand.offset, placeIn(panel, this.#lanes.variable));
    const store: Statement = {
      kind: "store",
      buffer: this.buffer.name,
      offset: this.offsetIn(panel),
      value: { ...this.operand, offset },
      accumulate: false,
    };
    const lanes: Loop = { ...this.#lanes, from: 0, to: panel.width, body: [store] };
    const { over } = panel;
    const outer = [over, this.#samples, ...this.#moves].filter((each) => each !== undefined);
    return outer.reduceRight<Loop>((body, each) => ({ ...each, body: [body] }), lanes);
  }
}

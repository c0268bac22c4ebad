import type { Node } from "../graph/index.ts";
import { symbol } from "./formula.ts";
import { glyphOfName } from "./glyphs.ts";
import { MatrixWriter } from "./matrix.ts";
import { type Notation, printFormula } from "./print.ts";

/** A scalar that follows the number of the step, which formulas call t, and nothing else: `0.1 / √t`. */
export function stepFormula(node: Node, step: Node, notation: Notation = "text"): string {
  const writer = new MatrixWriter(new Map([[step, glyphOfName("t")]]), symbol("N"), symbol("t"));
  return printFormula(writer.definition(node), notation);
}

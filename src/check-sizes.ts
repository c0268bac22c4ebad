import { type Diagnostic, DiagnosticError, type SourceSpan } from "./diagnostics/index.ts";
import { type DerivedNetwork, sizeOf } from "./graph/index.ts";

/** More elements than a typed array can be sure to hold. */
const mostElements = 2 ** 31 - 1;

/**
 * A module keeps all parameters in one array, all of the optimizer's state in another, and is handed a batch of each input
 * and target in one: shapes that are small enough each may be too large together.
 *
 * @throws {DiagnosticError} with each array that would be too large.
 */
export function checkSizes({ network, states }: DerivedNetwork): void {
  const { parameters, inputs, targets, optimizer, training } = network;
  const problems: Diagnostic[] = [];
  const stateSizes = new Map<string, number>();
  for (const { node } of states) {
    const { parameter } = node.attributes;
    stateSizes.set(parameter, (stateSizes.get(parameter) ?? 0) + sizeOf(node.type.shape));
  }
  let parameterCount = 0;
  let stateCount = 1; // the number of steps taken
  for (const { name, node, span } of parameters) {
    const before = [parameterCount, stateCount];
    parameterCount += sizeOf(node.type.shape);
    stateCount += stateSizes.get(name) ?? 0;
    // Told once, at the parameter that is one too many.
    if (before.some((count) => count > mostElements)) continue;
    if (parameterCount > mostElements)
      problems.push(tooLarge(span, `The parameters up to ${name} have ${parameterCount} elements together`));
    else if (stateCount > mostElements)
      problems.push(
        tooLarge(span, `${optimizer.name} keeps ${stateCount} numbers for the parameters up to ${name}`),
      );
  }
  for (const { name, node, span } of [...inputs, ...targets]) {
    const count = training.batchSize * sizeOf(node.type.shape);
    if (count > mostElements)
      problems.push(
        tooLarge(span, `A batch of ${training.batchSize} samples of ${name} has ${count} elements`),
      );
  }
  if (problems.length > 0) throw new DiagnosticError(problems.toSorted((a, b) => startOf(a) - startOf(b)));
}

function tooLarge(span: SourceSpan, found: string): Diagnostic {
  return {
    code: "too-large",
    severity: "error",
    span,
    message: `${found}; an array holds at most ${mostElements}.`,
    hint: "use smaller shapes, or a smaller batchSize where a batch is too large",
  };
}

const startOf = ({ span }: Diagnostic): number => span?.start ?? 0;

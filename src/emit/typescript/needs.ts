import { ownStatements, type Program, type Statement, visitMentions } from "../../program/index.ts";

/** Which numbers statements need besides arrays. */
export interface NeededNumbers {
  readonly usesStep: boolean;
  readonly usesCount: boolean;
  /** Whether they draw random numbers, for which they need the step as well. */
  readonly usesSeed: boolean;
}

export function numbersOf(statements: readonly Statement[]): NeededNumbers {
  let [usesStep, usesCount, usesSeed] = [false, false, false];
  visitMentions(statements, {
    step: () => (usesStep = true),
    batchSize: () => (usesCount = true),
    random: () => (usesSeed = true),
  });
  return { usesStep: usesStep || usesSeed, usesCount, usesSeed };
}

/** Whether a program draws random numbers. */
export function drawsNumbers({ body }: Program): boolean {
  return numbersOf(body).usesSeed;
}

/** The streams of random numbers that a function of these statements (not its pieces) draws from, in their order. */
export function streamsOf(statements: readonly Statement[]): readonly number[] {
  const streams = new Set<number>();
  visitMentions(ownStatements(statements), { random: (stream) => streams.add(stream) });
  return [...streams].sort((a, b) => a - b);
}

/** The multiples that loop bounds of a function of these statements (not of its pieces) round the batch size to, in their order. */
export function roundedBounds(statements: readonly Statement[]): readonly number[] {
  const multiples = new Set<number>();
  const visit = (list: readonly Statement[]): void => {
    for (const statement of list) {
      if (!("body" in statement)) continue;
      visit(statement.body);
      if (statement.kind !== "loop") continue;
      for (const bound of [statement.from, statement.to]) {
        if (typeof bound !== "number" && bound.multipleOf !== 1) multiples.add(bound.multipleOf);
      }
    }
  };
  visit(ownStatements(statements));
  return [...multiples].sort((a, b) => a - b);
}

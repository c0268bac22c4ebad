/** A network of the matrix: small, and there for one construct or for a few that belong together. */
export interface MatrixNetwork {
  readonly name: string;
  readonly source: string;
}

/** Of inputs x (2) and targets t (3), with the parameters of one layer. */
export function network(name: string, ...statements: readonly string[]): MatrixNetwork {
  return {
    name,
    source: `x = input([2])
t = target([3])
W = parameter([3, 2])
b = parameter([3])
${statements.join("\n")}
`,
  };
}

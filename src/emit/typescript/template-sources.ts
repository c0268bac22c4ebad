// Written by scripts/embed-templates.ts from templates/: change those, and run it again.

/** A declaration of a template, without `export`, and the other declarations that its text mentions. */
export interface TemplatePart {
  readonly needs: readonly string[];
  readonly text: string;
}

export const templateSources: Readonly<Record<string, TemplatePart>> = {
  wrongLength: {
    needs: [],
    text: `/** The error for an array that must have exactly \`expected\` elements. */
function wrongLength(name: string, found: number, expected: number): RangeError {
  return new RangeError(\`\${name} has \${found} elements; this network needs \${expected}\`);
}`,
  },
  tooShort: {
    needs: [],
    text: `/** The error for an array that holds fewer than \`count\` samples of \`width\` elements. */
function tooShort(name: string, found: number, count: number, width: number): RangeError {
  return new RangeError(\`\${name} has \${found} elements; \${count} samples of \${width} need \${count * width}\`);
}`,
  },
  wrongCount: {
    needs: [],
    text: `/** The error for a number of samples that is no positive integer. */
function wrongCount(count: number): RangeError {
  return new RangeError(
    \`the number of samples must be a positive integer, not \${count}: do the arrays hold whole samples?\`,
  );
}`,
  },
  tooManySamples: {
    needs: [],
    text: `/** The error for more samples at once than scratch memory was laid out for. */
function tooManySamples(count: number, most: number): RangeError {
  return new RangeError(
    \`\${count} samples at once; this module was generated for at most \${most}: pass them in batches, or generate with a larger batch size\`,
  );
}`,
  },
  checkLabels: {
    needs: [],
    text: `/** @throws {RangeError} unless the first \`length\` labels are integers from 0 to \`categories - 1\`. */
function checkLabels(name: string, labels: Int32Array, length: number, categories: number): void {
  for (let i = 0; i < length; i++) {
    const label = labels[i]!;
    if (label < 0 || label >= categories) {
      throw new RangeError(\`\${name}[\${i}] is \${label}; labels of \${name} are 0 to \${categories - 1}\`);
    }
  }
}`,
  },
};

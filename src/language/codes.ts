/**
 * Every kind of mistake the language can report, and how it is mended as a rule: the hint of a diagnostic whose place
 * knows none better. Each kind has a case in `test/cases/errors/`.
 */
const usualHints = {
  "unexpected-character": "names consist of the letters a–z and A–Z, Greek letters, digits and underscores",
  "unclosed-string": "a string ends on the line it begins on, with the quote it begins with",
  "unclosed-bracket": "add the closing bracket",
  "unexpected-bracket": "remove it, or add the bracket that it should close",
  "too-deep": "give parts of it names of their own",
  "too-large": "use smaller shapes, or vectors and matrices instead of many scalars",
  "leading-operator": "end the line before with the operator",
  syntax:
    "a statement is name = expression; it goes on in the next line after an operator or inside brackets",
  "unsupported-operator": "write it as a function, or with + - * / ^",
  "arrow-assignment": "write = to define a name",
  "implicit-multiplication": "write * for the product",
  "not-a-definition": "write name = …",
  "empty-file": "write at least x = input([2]), a parameter and loss = …",
  "reserved-name": "choose another name",
  "shadowed-builtin": "choose another name",
  "repeated-definition": "choose another name",
  "used-before-definition": "move its definition up",
  "cyclic-definition": "break the circle",
  "recursive-function": "write out what it repeats: functions are expanded where they are called",
  "unknown-name": "define it in a line above",
  "unknown-function": "define it in a line above: f(x) = …",
  "unknown-option": "remove it",
  "unknown-parameter": "write the name of a parameter, or a pattern such as *.bias",
  "unknown-field": "fields are those of an object: {name: value}",
  "unknown-initializer": 'write, for example, init: "he"',
  "missing-field": "add it to the object",
  "imaginary-unit": "choose another name",
  "wrong-argument-count": "give as many arguments as the definition has",
  "wrong-argument": "see in docs/language.md what it takes",
  "wrong-option": "leave it out for its default",
  "wrong-condition": "write a comparison, such as x > 0",
  "not-a-function": "write * for a product",
  "not-a-number": "give a number",
  "shape-mismatch":
    "change the declaration of one of them, or bring them to one shape with reshape or an index",
  "matrix-power": "write .^ for the power of each element",
  "matrix-division": "write ./ for the quotient of each pair of elements",
  "index-out-of-range": "indices count from 1; end is the last one",
  "wrong-index": "indices are whole numbers from 1, ranges such as 2:end, or : for all",
  "not-finite": "change what it is computed from; write Infinity or NaN where that is meant",
  "integer-arithmetic": "write oneHot(label, n), gather(table, label) or toReal(label)",
  "boolean-arithmetic": "write where(condition, 1, 0)",
  "category-mismatch": "declare as many categories as there are rows",
  "misplaced-declaration": "declare it in a statement of its own",
  "misplaced-binding": "write let(name = value, expression) for a local name",
  "misplaced-target": "compute it from the inputs alone",
  "random-prediction": "write whenTraining(a, b): a while training, b when the network is used",
  "missing-loss": "end the file with loss = …",
  "non-scalar-loss": "write loss = mean(…) or loss = sum(…)",
  "nothing-to-train": "declare a parameter: W = parameter([1, 2])",
  "parameter-not-in-loss": "let the loss depend on it, or declare it a constant",
  "unused-parameter": "remove it",
  "unused-input": "remove it",
  "unused-value": "remove it; what predict should give is called prediction",
  "squashed-twice": "leave out what the loss does itself",
  "not-squashed": "take the loss of logits, or make probabilities of them",
  "vector-transpose": "write x * y for the dot product, outer(x, y) for the outer product",
  "wrong-prediction": "write prediction = …, the value that predict should give, or leave it out",
  "wrong-training": "write training = {optimizer: adam({learningRate: 0.01}), epochs: 100, batchSize: 16}",
  "wrong-optimizer": "write optimizer: adam({learningRate: 0.01}), or define one with optimizer(…)",
} as const;

export type DiagnosticCode = keyof typeof usualHints;

export const diagnosticCodes = Object.keys(usualHints) as readonly DiagnosticCode[]; // the keys of a literal

export function usualHint(code: DiagnosticCode): string {
  return usualHints[code];
}

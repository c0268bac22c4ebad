export * from "./definition.ts";
export * from "./build.ts";
export * from "./table.ts";
export * from "./expand.ts";
export * from "./renew.ts";
export { overSteps, substitute } from "./over-steps.ts";
export * from "./notation.ts";
export { constantValue } from "./constants.ts";
export { placeShown, windowCount } from "./views/window.ts";
export {
  canonicalSpecification,
  formatSpecification,
  parseSpecification,
  type Specification,
  summedLetters,
} from "./contractions/specification.ts";

// Spelling suggestions serve the command line too, so they live with the diagnostics.
export { didYouMean, editDistance, suggest } from "../diagnostics/index.ts";

export { rewrite, type RewriteOptions, type Rewritten } from "./engine.ts";
export { expandForLowering, simplify, stabilise } from "./passes.ts";
export type { RewriteRule, RuleContext, Soundness } from "./rule.ts";
export { ruleThemes, simplifyRules } from "./rules/index.ts";
export { countOperations } from "./count.ts";
export { documentRules } from "./document.ts";

export { type Bindings, evaluate, evaluateOne, type Values } from "./interpreter.ts";

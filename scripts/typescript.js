// Lets Node run this repository's TypeScript files as they are: `node --import ./scripts/typescript.js file.ts`.
// For the repository's own scripts only; what is published is compiled by `npm run build`.
import { register } from "node:module";

register("./typescript-hooks.js", import.meta.url);

import type { Buffer } from "../../program/index.ts";
import { dropDeadLocals, dropDeadStores } from "../rewrites/dead.ts";
import { forwardStores } from "../rewrites/forward.ts";
import { joinSums } from "../rewrites/join.ts";
import { inlineSingleUse } from "../rewrites/inline.ts";
import { renameLocals } from "../rewrites/rename.ts";
import { shareSubexpressions } from "../rewrites/share.ts";
import { shrinkScratch } from "../rewrites/shrink.ts";
import { simplifyExpressions } from "../rewrites/simplify.ts";
import { spellOutSigmoids } from "../rewrites/spell-out.ts";
import { straightenAccumulators } from "../rewrites/straighten.ts";
import { visitAccesses } from "../traverse.ts";
import { type Step, statementStep } from "./step.ts";

/* Steps of several schedules. */

/** Before all else, on machines without vectors. */
export const spellOut = statementStep("spell out sigmoids", spellOutSigmoids);

/** For schedules that take one sample at a time. */
export const shrink: Step = {
  name: "shrink scratch memory",
  apply: (program) => {
    const { buffers, statements } = shrinkScratch(
      { buffers: program.buffers, statements: program.body },
      program.batchVariable,
    );
    return { ...program, buffers, body: statements };
  },
};

export const join = statementStep("join sums", joinSums);

export const simplify = statementStep("simplify expressions", simplifyExpressions);
export const straighten = statementStep("straighten accumulators", (body, { names }) =>
  straightenAccumulators(body, names),
);
export const forward = statementStep("forward stores", (body, { buffers, names, rounded }) =>
  forwardStores(body, buffers, names, rounded),
);
/** Where all memory becomes locals, no reader has anything rounded. */
export const forwardAll = statementStep("forward all stores", (body, { buffers, names }) =>
  forwardStores(body, buffers, names),
);
export const dropStores = statementStep("drop dead stores", (body, { buffers }) =>
  dropDeadStores(body, buffers),
);
export const share = statementStep("share subexpressions", (body, { buffers, names }) =>
  shareSubexpressions(body, buffers, names),
);
export const inline = statementStep("inline single uses", inlineSingleUse);
export const dropLocals = statementStep("drop dead locals", dropDeadLocals);

const dropBuffers: Step = {
  name: "drop unused memory",
  apply: (program) => {
    const used = new Set<string>();
    visitAccesses(program.body, ({ buffer }) => used.add(buffer));
    const isNeeded = ({ name, role }: Buffer): boolean =>
      used.has(name) || (role !== "scratch" && role !== "constant");
    return { ...program, buffers: program.buffers.filter(isNeeded) };
  },
};

export const rename = statementStep("rename locals", (body, { buffers, names }) =>
  renameLocals(body, buffers, names),
);

/** Takes what is computed twice and what is computed for nothing out of a program. */
export const condense: readonly Step[] = [
  simplify,
  straighten,
  forward,
  dropStores,
  share,
  dropLocals,
  inline,
  dropLocals,
  dropBuffers,
];

/** Names come last: blocks may then share them, which no other step expects. */
export const tidy: readonly Step[] = [...condense, rename];

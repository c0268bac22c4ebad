import { OptionError } from "./diagnostics/index.ts";
import { predictTypeScript, predictWasm } from "./predict-step.ts";
import type { ModuleProgram, TargetChoice, TargetName } from "./program/index.ts";

/** The module as the target that was chosen has it. */
export interface ChosenModule {
  readonly program: ModuleProgram;
  readonly target: TargetChoice;
}

/**
 * What is to compute in a module.
 *
 * @param asked `auto` leaves the choice to the predicted time of a training step.
 * @param lower Makes the module's programs for a target.
 * @param pagesOf How much memory a kernel needs, in pages of 64 KiB.
 * @throws {OptionError} if a kernel is asked for that needs more memory than there can be.
 */
export function chooseTarget(
  asked: TargetName | "auto" | undefined,
  lower: (target: TargetName) => ModuleProgram,
  pagesOf: (kernel: ModuleProgram) => number,
): ChosenModule {
  const typescript = (reason: string): ChosenModule => ({
    program: lower("typescript"),
    target: { name: "typescript", reason },
  });
  if (asked === undefined) return typescript("by default");
  if (asked === "typescript") return typescript("as asked");
  const kernel = lower("wasm");
  const pages = pagesOf(kernel);
  if (asked === "wasm") {
    if (pages > mostPages) throw tooMuchMemory(pages, kernel);
    return { program: kernel, target: { name: asked, reason: "as asked" } };
  }
  return pages > mostPages
    ? typescript(`a kernel would need ${gibibytes(pages)}, and WebAssembly has 4 GiB`)
    : fasterOf(lower("typescript"), kernel);
}

function fasterOf(plain: ModuleProgram, kernel: ModuleProgram): ChosenModule {
  const [typescript, wasm] = [predictTypeScript(plain), predictWasm(kernel)];
  const samples = plain.batchSize === 1 ? "one sample" : `${plain.batchSize} samples`;
  const reason = `a step of ${samples} takes about ${say(wasm)} in WebAssembly and ${say(typescript)} in TypeScript`;
  return wasm < typescript
    ? { program: kernel, target: { name: "wasm", reason } }
    : { program: plain, target: { name: "typescript", reason } };
}

/** An address has 32 bits. */
const mostPages = 65536;

function tooMuchMemory(pages: number, { batchSize }: ModuleProgram): OptionError {
  return new OptionError([
    {
      code: "too-large",
      severity: "error",
      message: `A kernel for batches of ${batchSize} needs ${gibibytes(pages)} of memory; WebAssembly has at most 4 GiB.`,
      hint: "use a smaller batchSize, or the target typescript",
    },
  ]);
}

function gibibytes(pages: number): string {
  return `${(Math.ceil(pages / 1638.4) / 10).toFixed(1)} GiB`; // rounded up, so that too much reads as more
}

function say(nanoseconds: number): string {
  const [unit, size] = nanoseconds < 1000 ? ["ns", 1] : nanoseconds < 1e6 ? ["µs", 1e3] : ["ms", 1e6];
  return `${Number((nanoseconds / size).toPrecision(2))} ${unit}`;
}

import type { ModuleProgram, Program } from "../../program/index.ts";
import { type Kernel, type Region, elementBytes } from "../kernel.ts";
import { programFunction, programParameters } from "./body.ts";
import { type DataSegment, encodeModule } from "./encode.ts";
import { FunctionBuilder } from "./function-builder.ts";
import { laneTypes } from "./lane-type.ts";
import { type Callee, callOf, FunctionLibrary, valueOf } from "./library.ts";
import { type ConstantRegion, type KernelPlan, placesOf, planKernelMemory } from "./memory.ts";
import { copyMemory, i32 } from "./value.ts";

/** The programs of a module as the bytes of a WebAssembly module, and the layout of the memory that it works in. */
export function emitKernel(module: ModuleProgram): Kernel {
  const plan = planKernelMemory(module);
  const library = new FunctionLibrary();
  const writer = new KernelWriter(module, plan, library);
  writer.write();
  const bytes = encodeModule({
    pages: plan.pages,
    functions: library.functions,
    data: plan.constants.map(segment),
  });
  return { bytes, memory: plan };
}

class KernelWriter {
  readonly #module: ModuleProgram;
  readonly #plan: KernelPlan;
  readonly #library: FunctionLibrary;

  constructor(module: ModuleProgram, plan: KernelPlan, library: FunctionLibrary) {
    this.#module = module;
    this.#plan = plan;
    this.#library = library;
  }

  write(): void {
    const { loss, gradient, trainStep, update, predict } = this.#module.programs;
    this.#library.export("loss", this.#function(loss));
    if (update === undefined) {
      this.#library.export("gradient", this.#function(gradient));
      this.#library.export("trainStep", this.#function(trainStep));
    } else {
      this.#separateStep(trainStep, update);
    }
    if (predict !== undefined) this.#library.export("predict", this.#function(predict));
  }

  #function(program: Program): FunctionBuilder {
    const type = laneTypes[this.#module.precision];
    return programFunction({
      program,
      type,
      library: this.#library,
      placeOf: placesOf(program, this.#plan),
    });
  }

  /** The gradients, or their sums, are computed by one function for both; a step goes on with the update. */
  #separateStep(trainStep: Program, update: Program): void {
    const shared = this.#library.add(this.#function(trainStep));
    const { means } = this.#module.programs;
    const finish = means === undefined ? undefined : this.#library.add(this.#function(means));
    this.#library.export(
      "gradient",
      this.#after(shared, finish, (f) => {
        if (finish === undefined) this.#copyGradients(f);
      }),
    );
    this.#library.export("trainStep", this.#after(shared, this.#library.add(this.#function(update))));
  }

  /** Calls one function after the other; gives the result of the first. */
  #after(
    first: Callee,
    second: Callee | undefined,
    more: (f: FunctionBuilder) => void = () => undefined,
  ): FunctionBuilder {
    const f = new FunctionBuilder({ parameters: programParameters, result: "f64" });
    const own = programParameters.map((_, k) => f.parameter(k));
    const total = f.let(valueOf(first, own));
    if (second !== undefined) f.run(callOf(second, own));
    more(f);
    f.result(total);
    return f;
  }

  #copyGradients(f: FunctionBuilder): void {
    const { gradients, ownGradients } = this.#plan;
    if (ownGradients === undefined) return;
    const bytes = gradients.length * elementBytes[gradients.element];
    f.run(copyMemory(i32(gradients.offset), i32(ownGradients.offset), i32(bytes)));
  }
}

function segment({ region, data }: ConstantRegion): DataSegment {
  return { offset: region.offset, bytes: bytesOf(region, data) };
}

function bytesOf({ element, length }: Region, data: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(length * elementBytes[element]));
  for (const [k, value] of data.entries()) {
    if (element === "f64") view.setFloat64(8 * k, value, true);
    else if (element === "f32") view.setFloat32(4 * k, value, true);
    else view.setInt32(4 * k, value, true);
  }
  return new Uint8Array(view.buffer);
}

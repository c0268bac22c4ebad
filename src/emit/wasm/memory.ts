import { invariant } from "../../diagnostics/index.ts";
import {
  type Buffer,
  bufferKey,
  bufferLength,
  contentKey,
  countParameters,
  countState,
  type DataSlot,
  type MemoryPlan,
  type ModuleProgram,
  parameterOffset,
  planMemory,
  type Program,
  stateOffset,
} from "../../program/index.ts";
import { elementBytes, type KernelMemory, type Region, type RegionElement } from "../kernel.ts";
import type { Place } from "./addresses.ts";
import { type Reach, reachOfLanes } from "./reach.ts";

/** All of a kernel's memory: what its caller sees, and what is the kernel's own. */
export interface KernelPlan extends KernelMemory {
  /**
   * Gradients, or their sums over the batch, that `trainStep` leaves for `update`: the caller's array of gradients is written by
   * `gradient` alone.
   */
  readonly ownGradients: Region | undefined;
  /** What must be in memory before the first call. */
  readonly constants: readonly ConstantRegion[];
  /** Scratch memory of all programs, packed by lifetime; as bytes, whatever a region of it holds. */
  readonly arena: { readonly offset: number; readonly bytes: number };
  /** Where a buffer of one of the module's programs lies. */
  readonly bufferRegion: (program: Program, buffer: Buffer) => Region;
}

export interface ConstantRegion {
  readonly region: Region;
  readonly data: readonly number[];
}

/** A cache line, and so a multiple of what any vector instruction likes. */
const alignment = 64;

const pageBytes = 65536;

/**
 * Lays out the memory of a module's kernel: the flat arrays, data and output for `batchSize` samples, constants, and one
 * arena for the scratch of all programs. No two regions touch the same cache line. What loops in lanes load beside their buffers
 * is within memory too.
 */
export function planKernelMemory(module: ModuleProgram): KernelPlan {
  const plan = layOut(module, 0);
  const { low, high } = reachOf(module, plan);
  if (low < 0) {
    const margin = aligned(-low);
    return withPages(layOut(module, margin), high + margin);
  }
  return withPages(plan, high);
}

function withPages(plan: KernelPlan, bytes: number): KernelPlan {
  return { ...plan, pages: Math.max(plan.pages, Math.ceil(bytes / pageBytes)) };
}

/** All bytes that loops in lanes may touch. */
function reachOf(module: ModuleProgram, plan: KernelPlan): Reach {
  const reaches = allPrograms(module).map((program) => {
    return reachOfLanes(program.body, module.batchSize, placesOf(program, plan));
  });
  return {
    low: Math.min(...reaches.map((each) => each.low)),
    high: Math.max(...reaches.map((each) => each.high)),
  };
}

/** Where a program finds its buffers, by their names. */
export function placesOf(program: Program, plan: KernelPlan): (buffer: string) => Place {
  const buffers = new Map(program.buffers.map((buffer) => [buffer.name, buffer]));
  return (name) => {
    const buffer = buffers.get(name);
    invariant(buffer !== undefined, `the buffer ${name} is declared`);
    const { offset, element } = plan.bufferRegion(program, buffer);
    return { offset, bytes: elementBytes[element] };
  };
}

/** The layout after a margin of so many bytes. */
function layOut(module: ModuleProgram, margin: number): KernelPlan {
  const { precision, batchSize, programs } = module;
  const all = allPrograms(module);
  const allocator = new Allocator(margin);
  const reals = (length: number): Region => allocator.region(length, precision);
  const samples = (slot: DataSlot): Region =>
    allocator.region(widthOf(slot) * batchSize, slot.element === "integer" ? "i32" : precision);

  const parameters = reals(countParameters(module));
  const gradients = reals(countParameters(module));
  const ownGradients = programs.update === undefined ? undefined : reals(countParameters(module));
  const state = reals(countState(module));
  const data = new Map([...module.inputs, ...module.targets].map((slot) => [slot.name, samples(slot)]));
  const output = module.output && samples(module.output);
  const constants = allocateConstants(all, precision, allocator);
  const scratch = planMemory(all, (buffer) =>
    aligned(bufferLength(buffer, batchSize) * elementBytes[elementOf(buffer, precision)]),
  );
  const arena = { offset: allocator.take(scratch.length), bytes: scratch.length };

  const flat = { parameters, gradients, ownGradients, state, data, output };
  const places: Places = { ...flat, module, constants, scratch, arena: arena.offset };
  return {
    ...flat,
    pages: Math.max(1, Math.ceil(allocator.bytes / pageBytes)),
    arena,
    constants: [...constants.values()],
    bufferRegion: (program, buffer) => regionOf(program, buffer, places),
  };
}

function allPrograms({ programs }: ModuleProgram): readonly Program[] {
  const { loss, gradient, trainStep, update, means, predict } = programs;
  return [loss, gradient, trainStep, update, means, predict].filter((program) => program !== undefined);
}

/** Hands out memory from the front. */
class Allocator {
  bytes: number;

  constructor(margin: number) {
    this.bytes = margin;
  }

  take(bytes: number): number {
    const offset = this.bytes;
    this.bytes += aligned(bytes);
    return offset;
  }

  region(length: number, element: RegionElement): Region {
    return { offset: this.take(length * elementBytes[element]), length, element };
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}

function elementOf({ element }: Buffer, precision: ModuleProgram["precision"]): RegionElement {
  return element === "integer" ? "i32" : precision;
}

function widthOf({ shape }: DataSlot): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** By what they hold, whatever they are called: equal constants of several programs are one. */
function allocateConstants(
  programs: readonly Program[],
  precision: ModuleProgram["precision"],
  allocator: Allocator,
): ReadonlyMap<string, ConstantRegion> {
  const constants = new Map<string, ConstantRegion>();
  for (const buffer of programs.flatMap(({ buffers }) => buffers)) {
    if (buffer.role !== "constant" || constants.has(constantKey(buffer))) continue;
    invariant(buffer.data !== undefined, `the constant ${buffer.name} has data`);
    const region = allocator.region(buffer.data.length, elementOf(buffer, precision));
    constants.set(constantKey(buffer), { region, data: buffer.data });
  }
  return constants;
}

function constantKey(buffer: Buffer): string {
  return contentKey({ ...buffer, name: "" });
}

interface Places extends Omit<KernelMemory, "pages"> {
  readonly module: ModuleProgram;
  readonly ownGradients: Region | undefined;
  readonly constants: ReadonlyMap<string, ConstantRegion>;
  readonly scratch: MemoryPlan;
  /** Where scratch memory starts. */
  readonly arena: number;
}

function regionOf(program: Program, buffer: Buffer, places: Places): Region {
  const { module, data, parameters, gradients, ownGradients, state } = places;
  switch (buffer.role) {
    case "parameter":
      return stretch(parameters, parameterOffset(module, buffer), buffer);
    case "gradient": {
      const whole = program.name === "gradient" ? gradients : (ownGradients ?? gradients);
      return stretch(whole, parameterOffset(module, buffer), buffer);
    }
    case "state":
      return stretch(state, stateOffset(module, buffer), buffer);
    case "output": // the means of own gradients are the caller's gradients
      return known(program.name === "means" ? gradients : places.output, buffer);
    case "input":
    case "target":
      return known(data.get(buffer.of ?? buffer.name), buffer);
    case "constant":
      return known(places.constants.get(constantKey(buffer))?.region, buffer);
    case "scratch":
      return scratchRegion(buffer, places);
  }
}

function known(region: Region | undefined, { name }: Buffer): Region {
  invariant(region !== undefined, `${name} has a place in memory`);
  return region;
}

function scratchRegion(buffer: Buffer, { module, scratch, arena }: Places): Region {
  const offset = scratch.offsets.get(bufferKey(buffer));
  // What no statement mentions has no lifetime, and needs no memory.
  const length = offset === undefined ? 0 : bufferLength(buffer, module.batchSize);
  return { offset: arena + (offset ?? 0), length, element: elementOf(buffer, module.precision) };
}

function stretch({ offset, element }: Region, start: number, buffer: Buffer): Region {
  return { offset: offset + start * elementBytes[element], length: bufferLength(buffer, 1), element };
}

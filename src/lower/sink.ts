import type { Node, NodeOf } from "../graph/index.ts";
import type { Buffer } from "../program/index.ts";

/** Something that a program delivers. */
export type Sink =
  /** The program's scalar result. */
  | { readonly kind: "return"; readonly node: Node }
  /** Into memory of the caller's: a gradient or an output. */
  | { readonly kind: "store"; readonly buffer: Buffer; readonly node: Node }
  /** Over a parameter or state. All updates are computed from the old values. */
  | { readonly kind: "update"; readonly target: NodeOf<"parameter"> | NodeOf<"state">; readonly node: Node };

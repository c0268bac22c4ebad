import { sizeOf } from "../../graph/index.ts";
import { type Affine, addAffine, affineConstant, scaleAffine } from "../../program/index.ts";
import type { OperationDefinition } from "../definition.ts";
import { leaf } from "./leaf.ts";

/** Number k of a stream is element k, counted row by row and, where each sample has its own, sample by sample. */
export const random: OperationDefinition<"random"> = leaf(
  "`random(shape)`: numbers spread evenly from 0 to 1, others in each step; computed where they are read, never kept",
  {
    kind: "element",
    element: ({ node, index, sample }) => {
      const { shape, batched } = node.type;
      const own = index.reduce<Affine>(
        (offset, i, axis) => addAffine(scaleAffine(offset, shape[axis] ?? 1), i),
        affineConstant(0),
      );
      const value = batched ? addAffine(scaleAffine(sample, sizeOf(shape)), own) : own;
      return { kind: "random", stream: node.attributes.stream, value };
    },
  },
);

import type { ColumnReport } from "./column-report.ts";
import type { Scaling, SlotData } from "./prepare.ts";

/** Data as the network takes them, and what was done to make them so. */
export interface PreparedData {
  readonly training: readonly SlotData[];
  /** Empty when nothing is held out. */
  readonly heldOut: readonly SlotData[];
  readonly samples: number;
  readonly heldOutSamples: number;
  /** Rows of the table that were left out because they miss a value. */
  readonly incompleteRows: number;
  /** By input or target. */
  readonly scalings: Readonly<Record<string, Scaling>>;
  /** By input or target: number k stands for text `labels[k]`. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** The inputs and targets of which a column became vectors with a single 1. */
  readonly oneHot: readonly string[];
  /** Absent where the data come from no table. */
  readonly columns: ColumnReport | undefined;
  /** `iris.csv:12`, where the training sample of a number from 0 stands. Absent where the data come from no table. */
  readonly placeOf?: (sample: number) => string;
  /** Present where the data are windows of a text. */
  readonly text?: TextReport;
  /** Present where the data are arrays. */
  readonly arrays?: readonly ArrayReport[];
}

/** How a text became samples. */
export interface TextReport {
  /** Characters of a sample. */
  readonly length: number;
  /** From the beginning of one sample to that of the next. */
  readonly stride: number;
  /** Character number k of the network is `vocabulary[k]`. */
  readonly vocabulary: readonly string[];
}

/** What an array fed. */
export interface ArrayReport {
  /** The input or target. */
  readonly name: string;
  readonly file: string;
  /** With the number of samples first. */
  readonly shape: readonly number[];
  /** `uint8` */
  readonly type: string;
  /** What its numbers were divided by. */
  readonly divisor: number;
}

export { readTable, type Table } from "./table.ts";
export { assignColumns, type ColumnAssignment, type SlotColumns } from "./columns.ts";
export type { ColumnReport } from "./column-report.ts";
export { countOf } from "./faults.ts";
export { encodeSlots, type EncodedSlot, type Samples } from "./encode.ts";
export { formatMetric, formatNumber, type Metric, type MetricName, metricNames } from "./metrics.ts";
export type {
  GeneratedModule,
  GradientReport,
  Progress,
  TrainingData,
  TrainingDivergence,
  TrainingOutcome,
} from "./generated.ts";
export { loadGenerated } from "./load.ts";
export type { Scaling, SlotData } from "./prepare.ts";
export { type PreparationOptions, prepareData } from "./prepare-table.ts";
export { type ArrayOptions, type NamedArrays, prepareArrays } from "./prepare-arrays.ts";
export type { ArrayReport, PreparedData, TextReport } from "./prepared.ts";
export { readArray } from "./array-file.ts";
export type { BinaryFile, NumericArray } from "./binary.ts";
export { prepareText, type TextOptions } from "./text.ts";
export { runSession, type SessionOptions, type SessionReport } from "./session.ts";
export { sayPredicted } from "./task.ts";
export { describePreparation, savedText } from "./save.ts";

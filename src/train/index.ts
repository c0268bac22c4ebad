export { readTable, type Table } from "./table.ts";
export { assignColumns, type ColumnAssignment, type SlotColumns } from "./columns.ts";
export type { ColumnReport } from "./column-report.ts";
export { countOf } from "./faults.ts";
export { encodeSlots, type EncodedSlot, type Samples } from "./encode.ts";
export { formatMetric, formatNumber, type Metric } from "./metrics.ts";
export type { GeneratedModule, Progress, TrainingData, TrainingOutcome } from "./generated.ts";
export { loadGenerated } from "./load.ts";
export type { Scaling, SlotData } from "./prepare.ts";
export {
  type PreparationOptions,
  prepareData,
  type PreparedData,
  runSession,
  type SessionOptions,
  type SessionReport,
} from "./session.ts";
export { describePreparation, savedText } from "./save.ts";

/*
 * What the emitter writes for each network anew. This one, a line through points, stands in for it here, so that the
 * templates compile and can be tested as they are.
 */

/** One entry an input or target; samples one after the other. */
export interface TrainData {
  readonly x: Float64Array;
  readonly t: Float64Array;
}

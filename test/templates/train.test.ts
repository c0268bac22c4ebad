import { describe, expect, test } from "vitest";
import { type Checkpoint, checkpointFromBytes, checkpointToBytes } from "../../templates/checkpoint.ts";
import { chooseBatchSize, type Column } from "../../templates/samples.ts";
import { runTraining, type Trainee, type TrainOptions, type TrainResult } from "../../templates/train.ts";

/** y = w x + b by gradient descent on ½ Σ (y − t)² / count; records the batches that it sees. */
class Line {
  readonly x: Float64Array;
  readonly t: Float64Array;
  readonly batches: number[][] = [];
  readonly measured: number[][] = [];
  rate = 0.01;

  constructor(samples: number, slope = 2) {
    this.x = Float64Array.from({ length: samples }, (_, i) => i + 1);
    this.t = this.x.map((x) => slope * x);
  }

  trainee(options: TrainOptions, more: Partial<Trainee> = {}): Trainee {
    const batchSize = options.batchSize ?? 4;
    const [x, t] = [new Float64Array(batchSize), new Float64Array(batchSize)];
    const columns: readonly Column[] = [
      { name: "x", width: 1, values: this.x, validation: options.validation?.x, batch: x },
      { name: "t", width: 1, values: this.t, validation: options.validation?.t, batch: t },
    ];
    const loss = (
      parameters: Float64Array,
      count: number,
      gradients: Float64Array = new Float64Array(2),
    ): number => {
      const [w = NaN, b = NaN] = parameters;
      let sum = 0;
      for (let n = 0; n < count; n++) {
        const r = w * (x[n] ?? NaN) + b - (t[n] ?? NaN);
        sum += (r * r) / 2 / count;
        gradients[0] = (gradients[0] ?? NaN) + (r * (x[n] ?? NaN)) / count;
        gradients[1] = (gradients[1] ?? NaN) + r / count;
      }
      return sum;
    };
    return {
      network: { name: "line" },
      layout: { w: { offset: 0, length: 1, shape: [] }, b: { offset: 1, length: 1, shape: [] } },
      columns,
      batchSize,
      epochs: options.epochs ?? 1,
      parameters: options.parameters?.slice() ?? Float64Array.of(1, 0),
      state: options.state?.slice() ?? Float64Array.of(0),
      step: (parameters, state, count) => {
        this.batches.push([...x.subarray(0, count)]);
        const gradients = new Float64Array(2);
        const value = loss(parameters, count, gradients);
        gradients.forEach((g, i) => (parameters[i] = (parameters[i] ?? NaN) - this.rate * g));
        state[0] = (state[0] ?? NaN) + 1;
        return value;
      },
      loss: (parameters, count) => {
        this.measured.push([...x.subarray(0, count)]);
        return loss(parameters, count);
      },
      gradient: (parameters, gradients, count) => loss(parameters, count, gradients.fill(0)),
      ...more,
    };
  }

  train(options: TrainOptions = {}, more: Partial<Trainee> = {}): TrainResult {
    return runTraining(this.trainee(options, more), options);
  }
}

describe("batches", () => {
  test("every epoch takes each sample once, the last batch what is left", () => {
    const line = new Line(10);
    const result = line.train({ epochs: 3 });
    expect(line.batches.map((batch) => batch.length)).toEqual([4, 4, 2, 4, 4, 2, 4, 4, 2]);
    expect(result.steps).toBe(9);
    for (let epoch = 0; epoch < 3; epoch++) {
      const seen = line.batches.slice(3 * epoch, 3 * epoch + 3).flat();
      expect(seen.sort((a, b) => a - b)).toEqual([...line.x]);
    }
  });

  test("the order depends on the seed and the epoch, and on nothing else", () => {
    const order = (seed: number): string => {
      const line = new Line(10);
      line.train({ epochs: 2, seed });
      return JSON.stringify(line.batches);
    };
    expect(order(1)).toBe(order(1));
    expect(order(1)).not.toBe(order(2));
    const line = new Line(10);
    line.train({ epochs: 2 });
    expect(line.batches.slice(0, 3)).not.toEqual(line.batches.slice(3));
  });

  test("without shuffling, the order is that of the data", () => {
    const line = new Line(6);
    line.train({ epochs: 2, shuffle: false });
    expect(line.batches).toEqual([
      [1, 2, 3, 4],
      [5, 6],
      [1, 2, 3, 4],
      [5, 6],
    ]);
  });

  test("are no larger than the data, so that they take no more memory", () => {
    expect(chooseBatchSize(2 ** 30 - 1, Infinity, 10)).toBe(10);
    expect(chooseBatchSize(32, 32, 0)).toBe(1); // training then says that there are no samples
  });

  test("columns of several elements a sample stay together", () => {
    const values = Int32Array.from({ length: 12 }, (_, i) => i);
    const batch = new Int32Array(6);
    const seen: number[][] = [];
    const column: Column = { name: "ids", width: 3, values, validation: undefined, batch };
    new Line(4).train({ batchSize: 2 }, { columns: [column], step: () => (seen.push([...batch]), 0) });
    const samples = seen.flatMap((each) => [each.slice(0, 3), each.slice(3)]);
    expect(samples.sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0))).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6, 7, 8],
      [9, 10, 11],
    ]);
  });
});

test("it learns, reports each epoch, and leaves what it was given alone", () => {
  const line = new Line(8);
  const parameters = Float64Array.of(0, 0);
  const seen: number[] = [];
  const result = line.train({
    epochs: 2000,
    parameters,
    onEpoch: ({ epoch, step, loss, validationLoss }) => {
      seen.push(epoch);
      expect(step).toBe(2 * epoch);
      expect(loss).toBeGreaterThanOrEqual(0);
      expect(validationLoss).toBeUndefined();
    },
  });
  expect(parameters).toEqual(Float64Array.of(0, 0));
  expect(result.parameters[0]).toBeCloseTo(2, 3);
  expect(result.parameters[1]).toBeCloseTo(0, 2);
  expect(result).toMatchObject({ stopped: "finished", steps: 4000, epoch: 2000, divergence: undefined });
  expect(result.state[0]).toBe(4000);
  expect(seen).toEqual(result.history.map(({ epoch }) => epoch));
  expect(result.history.at(-1)?.loss).toBeLessThan(1e-4);
});

test("an epoch's loss is the mean over samples, not over batches", () => {
  const line = new Line(6);
  line.rate = 0;
  const { history } = line.train({ shuffle: false });
  const each = [...line.x].map((x) => (x - 2 * x) ** 2 / 2);
  expect(history[0]?.loss).toBeCloseTo(each.reduce((sum, value) => sum + value) / 6, 12);
});

describe("validation", () => {
  test("on held-out samples: never trained on, the same in each epoch, chosen by the seed", () => {
    const line = new Line(10);
    const { history } = line.train({ epochs: 2, validationSplit: 0.3, seed: 4 });
    const held = line.measured[0] ?? [];
    expect(held).toHaveLength(3);
    expect(line.measured[1]).toEqual(held);
    expect(line.batches.flat().filter((x) => held.includes(x))).toEqual([]);
    expect(new Set([...line.batches.flat(), ...held]).size).toBe(10);
    expect(history[0]?.validationLoss).toBeGreaterThan(0);
    const other = new Line(10);
    other.train({ epochs: 1, validationSplit: 0.3, seed: 5 });
    expect(other.measured[0]).not.toEqual(held);
  });

  test("on one sample at least, however small the part to hold out", () => {
    const line = new Line(10);
    line.train({ epochs: 1, validationSplit: 0.01 });
    expect(line.measured[0]).toHaveLength(1);
  });

  test("on data of their own, in batches", () => {
    const line = new Line(4);
    line.rate = 0;
    const validation = { x: Float64Array.of(10, 20, 30, 40, 50), t: Float64Array.of(10, 20, 30, 40, 52) };
    const { history } = line.train({ validation });
    expect(line.measured).toEqual([[10, 20, 30, 40], [50]]);
    expect(history[0]?.validationLoss).toBeCloseTo(2 / 5, 12); // ½ · 2² in one of five samples
  });
});

describe("early stopping", () => {
  /** Validation losses as given; each step adds 1 to the parameter, each epoch has one step. */
  function follow(losses: readonly number[], options: TrainOptions): TrainResult {
    let epoch = 0;
    const line = new Line(2);
    return line.train(
      { epochs: losses.length, validationSplit: 0.5, ...options },
      {
        parameters: Float64Array.of(0),
        step: (parameters, state) => {
          parameters[0] = (parameters[0] ?? NaN) + 1;
          state[0] = (state[0] ?? NaN) + 10;
          return 0;
        },
        loss: () => losses[epoch++] ?? NaN,
      },
    );
  }

  test("gives back the best parameters and their state", () => {
    const result = follow([5, 4, 3, 6, 7, 2], { patience: 2 });
    expect(result).toMatchObject({ stopped: "patience", epoch: 3, steps: 5 });
    expect(result.parameters[0]).toBe(3);
    expect(result.state[0]).toBe(30);
    expect(result.history).toHaveLength(5);
  });

  test("goes on while there is progress, and gives back the best at the end too", () => {
    const result = follow([5, 6, 4, 5], { patience: 2 });
    expect(result).toMatchObject({ stopped: "finished", epoch: 3, steps: 4 });
    expect(result.parameters[0]).toBe(3);
  });

  test("too small an improvement is none", () => {
    expect(follow([5, 4.95, 4.9, 4.85], { patience: 2, minimumImprovement: 0.2 })).toMatchObject({
      stopped: "patience",
      epoch: 1,
    });
  });

  test("without patience, the last parameters", () => {
    expect(follow([1, 2, 3], {})).toMatchObject({ stopped: "finished", epoch: 3 });
  });
});

describe("abort", () => {
  test("before the next step, whoever says so", () => {
    const controller = new AbortController();
    const line = new Line(8);
    const result = line.train({
      epochs: 100,
      signal: controller.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === 3) controller.abort();
      },
    });
    expect(result).toMatchObject({ stopped: "aborted", steps: 6, epoch: 3 });
  });

  test("at once", () => {
    const result = new Line(8).train({ signal: AbortSignal.abort() });
    expect(result).toMatchObject({ stopped: "aborted", steps: 0, epoch: 0 });
    expect(result.parameters).toEqual(Float64Array.of(1, 0));
  });

  test("in the middle of an epoch: its steps are in the parameters, but it does not count as done", () => {
    const line = new Line(12);
    const signal = { aborted: false };
    const trainee = line.trainee({ epochs: 3 });
    const result = runTraining(
      {
        ...trainee,
        step: (...args) => {
          signal.aborted = line.batches.length === 4; // the second of the second epoch's three
          return trainee.step(...args);
        },
      },
      { epochs: 3, signal },
    );
    expect(result).toMatchObject({ stopped: "aborted", steps: 5, epoch: 1 });
    expect(result.state[0]).toBe(5);
    expect(result.parameters).not.toEqual(new Line(12).train({ epochs: 1 }).parameters);
  });

  test("in the middle of an epoch, with patience: the best parameters of an epoch's end", () => {
    const signal = { aborted: false };
    const trainee = new Line(8).trainee({});
    let steps = 0;
    const step: Trainee["step"] = (...args) => {
      signal.aborted = ++steps === 3;
      return trainee.step(...args);
    };
    const result = runTraining({ ...trainee, epochs: 3, step }, { patience: 2, signal });
    expect(result).toMatchObject({ stopped: "aborted", steps: 3, epoch: 1 });
    expect(result.state[0]).toBe(2);
    expect(result.parameters).toEqual(new Line(8).train({ epochs: 1 }).parameters);
  });
});

describe("going on", () => {
  const resumed = ({ parameters, state, epoch }: TrainResult): TrainOptions => ({
    parameters,
    state,
    firstEpoch: epoch + 1,
  });

  test.each([{}, { validationSplit: 0.3, seed: 5 }, { shuffle: false }])(
    "2 epochs and 2 more are 4 epochs, bit for bit: %j",
    (options) => {
      const line = new Line(10);
      const whole = line.train({ ...options, epochs: 4 });
      const other = new Line(10);
      const first = other.train({ ...options, epochs: 2 });
      const second = other.train({ ...options, epochs: 2, ...resumed(first) });
      expect(second.parameters).toEqual(whole.parameters);
      expect(second.state).toEqual(whole.state);
      expect(other.batches).toEqual(line.batches);
      const losses = ({ history }: TrainResult): unknown =>
        history.map(({ epoch, loss, validationLoss }) => ({ epoch, loss, validationLoss }));
      expect([losses(first), losses(second)].flat()).toEqual(losses(whole));
      expect(second).toMatchObject({ epoch: 4, steps: whole.steps / 2 });
    },
  );

  test("the numbers go on when training ends early, too", () => {
    const first = new Line(8).train({ epochs: 3 });
    const none = new Line(8).train({ ...resumed(first), signal: AbortSignal.abort() });
    expect(none).toMatchObject({ epoch: 3, steps: 0 });
    const diverged = new Line(8).train(resumed(first), { step: () => NaN });
    expect(diverged).toMatchObject({ epoch: 3, divergence: { epoch: 4, step: 1 } });
    const patient = new Line(8).train(
      { ...resumed(first), epochs: 9, patience: 2 },
      { epochs: 9, step: () => 1 },
    );
    expect(patient).toMatchObject({ stopped: "patience", epoch: 4, history: { length: 3 } });
  });
});

describe("a checkpoint", () => {
  const options = { epochs: 4, seed: 3, validationSplit: 0.25, patience: 2 } as const;
  const whole = new Line(14).train(options);

  /** All checkpoints of a run of 14 samples, 10 of them to train on: 3 steps an epoch. */
  function checkpointsOf(more: TrainOptions = {}): Checkpoint[] {
    const all: Checkpoint[] = [];
    new Line(14).train({ ...options, ...more, onCheckpoint: (checkpoint) => all.push(checkpoint) });
    return all;
  }

  test.each(checkpointsOf({ checkpointEvery: 1 }).map((each) => [each.steps, each.position, each] as const))(
    "after step %d, at position %d: what goes on from its bytes ends as if nothing had happened",
    (steps, _, checkpoint) => {
      const read = checkpointFromBytes(checkpointToBytes(checkpoint), { name: "line" });
      expect(read).toEqual(checkpoint);
      const line = new Line(14);
      const result = line.train({ ...options, resume: read });
      expect(result).toEqual(whole);
      expect(line.batches).toHaveLength(12 - steps);
    },
  );

  test("comes after each epoch, after every so many steps, and at the end", () => {
    const stepsOf = (more: TrainOptions): number[] => checkpointsOf(more).map(({ steps }) => steps);
    expect(stepsOf({})).toEqual([3, 6, 9, 12]);
    expect(stepsOf({ checkpointEvery: 5 })).toEqual([5, 10, 12]);
    expect(stepsOf({ checkpointEvery: 12, epochs: 1 })).toEqual([3]);
  });

  test("comes when the signal stops training in the middle of an epoch, so that nothing is lost", () => {
    const signal = { aborted: false };
    const checkpoints: Checkpoint[] = [];
    const line = new Line(14);
    const trainee = line.trainee(options);
    const step: Trainee["step"] = (...args) => {
      signal.aborted = line.batches.length === 4;
      return trainee.step(...args);
    };
    const onCheckpoint = (checkpoint: Checkpoint): number => checkpoints.push(checkpoint);
    runTraining({ ...trainee, step }, { ...options, signal, onCheckpoint });
    expect(checkpoints.map(({ steps }) => steps)).toEqual([3, 5]);
    expect(new Line(14).train({ ...options, resume: checkpoints[1] })).toEqual(whole);
  });

  test("is not changed by the run that made it, nor by the one that goes on from it", () => {
    const [first] = checkpointsOf();
    const bytes = first && checkpointToBytes(first);
    new Line(14).train({ ...options, resume: first });
    expect(first && checkpointToBytes(first)).toEqual(bytes);
  });

  test("can be gone on from for more epochs than were asked for at first", () => {
    const last = checkpointsOf().at(-1);
    const longer = { ...options, epochs: 9 };
    expect(new Line(14).train({ ...longer, resume: last })).toEqual(new Line(14).train(longer));
  });

  test("knows when patience has run out", () => {
    const more = { minimumImprovement: 1e9, epochs: 9 };
    const stopped = new Line(14).train({ ...options, ...more });
    expect(stopped).toMatchObject({ stopped: "patience", epoch: 1, history: { length: 3 } });
    for (const resume of checkpointsOf(more))
      expect(new Line(14).train({ ...options, ...more, resume })).toEqual(stopped);
    expect(new Line(14).train({ ...options, ...more, resume: checkpointsOf(more).at(-1) }).steps).toBe(9);
  });

  test("is never of parameters that are not finite", () => {
    const steps: number[] = [];
    const step = (parameters: Float64Array): number => {
      parameters[0] = steps.length === 2 ? Infinity : 1;
      return 1;
    };
    const onCheckpoint = ({ steps: n }: Checkpoint): number => steps.push(n);
    const result = new Line(20).train({ epochs: 2, checkpointEvery: 1, onCheckpoint }, { step });
    expect(result.stopped).toBe("diverged");
    expect(steps).toEqual([1, 2]);
  });

  test.each<readonly [TrainOptions, string]>([
    [{ seed: 4 }, "seed 3, here 4"],
    [{ batchSize: 5 }, "batchSize 4, here 5"],
    [{ shuffle: false }, "shuffle true, here false"],
    [{ validationSplit: 0.5 }, "samples 10, here 7; validation samples 4, here 7"],
    [{ patience: undefined }, "with patience true, here false"],
  ])("of a run with other options than %j is refused", (more, message) => {
    const [resume] = checkpointsOf();
    const run = (): unknown => new Line(14).train({ ...options, ...more, resume });
    expect(run).toThrow("this is a checkpoint of another run: ");
    expect(run).toThrow(message);
  });

  test("of other data, or of another network, is refused", () => {
    const [resume] = checkpointsOf();
    const line = new Line(14);
    line.t[13] = 0;
    expect(() => line.train({ ...options, resume })).toThrow(
      /another run: fingerprint of the data \d+, here \d+$/,
    );
    const network = { name: "curve", text: "1" };
    expect(() => new Line(14).train({ ...options, resume }, { network })).toThrow(
      "this is a checkpoint of another network: name line, here curve; text unknown, here 1",
    );
  });

  const [checkpoint] = checkpointsOf();
  const bytes = checkpoint === undefined ? new Uint8Array(0) : checkpointToBytes(checkpoint);

  test("that is cut short anywhere, or has a bit changed anywhere, is refused", () => {
    const network = { name: "line" };
    for (let length = 0; length < bytes.length; length++)
      expect(() => checkpointFromBytes(bytes.subarray(0, length), network)).toThrow(
        /cut short|no checkpoint/,
      );
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(() => checkpointFromBytes(changed, network)).toThrow(/cut short|no checkpoint/);
    }
    expect(() => checkpointFromBytes(Uint8Array.of(...bytes, 0, 0, 0, 0, 0, 0, 0, 0), network)).toThrow(
      "damaged",
    );
  });

  test("of another network is refused when it is read, and names may be in any script", () => {
    const named = checkpoint && checkpointToBytes({ ...checkpoint, network: { name: "Нейро∇" } });
    expect(named && checkpointFromBytes(named, { name: "Нейро∇" }).network).toEqual({ name: "Нейро∇" });
    expect(() => named && checkpointFromBytes(named, { name: "line" })).toThrow(
      "this is a checkpoint of another network: name Нейро∇, here line",
    );
  });

  test("keeps every bit: -0, subnormal numbers, a state that is infinite", () => {
    if (checkpoint === undefined) throw new Error("there is a checkpoint");
    const awkward = {
      ...checkpoint,
      parameters: Float64Array.of(-0, 5e-324),
      state: Float64Array.of(-Infinity),
    };
    const kept = { ...checkpoint.kept, parameters: awkward.parameters, state: awkward.state, loss: Infinity };
    const read = checkpointFromBytes(checkpointToBytes({ ...awkward, kept, total: -0 }), { name: "line" });
    expect(read).toEqual({ ...awkward, kept, total: -0 });
  });
});

describe("the gradient before each step", () => {
  test("is told, at the parameters that it is of, and changes nothing", () => {
    const seen: number[][] = [];
    const result = new Line(8).train({
      onGradient: (...both) => seen.push(both.flatMap((each) => [...each])),
    });
    expect(seen).toHaveLength(2);
    expect(seen[0]?.slice(2)).toEqual([1, 0]);
    const after = seen[0]?.slice(0, 2).map((g, i) => (i === 0 ? 1 : 0) - 0.01 * g);
    expect(seen[1]?.slice(2)).toEqual(after);
    expect(result).toEqual(new Line(8).train());
  });
});

describe("divergence", () => {
  test("is found when the loss explodes, long before it overflows, and sound parameters come back", () => {
    const line = new Line(10);
    line.rate = 0.1;
    const result = line.train({ epochs: 1000, batchSize: 10 });
    expect(result.stopped).toBe("diverged");
    expect(result.divergence?.step).toBe(result.steps);
    expect(result.divergence?.epoch).toBe(result.history.length + 1);
    expect(result.divergence?.loss).toBeGreaterThan(1e12);
    expect(result.steps).toBeLessThan(20);
    expect(result.parameters.every(Number.isFinite)).toBe(true);
    expect(result.epoch).toBe(result.history.length);
  });

  test.each([NaN, Infinity, -Infinity])("is found at the step whose loss is %d", (bad) => {
    let calls = 0;
    const step = (): number => (++calls === 5 ? bad : 1);
    const result = new Line(8).train({ epochs: 10 }, { step });
    expect(result).toMatchObject({
      stopped: "diverged",
      steps: 5,
      epoch: 2,
      divergence: { step: 5, epoch: 3, loss: bad },
    });
  });

  test.each([
    [2, -1e13],
    [-2, -1e13],
    [-2, 1e13],
  ])("is found when a loss that was %d explodes to %d", (first, bad) => {
    const losses = [first, 10 * first, bad];
    const step = (): number => losses.shift() ?? NaN;
    const result = new Line(4).train({}, { epochs: 3, step });
    expect(result).toMatchObject({ stopped: "diverged", divergence: { step: 3, loss: bad } });
  });

  test.each([
    [-1e10, -1e20],
    [-1e10, 1e20],
    [0, -1e12],
  ])("is not what takes a loss from %d to %d", (first, later) => {
    const losses = [first, later];
    const step = (): number => losses.shift() ?? NaN;
    expect(new Line(4).train({}, { epochs: 2, step }).stopped).toBe("finished");
  });

  test("is found when only the last update overflowed", () => {
    const step = (parameters: Float64Array): number => {
      parameters[0] = Infinity;
      return 1;
    };
    const result = new Line(4).train({}, { step });
    expect(result).toMatchObject({ stopped: "diverged", steps: 1, epoch: 0 });
    expect(result.parameters).toEqual(Float64Array.of(1, 0));
  });
});

describe("the first value that is not finite", () => {
  /** Loss and gradient as given for each sample's x and the parameters. */
  function train(
    lossOf: (x: number, w: number) => number,
    gradientOf: (x: number, w: number) => number,
    options: TrainOptions = {},
    rate = 1,
  ): TrainResult {
    const line = new Line(6);
    const trainee = line.trainee({ batchSize: 2 });
    const x = trainee.columns[0]?.batch ?? new Float64Array(0);
    const mean = (count: number, of: (x: number) => number): number =>
      Array.from(x.subarray(0, count), of).reduce((sum, value) => sum + value / count, 0);
    return runTraining(
      {
        ...trainee,
        epochs: 3,
        gradient: ([w = NaN], gradients, count) => {
          gradients[0] = mean(count, (each) => gradientOf(each, w));
          return mean(count, (each) => lossOf(each, w));
        },
        step: (parameters, _, count) => {
          const [w = NaN] = parameters;
          parameters[0] = w - rate * mean(count, (each) => gradientOf(each, w));
          return mean(count, (each) => lossOf(each, w));
        },
      },
      { batchSize: 2, shuffle: false, ...options },
    );
  }

  test("is the loss of a sample that no parameters could help", () => {
    const { divergence } = train((x) => (x === 4 ? -Infinity : 1), () => 0.5); // prettier-ignore
    expect(divergence).toEqual({
      step: 2,
      epoch: 1,
      loss: -Infinity,
      first: { what: "loss", name: undefined, sample: 3, value: -Infinity, isFromStart: true },
    });
  });

  test("is the loss of a sample that steps have led to", () => {
    const { divergence } = train((_, w) => (w < -1 ? NaN : 1), () => 0.5); // prettier-ignore
    expect(divergence).toMatchObject({
      step: 6,
      epoch: 2,
      first: { what: "loss", sample: 4, isFromStart: false },
    });
  });

  test("is an element of the gradient, the step before its loss shows it", () => {
    const { divergence } = train(() => 1, (x, w) => (w < 0.5 && x > 2 ? NaN : 0.5)); // prettier-ignore
    expect(divergence).toMatchObject({
      step: 3,
      loss: 1,
      first: { what: "gradient", name: "w", value: NaN, isFromStart: false },
    });
    const start = train(() => 1, (x) => (x > 2 ? Infinity : 0)); // prettier-ignore
    expect(start.divergence).toMatchObject({ step: 2, first: { name: "w", isFromStart: true } });
  });

  test("is a parameter that a step makes too large", () => {
    const { divergence } = train(() => 1, () => 1e300, {}, 1e300); // prettier-ignore
    expect(divergence).toMatchObject({ step: 1, first: { what: "parameter", name: "w", value: -Infinity } });
  });

  test("is found again by a run that goes on from a checkpoint", () => {
    const lossOf = (_: number, w: number): number => (w < -1 ? NaN : 1);
    const checkpoints: Checkpoint[] = [];
    const onCheckpoint = (checkpoint: Checkpoint): number => checkpoints.push(checkpoint);
    const whole = train(lossOf, () => 0.5, { checkpointEvery: 1, onCheckpoint });
    expect(checkpoints).toHaveLength(5);
    for (const resume of checkpoints) expect(train(lossOf, () => 0.5, { resume })).toEqual(whole);
  });
});

describe("mistakes are refused before the first step", () => {
  test.each<readonly [TrainOptions, string]>([
    [{ epochs: -1 }, "epochs must be a whole number of at least 0, not -1"],
    [{ epochs: 1.5 }, "epochs must be a whole number of at least 0, not 1.5"],
    [{ firstEpoch: 0 }, "firstEpoch must be a whole number of at least 1, not 0"],
    [{ firstEpoch: 1.5 }, "firstEpoch must be a whole number of at least 1, not 1.5"],
    [{ seed: NaN }, "seed must be a whole number, not NaN"],
    [{ seed: 1.5 }, "seed must be a whole number, not 1.5"],
    [{ minimumImprovement: NaN }, "minimumImprovement must be a finite number of at least 0, not NaN"],
    [{ minimumImprovement: -1 }, "minimumImprovement must be a finite number of at least 0, not -1"],
    [{ minimumImprovement: Infinity }, "minimumImprovement must be a finite number of at least 0"],
    [{ checkpointEvery: 0 }, "checkpointEvery must be a whole number of at least 1, not 0"],
    [{ patience: 0 }, "patience must be a whole number of at least 1, not 0"],
    [{ validationSplit: 1 }, "validationSplit must be at least 0 and less than 1, not 1"],
    [{ validationSplit: NaN }, "validationSplit must be at least 0 and less than 1, not NaN"],
    [{ validationSplit: 0.99 }, "validationSplit 0.99 leaves none of 8 samples"],
    [{ validationSplit: 0.5, validation: { x: new Float64Array(1), t: new Float64Array(1) } }, "not both"],
    [
      { validation: { x: new Float64Array(2), t: new Float64Array(1) } },
      "validation t has 1 samples, x has 2",
    ],
    [{ validation: { x: new Float64Array(0), t: new Float64Array(0) } }, "validation x has 0 elements"],
    [{ validation: { x: Float64Array.of(1, NaN), t: new Float64Array(2) } }, "validation x[1] is NaN"],
  ])("%#", (options, message) => {
    const line = new Line(8);
    expect(() => line.train(options)).toThrow(message);
    expect(line.batches).toEqual([]);
  });

  test("in the data", () => {
    const line = new Line(8);
    line.t[3] = Infinity;
    expect(() => line.train()).toThrow("t[3] is Infinity: data must be finite numbers");
    const odd: Column = {
      name: "x",
      width: 3,
      values: new Float64Array(8),
      validation: undefined,
      batch: new Float64Array(3),
    };
    expect(() => new Line(8).train({}, { columns: [odd] })).toThrow(
      "x has 8 elements: not a positive number of samples of 3",
    );
  });

  test("in the batch size", () => {
    expect(chooseBatchSize(16, 32, 100)).toBe(16);
    expect(() => chooseBatchSize(33, 32, 100)).toThrow(
      "33 samples at once, but this module was generated for at most 32",
    );
    expect(() => chooseBatchSize(0, 32, 100)).toThrow(
      "batchSize must be a whole number of at least 1, not 0",
    );
    expect(() => chooseBatchSize(2.5, Infinity, 100)).toThrow("not 2.5");
    expect(() => chooseBatchSize(1e10, Infinity, 100)).toThrow(
      "batchSize must be less than 2^30, not 10000000000: for one step an epoch, give the number of samples",
    );
  });
});

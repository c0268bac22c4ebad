"""A contestant's side of the conversation with the bench, as in program.ts."""

import json
import sys
from time import perf_counter


def serve(path, prepare):
    with open(path) as file:
        job = json.load(file)
    stepper = prepare(job)
    stepper.reset()
    losses = [stepper.run(1)]
    answer("first", about=stepper.about)
    losses += [stepper.run(1) for _ in range(4)]
    answer("losses", losses=losses)
    pace = None
    for line in sys.stdin:
        microseconds, loss, pace = time(stepper, float(line), job["stepsFromStart"], pace)
        answer("time", microseconds=microseconds, loss=loss)


def answer(kind, **content):
    print("@" + json.dumps({"kind": kind, **content}), flush=True)


def time(stepper, milliseconds, steps_from_start, pace):
    """µs a step, over as many runs from the start as fill the time; putting parameters back is not counted."""
    spent, steps, loss = 0.0, 0, float("nan")
    while spent < milliseconds:
        times = 1 if pace is None else max(1, min(steps_from_start, int(milliseconds / pace)))
        stepper.reset()
        before = perf_counter()
        loss = stepper.run(times)
        took = 1e3 * (perf_counter() - before)
        pace = took / times
        spent += took
        steps += times
    return spent * 1e3 / steps, loss, pace

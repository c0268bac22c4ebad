/*
 * Loaded before the command in a process of its own, this ends the process as a power cut would, at the moment that
 * NABLA_DIE names: `half-written 2` is in the middle of the second write to a file, `renamed 2` after the second renaming.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const [moment = "", number = "1"] = (process.env["NABLA_DIE"] ?? "").split(" ");
let left = Number(number);

function die(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;); // until the signal has come
}

const { writeSync, renameSync } = fs;
fs.writeSync = ((file: number, bytes: Uint8Array, from: number): number => {
  if (moment === "half-written" && --left === 0) {
    writeSync(file, bytes, 0, bytes.length >> 1);
    die();
  }
  return writeSync(file, bytes, from);
}) as typeof writeSync; // the command calls no other of its forms
fs.renameSync = (from, to) => {
  renameSync(from, to);
  if (moment === "renamed" && --left === 0) die();
};
syncBuiltinESMExports();

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { nabla } from "./cli/run.ts";

const text = readFileSync(new URL("../docs/training.md", import.meta.url), "utf8");
const sessions = [...text.matchAll(/^```console\n\$ nabla (.*)\n([^]*?)^```$/gm)];

it("docs/training.md shows a command", () => {
  expect(sessions).not.toEqual([]);
});

it.each(sessions.map(([, command = "", output = ""]) => [command, output]))(
  "%s prints that",
  async (command, output) => {
    expect(await nabla(command.split(" "))).toEqual({ code: 0, stdout: output, stderr: "" });
  },
);

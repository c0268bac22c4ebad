import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { quoted, quotedPath } from "../../src/diagnostics/index.ts";

/** What the shell of this machine makes of the words of a command. */
function readByShell(words: string): readonly string[] {
  return execFileSync("/bin/sh", ["-c", `printf '%s\\0' ${words}`], { encoding: "utf8" })
    .split("\0")
    .slice(0, -1);
}

describe("quoting for a shell", () => {
  test("plain words stay as they are", () => {
    expect(quoted("examples/xor-2.nabla")).toBe("examples/xor-2.nabla");
  });

  test.each(["a b", "it's", "''", "", "$HOME", "`id`", "a\nb", "*", "~", "a;b", "#a", '"', "\\", "δ.nabla"])(
    "a shell reads %j back",
    (word) => {
      expect(readByShell(`${quoted(word)} end`)).toEqual([word, "end"]);
    },
  );

  test("a path that begins with a dash does not read as an option", () => {
    expect(quotedPath("-v.nabla")).toBe("./-v.nabla");
    expect(quotedPath("-it's.nabla")).toBe(String.raw`'./-it'\''s.nabla'`);
  });
});

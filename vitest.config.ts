import { defineConfig } from "vitest/config";

const mocked = "test/**/*.mocked.test.ts";

export default defineConfig({
  test: {
    testTimeout: 60_000,
    // By default one core is left for watching, half of a machine that has two.
    maxWorkers: "100%",
    projects: [
      // Loading the compiler takes longer than most files of tests, which share it.
      {
        extends: true,
        test: { name: "shared", include: ["test/**/*.test.ts"], exclude: [mocked], isolate: false },
      },
      // What a file puts in a module's place must not reach others.
      { extends: true, test: { name: "mocked", include: [mocked], isolate: true } },
    ],
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts", "templates/**/*.ts"],
      reporter: ["text-summary", "html"],
    },
  },
});

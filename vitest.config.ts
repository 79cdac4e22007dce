/** How the tests run. */
import { defineConfig } from "vitest/config";
import { PlainReporter } from "./test/reporter.ts";

const ci = process.env.CI === "true" || process.env.CI === "1";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts"],
    globalSetup: ["test/services/setup.ts"],
    reporters: [["default", { summary: !ci }], new PlainReporter(ci)],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // Snapshots and goldens are written by `npm run golden` and by nothing else.
    update: "none",
  },
});

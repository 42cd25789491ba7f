import { defineConfig } from "vitest/config";

/** One project a test layer: `npx vitest run --project unit` runs one of them. */
const layer = (name: string, options: { timeoutMs: number; parallel?: boolean }) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: options.timeoutMs,
    hookTimeout: options.timeoutMs,
    fileParallelism: options.parallel ?? true,
  },
});

export default defineConfig({
  test: {
    projects: [
      layer("unit", { timeoutMs: 20_000 }),
      layer("contract", { timeoutMs: 60_000 }),
      layer("lambdas", { timeoutMs: 60_000 }),
      layer("golden", { timeoutMs: 60_000 }),
      layer("sim", { timeoutMs: 120_000 }),
      layer("model", { timeoutMs: 300_000 }),
      layer("conformance", { timeoutMs: 120_000 }),
      layer("infra", { timeoutMs: 60_000 }),
      layer("e2e", { timeoutMs: 600_000, parallel: false }),
    ],
  },
});

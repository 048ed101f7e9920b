import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{apps,packages,acceptance,scripts,bench}/**/*.test.ts'],
    globalSetup: ['apps/control-room/test-support/global-setup.ts'],
    // Two cores: the database takes one of them.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

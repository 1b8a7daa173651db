import { defineConfig } from 'vitest/config';

// Tests read the sources of sibling packages, so that no stale build can make one pass.
const source = { ssr: { resolve: { conditions: ['@tidings/source'] } } };

const folders = '{packages/*,apps/*,examples,benchmarks,scripts}';
const ignored = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  test: {
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: [`${folders}/{src,test}/**/*.test.ts`],
          exclude: [...ignored, '**/*.int.test.ts'],
          // Some start a process or a linter, which takes its time on a busy machine.
          testTimeout: 20_000,
        },
      },
      {
        ...source,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: [`${folders}/test/**/*.test-d.ts`],
            exclude: ignored,
            tsconfig: './tsconfig.test-d.json',
          },
        },
      },
      {
        ...source,
        test: {
          name: 'int',
          include: [`${folders}/test/**/*.int.test.ts`],
          exclude: ignored,
          globalSetup: ['scripts/vitest/servers.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          // Servers and timing tests want the machine to themselves: after the others, two files at a time.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

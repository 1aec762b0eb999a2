import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (folder: string) => fileURLToPath(new URL(`./packages/${folder}/src/index.ts`, import.meta.url));

/** Real sockets, real servers and real time: on a machine with other work a test gets a second chance, which the report shows. */
const retry = process.env['CI'] === 'true' ? 1 : 0;

/** Most files wait for sockets and timers half of their time: more workers than this machine has processors. */
const maxWorkers = Math.max(6, availableParallelism());

/** Megabytes: a worker that runs many files makes much that is short-lived, and collects it less often so. */
const execArgv = ['--max-semi-space-size=32'];

/** The suites of `@grantex/testing`, which count what is open in the process. */
const contracts = ['packages/*/test/**/*contract.test.ts', 'packages/testing/test/contract/*.test.ts'];

/** What takes long, and is left out of `pnpm test`. */
const proofs = [
  'packages/*/test/**/*.proof.test.ts',
  'tools/**/*.proof.test.ts',
  'tools/proof/power-cut/test/power-cut.test.ts',
];

export default defineConfig({
  resolve: {
    // Tests read the workspace's sources, so that coverage maps to them.
    alias: [{ find: /^@grantex\/([a-z0-9-]+)$/, replacement: source('$1') }],
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'packages/*/test/**/*.test.ts',
            'tools/proof/**/*.test.ts',
            'tools/simulation/test/*.test.ts',
            'tools/docs/test/*.test.ts',
            'tools/guides/test/*.test.ts',
            'tools/packages/test/*.test.ts',
          ],
          exclude: ['**/*.service.test.ts', ...contracts, ...proofs, '**/node_modules/**'],
          // Many tests use real sockets and real time, and machines have other work too.
          testTimeout: 30_000,
          retry,
          // Starting a process and loading the packages takes longer than most files: one worker runs many of them. So no
          // file may leave anything behind that others see: a global, a variable of the environment, a setting of Vitest.
          isolate: false,
          execArgv,
          maxWorkers,
        },
      },
      {
        // What other files leave open for a while would count: each has a process of its own.
        extends: true,
        test: {
          name: 'contract',
          include: contracts,
          exclude: [...proofs, '**/node_modules/**'],
          testTimeout: 30_000,
          retry,
          execArgv,
          maxWorkers,
        },
      },
      {
        // Long runs of real processes, a day in virtual time, and planted faults that a check has to find: in
        // `pnpm test:proofs`, not in `pnpm test`. Some watch the memory of their process, so each file has one of its own.
        extends: true,
        test: {
          name: 'proof',
          include: proofs,
          testTimeout: 30_000,
          retry,
          // They keep the processors busy, and look at the time.
          maxWorkers: 2,
          // After the others, which it would keep waiting.
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Against servers that `pnpm services up` starts. A test may stop one, so there is one file at a time.
        extends: true,
        test: {
          name: 'service',
          include: ['packages/*/test/**/*.service.test.ts'],
          testTimeout: 120_000,
          // A server may need its time after what a test has done to it.
          retry: retry * 2,
          fileParallelism: false,
          // After the others, which would take the time that requests to servers have.
          sequence: { groupOrder: 2 },
        },
      },
    ],
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'], reporter: ['text', 'lcov'] },
  },
});

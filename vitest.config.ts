import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (folder: string) => fileURLToPath(new URL(`./packages/${folder}/src/index.ts`, import.meta.url));

/** Real sockets, real servers and real time: on a machine with other work a test gets a second chance, which the report shows. */
const retry = process.env['CI'] === 'true' ? 1 : 0;

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
          // Many tests use real sockets and real time, and machines have other work too.
          testTimeout: 30_000,
          retry,
          include: [
            'packages/*/test/**/*.test.ts',
            'tools/proof/**/*.test.ts',
            'tools/simulation/test/*.test.ts',
            'tools/docs/test/*.test.ts',
            'tools/packages/test/*.test.ts',
          ],
          exclude: ['**/*.service.test.ts', '**/node_modules/**'],
        },
      },
      {
        // Against servers that `pnpm services up` starts. A test may stop one, so there is one file at a time.
        extends: true,
        test: {
          name: 'service',
          include: ['packages/*/test/**/*.service.test.ts'],
          testTimeout: 120_000,
          retry,
          fileParallelism: false,
          // After the others, which would take the time that requests to servers have.
          sequence: { groupOrder: 1 },
        },
      },
    ],
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'], reporter: ['text', 'lcov'] },
  },
});

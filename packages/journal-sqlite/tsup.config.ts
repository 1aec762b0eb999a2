import { defineConfig } from 'tsup';

export default defineConfig({
  // The second one runs in a thread of its own.
  entry: ['src/index.ts', 'src/checkpoint-thread.ts'],
  format: ['esm'],
  target: 'node22',
  platform: 'node',
  sourcemap: true,
  clean: true,
  // `sqlite` exists with its prefix only.
  removeNodeProtocol: false,
});

import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'node22',
  platform: 'node',
  sourcemap: true,
  clean: true,
  // Built in: importing zod from its own package takes ten times as long, since it brings its messages in fifty languages.
  noExternal: ['zod'],
});

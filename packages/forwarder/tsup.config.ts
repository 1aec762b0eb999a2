import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/program.ts'],
  format: ['esm'],
  target: 'node22',
  platform: 'node',
  // Only the event server of `dev-server` comes from there.
  noExternal: ['@grantex/testing'],
  treeshake: true,
  sourcemap: true,
  clean: true,
});

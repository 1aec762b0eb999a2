/**
 * Lets Node read the packages' TypeScript, whose imports end in `.js`: micro-benchmarks measure inner parts, which the
 * built packages do not export. To be called before they are imported.
 */
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';

export function readSources(): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts') === true) {
        const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
        if (existsSync(source)) return next(source.href, context);
      }
      return next(specifier, context);
    },
  });
}

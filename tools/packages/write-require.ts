/**
 * The last step of a package's build, run in its folder: writes what `require()` finds. It loads the same module as `import`
 * does, so each class is there once; and its types are those of CommonJS, so that a compiler knows that `require()` works.
 */
import { writeFile } from 'node:fs/promises';

await writeFile('dist/index.cjs', "module.exports = require('./index.js');\n");
await writeFile('dist/index.d.cts', "export * from './index.js';\n");

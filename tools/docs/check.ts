/** `pnpm check:docs`: links, spelling and every block of code of all pages, and the docstrings of what is exported. */
import { readFile } from 'node:fs/promises';
import { checkCommands, commandsOf } from './commands.ts';
import { compile } from './compile.ts';
import { checkDirectives, skipped } from './directives.ts';
import { checkDocstrings } from './docstrings.ts';
import { checkExcerpts } from './excerpts.ts';
import { describeFinding, type Finding } from './finding.ts';
import { checkJson } from './json-blocks.ts';
import { checkLinks, linksIn } from './links.ts';
import { readPages, ROOT } from './page.ts';
import { programsOf } from './programs.ts';
import { checkReference } from './reference.ts';
import { runProgram } from './run.ts';
import { Scratch } from './scratch.ts';
import { checkSettings } from './settings.ts';
import { checkSpelling, checkWords, WORDS } from './spelling.ts';
import { readSurface } from './surface.ts';

const startedAt = performance.now();
await using scratch = await Scratch.make();
const pages = await readPages();
const written = pages.filter(({ isGenerated }) => !isGenerated);
const programs = written.flatMap(programsOf);
const toRun = programs.filter(({ isRun }) => isRun);
const surface = readSurface(ROOT);
const links = pages.reduce((count, page) => count + linksIn(page).length, 0);
const commands = written.flatMap(commandsOf).length;
const exported = surface.reduce((count, { exports }) => count + exports.length, 0);

// A check that looks at nothing would always pass.
if (programs.length < 20 || commands < 50 || links < 200) throw new Error('pages, or their blocks, were not found');

const checks: readonly (readonly [name: string, findings: Finding[] | Promise<Finding[]>])[] = [
  [`${links} links lead somewhere`, checkLinks(pages)],
  ['every word is spelled right', checkSpelling(pages)],
  ['words.txt is in order', checkWords(await readFile(WORDS, 'utf8'), pages)],
  ['directives are known', checkDirectives(written)],
  [`${programs.length} programs compile`, compile(programs, scratch)],
  [
    `${toRun.length} programs run`,
    Promise.all(toRun.map((each) => runProgram(each, scratch))).then((found) => found.flat()),
  ],
  ['excerpts stand in the sources', checkExcerpts(written)],
  ['YAML parses, and the forwarder takes its settings', checkSettings(written, scratch)],
  ['JSON parses', checkJson(written)],
  [`${commands} shell commands name scripts, packages and options that exist`, checkCommands(written)],
  [`${exported} exported names have a docstring`, checkDocstrings(surface)],
  ['docs/api is what the docstrings say', checkReference(surface)],
];

let failed = 0;
for (const [name, findings] of checks) {
  const found = await findings;
  console.log(`  ${found.length === 0 ? '✓' : '✗'} ${name}`);
  for (const finding of found) console.log(describeFinding(finding).replaceAll(/^/gm, '      '));
  if (found.length > 0) failed += 1;
}
const reasons = skipped(written);
if (reasons.length > 0)
  console.log(`  not checked, for these reasons:\n${reasons.map((each) => `      ${each}`).join('\n')}`);
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
console.log(`${pages.length} pages, ${checks.length - failed} checks passed, ${failed} failed (${seconds} s)`);
process.exitCode = failed === 0 ? 0 : 1;

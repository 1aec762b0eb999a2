import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { unknownNames } from './metrics.ts';
import { deployFolder, runTool } from './tool.ts';

const rulesFile = join(deployFolder, 'prometheus/rules.yaml');
const testFile = join(deployFolder, 'prometheus/rules.test.yaml');

interface Rules {
  readonly groups: readonly { readonly rules: readonly Rule[] }[];
}

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuleTests {
  readonly tests: readonly {
    readonly promql_expr_test: readonly { readonly expr: string; readonly exp_samples: readonly unknown[] }[];
  }[];
}

export async function promtoolAcceptsRules(): Promise<void> {
  await runTool('promtool', ['check', 'rules', rulesFile]);
}

export async function ruleTestsPass(): Promise<void> {
  await runTool('promtool', ['test', 'rules', testFile]);
}

/** Also: every rule has a test in which it fires, and one in which it does not. */
export async function rulesAreWhole(): Promise<void> {
  const { groups } = parse(await readFile(rulesFile, 'utf8')) as Rules;
  const { tests } = parse(await readFile(testFile, 'utf8')) as RuleTests;
  const expectations = tests.flatMap((test) => test.promql_expr_test);
  const problems = groups
    .flatMap(({ rules }) => rules)
    .flatMap(({ alert, expr, labels, annotations }) => {
      const own = expectations.filter((test) => test.expr.includes(`alertname="${alert}"`));
      return [
        ...unknownNames(expr),
        ...(['warning', 'critical'].includes(labels['severity'] ?? '') ? [] : ['it has no severity']),
        ...['summary', 'description'].filter((key) => !annotations[key]).map((key) => `it has no ${key}`),
        ...(own.some((test) => test.exp_samples.length > 0) ? [] : ['no test in which it fires']),
        ...(own.some((test) => test.exp_samples.length === 0) ? [] : ['no test in which it does not fire']),
      ].map((problem) => `${alert}: ${problem}`);
    });
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

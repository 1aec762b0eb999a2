import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unknownNames } from './metrics.ts';
import { deployFolder, runTool } from './tool.ts';

interface Dashboard {
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[];
}

async function readDashboard(): Promise<Dashboard> {
  return JSON.parse(await readFile(join(deployFolder, 'grafana/dashboard.json'), 'utf8')) as Dashboard;
}

function expressions({ panels, annotations }: Dashboard): { readonly name: string; readonly expr: string }[] {
  return [
    ...panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ refId, expr }) => ({ name: `panel ${title}, ${refId}`, expr })),
    ),
    ...annotations.list.map(({ name, expr }) => ({ name: `annotation ${name}`, expr })),
  ];
}

/** Ids differ, no panel lies on another or beside the grid, every variable and metric in use exists. */
export async function dashboardIsWhole(): Promise<void> {
  const dashboard = await readDashboard();
  const { panels, templating } = dashboard;
  const variables = new Set(['__rate_interval', ...templating.list.map(({ name }) => name)]);
  const problems: string[] = [];
  if (new Set(panels.map(({ id }) => id)).size < panels.length) problems.push('two panels have the same id');
  for (const [index, panel] of panels.entries()) {
    if (panel.gridPos.x + panel.gridPos.w > 24) problems.push(`panel ${panel.title} is wider than the grid`);
    const other = panels.slice(0, index).find(({ gridPos }) => overlap(gridPos, panel.gridPos));
    if (other !== undefined) problems.push(`panel ${panel.title} lies on panel ${other.title}`);
  }
  for (const { name, expr } of expressions(dashboard)) {
    problems.push(...unknownNames(expr).map((problem) => `${name}: ${problem}`));
  }
  for (const { name, definition = '' } of templating.list) {
    problems.push(...unknownNames(definition).map((problem) => `variable ${name}: ${problem}`));
  }
  for (const [, name = ''] of JSON.stringify(dashboard).matchAll(/\$\{?(\w+)/g)) {
    if (name !== '__all' && !variables.has(name)) problems.push(`there is no variable ${name}`);
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

function overlap(a: Panel['gridPos'], b: Panel['gridPos']): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** promtool parses every expression: each becomes a recording rule of a file in `folder`. */
export async function promtoolAcceptsDashboard(folder: string): Promise<void> {
  const rules = expressions(await readDashboard()).map(({ name, expr }, index) => ({
    record: `dashboard:expression_${index}`,
    expr: expr.replaceAll('$__rate_interval', '5m'),
    labels: { name },
  }));
  const file = join(folder, 'dashboard-rules.json');
  // JSON is YAML, too.
  await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  await runTool('promtool', ['check', 'rules', file]);
}

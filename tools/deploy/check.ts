/** `pnpm check:deploy`: everything in deploy/ passes the linters of its kind, and agrees with the forwarder. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  composeIsHardened,
  hadolintAcceptsImage,
  kubernetesSchemasAccept,
  kubeScoreAccepts,
  manifestsAgree,
} from './containers.ts';
import { dashboardIsWhole, promtoolAcceptsDashboard } from './dashboard.ts';
import { promtoolAcceptsRules, rulesAreWhole, ruleTestsPass } from './rules.ts';
import { settingsAreValid } from './settings.ts';
import { systemdAcceptsUnits, systemdAcceptsUser, unitsAgree, unitsAreHardened } from './units.ts';

const CHECKS: Readonly<Record<string, (scratch: string) => Promise<void>>> = {
  'systemd: systemd-analyze verify accepts both units': systemdAcceptsUnits,
  'systemd: systemd-analyze security calls both units safe': unitsAreHardened,
  'systemd: systemd-sysusers would make the user': systemdAcceptsUser,
  'systemd: both units agree but for the takeover': unitsAgree,
  'docker: hadolint accepts the Dockerfile': hadolintAcceptsImage,
  'docker: compose.yaml is read-only and without capabilities': composeIsHardened,
  'kubernetes: the schemas of Kubernetes accept the manifests': kubernetesSchemasAccept,
  'kubernetes: kube-score accepts the manifests': kubeScoreAccepts,
  'kubernetes: the manifests agree': manifestsAgree,
  'prometheus: promtool accepts the rules': promtoolAcceptsRules,
  'prometheus: the unit tests of the rules pass': ruleTestsPass,
  'prometheus: rules use known metrics and are all tested': rulesAreWhole,
  'grafana: the dashboard is whole and uses known metrics': dashboardIsWhole,
  'grafana: promtool parses every expression of the dashboard': promtoolAcceptsDashboard,
  'settings: grantex-forwarder accepts every example': settingsAreValid,
};

const scratch = await mkdtemp(join(tmpdir(), 'grantex-deploy-'));
let failed = 0;
try {
  for (const [name, check] of Object.entries(CHECKS)) {
    try {
      await check(scratch);
      console.log(`  ok      ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`  failed  ${name}`);
      console.log((error instanceof Error ? error.message : String(error)).replaceAll(/^/gm, '            '));
    }
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
console.log(`${Object.keys(CHECKS).length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

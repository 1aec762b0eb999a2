import type { Comparison, Gap } from './ledger.ts';

export interface DemoResult extends Comparison {
  /** What the forwarder has recorded. */
  readonly gaps: readonly Gap[];
  readonly deadLetters: number;
  /** Requests to the intake, failed ones included. */
  readonly requests: number;
  /** From the first event emitted until the forwarder had delivered the last one and ended. */
  readonly ms: number;
}

const BAR_WIDTH = 20;
/** Of the missing events so many are named. */
const NAMED = 5;

/** `5,000` */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** `  3.4 s`, as wide for a minute. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1).padStart(5)} s`;
}

/** A bar, filled as far as `share` (0 to 1) says. */
export function bar(share: number): string {
  const filled = Math.round(share * BAR_WIDTH);
  return '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
}

/** The table at the end, and what it means. */
export function summary(result: DemoResult): string {
  const { emitted, delivered, inGaps, missing, repeated, deadLetters, requests, ms } = result;
  const rows: [name: string, value: string][] = [
    ['emitted', count(emitted)],
    ['delivered', count(delivered)],
    ['in the gap', count(inGaps)],
    ['missing', count(missing.length)],
    ['repeated', count(repeated)],
    ['dead letters', count(deadLetters)],
    ['requests', count(requests)],
    ['time', `${(ms / 1_000).toFixed(1)} s`],
  ];
  const table = rows.map(([name, value]) => `  ${name.padEnd(14)}${value.padStart(7)}`).join('\n');
  return `${table}\n\n${verdict(result)}`;
}

function verdict({ missing, repeated, inGaps, gaps }: DemoResult): string {
  if (missing.length > 0) {
    const named = missing.slice(0, NAMED).join(', ');
    const more = missing.length > NAMED ? ` and ${count(missing.length - NAMED)} more` : '';
    return `FAILED: ${count(missing.length)} of the emitted events did not arrive: ${named}${more}`;
  }
  const lines = [
    'Every event is accounted for. Everything that was heard has arrived, from before the kill and after it.',
  ];
  for (const { from, to } of gaps) {
    lines.push(
      `Nobody listened while the forwarder was dead: it has recorded the gap ${time(from)} to ${time(to)} (UTC).`,
      `  ${count(inGaps)} events were published in it; the event server keeps none of them.`,
    );
  }
  if (repeated > 0) {
    lines.push(
      `${count(repeated)} came twice: the intake had stored them, but the answers did not arrive, or not in time.`,
    );
  }
  return lines.join('\n');
}

/** `12:34:56.789` */
function time(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

export const NEXT_STEP = `To forward the events of your own account to your own Datadog account, type:

  export GRANTEX_API_KEY=...   # your Grantex API key
  export DD_API_KEY=...        # an API key of Datadog, not an application key
  export DD_SITE=datadoghq.com # or datadoghq.eu, us5.datadoghq.com, ...
  npx -y pnpm@12 exec node examples/quick-start/main.ts`;

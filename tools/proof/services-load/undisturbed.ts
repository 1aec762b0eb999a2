import { PHASES, type PhaseName } from './phase.ts';
import type { DestinationUnderLoad } from './destination-under-load.ts';
import type { Watch } from './watch.ts';

/**
 * Batches wait for up to a second, and looks are a second apart. Afterwards the catching up takes what the processors have
 * left, which are those of the services as well.
 */
const MOST_SECONDS_WAITING: Readonly<Record<PhaseName, number>> = { before: 3, during: 3, after: 10 };
/** On a busy machine everything is late. Who depends on the stopped one waits as long as that one does. */
const MOST_PART_OF_STOPPED = 0.4;
/** Of what came, without the batch that is being filled. */
const LEAST_PART_DELIVERED = 0.9;

/** What a destination noticed of the trouble of another one. */
export function disturbances(
  watch: Watch,
  destination: DestinationUnderLoad,
  { stopped, eventsPerSecond }: { readonly stopped: string; readonly eventsPerSecond: number },
): readonly string[] {
  const { name, batchSize } = destination;
  const faults: string[] = [];
  for (const phase of PHASES) {
    const { mostWaiting, p99Waiting, delivered, received } = watch.phaseOf(name, phase);
    const { longestWaiting } = watch.phaseOf(stopped, 'during');
    const seconds = Math.max(MOST_SECONDS_WAITING[phase], MOST_PART_OF_STOPPED * longestWaiting);
    if (mostWaiting > seconds * eventsPerSecond) {
      faults.push(`${name}, ${phase}: ${mostWaiting} events waited`);
    }
    if (p99Waiting > seconds) faults.push(`${name}, ${phase}: events waited for ${p99Waiting} s`);
    if (delivered + batchSize < LEAST_PART_DELIVERED * received) {
      faults.push(`${name}, ${phase}: ${delivered} of ${received} events were delivered`);
    }
  }
  return faults;
}

/** Lines for a person: the three phases side by side. */
export function phaseLine(watch: Watch, name: string): readonly string[] {
  const parts = PHASES.map((phase) => {
    const { deliveredRate, mostWaiting, p99Waiting, longestWaiting } = watch.phaseOf(name, phase);
    const waited = `${p99Waiting.toFixed(1)} s (${longestWaiting.toFixed(1)} s)`;
    return `${phase} ${Math.round(deliveredRate)} a second, ${mostWaiting} waiting at most, for ${waited}`;
  });
  return parts.map((part) => `  ${part}`);
}

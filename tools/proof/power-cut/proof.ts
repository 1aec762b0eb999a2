import { rmSync } from 'node:fs';
import { addActivity, NO_ACTIVITY, type Activity } from './activity.ts';
import { Chance } from './chance.ts';
import { Disk } from './disk.ts';
import type { FolderCall } from './folder-call.ts';
import { History } from './history.ts';
import { ImageRoom } from './image.ts';
import { makeRoom, record, type Recording } from './recording.ts';
import type { Fault } from './settings.ts';
import type { Strace } from './strace.ts';

/** Images of one recorded run. */
const IMAGES_A_RUN = 50;

export interface ProofSettings {
  readonly strace: Strace;
  readonly seed: number;
  readonly images: number;
  /** Only this one, of the run of this seed: the number of calls that came before the cut. */
  readonly moment?: number | undefined;
  readonly fault?: Fault | undefined;
  readonly onImage?: (images: number) => void;
}

export interface Outcome {
  readonly images: number;
  readonly runs: number;
  /** In these runs. */
  readonly activity: Activity;
  /** Where the first image was wrong, and how. */
  readonly broken?: { readonly seed: number; readonly moment: number; readonly violations: readonly string[] };
}

/** Cuts the power at random moments of recorded runs, until a journal breaks a promise or there were enough images. */
export async function prove({ strace, seed, images, moment, fault, onImage }: ProofSettings): Promise<Outcome> {
  const room = makeRoom();
  let activity = NO_ACTIVITY;
  try {
    for (let run = 0, done = 0; ; run++) {
      if (done >= images) return { images: done, runs: run, activity };
      const recording = await record(strace, seed + run, fault, room);
      activity = addActivity(activity, recording.activity);
      const count = Math.min(IMAGES_A_RUN, images - done);
      const moments = moment === undefined ? chooseMoments(recording, count) : [moment];
      for await (const { at, violations } of cutPower(recording, moments, room)) {
        done += 1;
        onImage?.(done);
        if (violations.length === 0) continue;
        return { images: done, runs: run + 1, activity, broken: { seed: seed + run, moment: at, violations } };
      }
      if (moment !== undefined) return { images: done, runs: 1, activity };
    }
  } finally {
    rmSync(room, { recursive: true, force: true });
  }
}

/** Half of them anywhere, half right behind a promise, where nothing has happened that could hide a lie. Ascending. */
function chooseMoments({ settings, calls }: Recording, count: number): number[] {
  const chance = new Chance(settings.seed ^ 0x0ff);
  const promises = calls.flatMap((call, index) => (isPromise(call) ? [index + 1] : []));
  const moments = new Set<number>();
  while (moments.size < Math.min(count, calls.length)) {
    const anywhere = chance.between(0, calls.length);
    const promised = promises[chance.between(0, promises.length - 1)] ?? anywhere;
    moments.add(chance.is(0.5) ? anywhere : promised);
  }
  return [...moments].toSorted((one, other) => one - other);
}

function isPromise(call: FolderCall): boolean {
  return call.kind === 'mark' && 'done' in call.mark;
}

async function* cutPower(
  { settings, calls }: Recording,
  moments: readonly number[],
  room: string,
): AsyncGenerator<{ readonly at: number; readonly violations: readonly string[] }> {
  const disk = new Disk();
  const history = new History();
  const images = new ImageRoom(settings, room);
  let next = 0;
  for (const at of moments) {
    for (const call of calls.slice(next, at)) {
      disk.apply(call);
      if (call.kind === 'mark') history.note(call.mark);
    }
    next = at;
    // Of the seed and the moment alone, so that one image can be made again.
    const chance = new Chance(settings.seed * 1_000_003 + at);
    yield { at, violations: await images.judge(disk.afterPowerCut(chance), history.candidates()) };
  }
}

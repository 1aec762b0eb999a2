import type { FolderCall, LastingCall } from './folder-call.ts';

/** How much went on at once in recorded runs, so that nobody wonders what they prove. */
export interface Activity {
  /** Syncs in other threads than the one that the script is in. */
  readonly syncs: number;
  /** Of these: meanwhile another thread wrote. */
  readonly overtaken: number;
  /** The log was written back by such a thread. */
  readonly writtenBack: number;
  /** While that was under way, more was written to the log. */
  readonly disturbed: number;
}

export const NO_ACTIVITY: Activity = { syncs: 0, overtaken: 0, writtenBack: 0, disturbed: 0 };

export function addActivity(one: Activity, other: Activity): Activity {
  return {
    syncs: one.syncs + other.syncs,
    overtaken: one.overtaken + other.overtaken,
    writtenBack: one.writtenBack + other.writtenBack,
    disturbed: one.disturbed + other.disturbed,
  };
}

/** Counts it in the calls of one run. */
export class ActivityCount {
  readonly #database: string;
  /** Handles of the database's file. */
  readonly #databases = new Set<number>();
  #script: string | undefined;
  #syncs = 0;
  /** By thread: what it syncs, and whether another thread wrote meanwhile. */
  readonly #syncing = new Map<string, { isOvertaken: boolean }>();
  #overtaken = 0;
  /** By handle, for the other threads open the database each time: whether the script's thread wrote since they began. */
  readonly #writers = new Map<number, { isFollowed: boolean; isDisturbed: boolean }>();

  constructor(database: string) {
    this.#database = database;
  }

  get activity(): Activity {
    const writers = [...this.#writers.values()];
    const disturbed = writers.filter(({ isDisturbed }) => isDisturbed).length;
    return { syncs: this.#syncs, overtaken: this.#overtaken, writtenBack: writers.length, disturbed };
  }

  note(thread: string, call: FolderCall): void {
    if (call.kind === 'mark') this.#script ??= thread;
    else if (call.kind === 'open' && call.name === this.#database) this.#databases.add(call.handle);
    else if (call.kind === 'begun') this.#begin(thread, call.call);
    else if (call.kind === 'ended' || call.kind === 'failed') this.#end(thread);
    else if (call.kind === 'sync') this.#sync(thread);
    else if (call.kind === 'write') this.#write(thread, call.handle);
  }

  #begin(thread: string, call: LastingCall): void {
    if (call.kind === 'write') this.#write(thread, call.handle);
    if (call.kind !== 'sync') return;
    this.#sync(thread);
    if (thread !== this.#script) this.#syncing.set(thread, { isOvertaken: false });
  }

  #sync(thread: string): void {
    if (thread !== this.#script) this.#syncs++;
  }

  #end(thread: string): void {
    if (this.#syncing.get(thread)?.isOvertaken === true) this.#overtaken++;
    this.#syncing.delete(thread);
  }

  #write(thread: string, handle: number): void {
    for (const [syncing, sync] of this.#syncing) sync.isOvertaken ||= syncing !== thread;
    if (thread === this.#script) {
      for (const writer of this.#writers.values()) writer.isFollowed = true;
    } else if (this.#databases.has(handle)) {
      const writer = this.#writers.get(handle) ?? { isFollowed: false, isDisturbed: false };
      writer.isDisturbed ||= writer.isFollowed;
      this.#writers.set(handle, writer);
    }
  }
}

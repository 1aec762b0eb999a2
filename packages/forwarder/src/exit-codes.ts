/** What the program's exit code says. The numbers from 64 on are those of sysexits.h. */
export const EXIT = {
  ok: 0,
  /** The command ran, and its answer is no: a test event was refused, an event is not known. */
  failed: 1,
  /** The command line is wrong. */
  usage: 64,
  /** No running forwarder was found, or a service cannot be reached. */
  unavailable: 69,
  /** A fault of this software. */
  internal: 70,
  /** Another process has the journal. */
  locked: 75,
  /** The auth service refused the key. */
  unauthorized: 77,
  /** The settings are wrong: starting again does not help. */
  settings: 78,
} as const;

/** Ends a command with a message for people, and no stack trace. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}

import { equal, ok } from 'node:assert/strict';
import { inspect } from 'node:util';
import type { CheckResult, TestResult } from '@grantex/core';
import type { DestinationPromise } from '../destination-promise.js';
import type { Fault } from '../fault.js';
import { BATCH_SIZE, type Scene } from '../scene.js';

/** What a destination may have beside the interface. */
interface Questions {
  check(): Promise<CheckResult>;
  sendTest(): Promise<TestResult>;
}

function questionsOf(scene: Scene): Questions {
  const destination = scene.run.destination as unknown as Partial<Questions>;
  ok(typeof destination.check === 'function', 'the destination has no check()');
  ok(typeof destination.sendTest === 'function', 'the destination has no sendTest()');
  return destination as Questions;
}

function expectNoSecret(scene: Scene, where: string, shown: unknown): void {
  const text = typeof shown === 'string' ? shown : inspect(shown, { depth: 10, maxStringLength: null });
  for (const secret of scene.subject.secrets) ok(!text.includes(secret), `a secret is in ${where}`);
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // It has circles: nobody can write it.
    return '';
  }
}

async function expectNoSecretAnywhere(scene: Scene): Promise<void> {
  expectNoSecret(scene, 'the log', scene.logger.lines.join('\n'));
  for (const letter of await scene.run.deadLetters()) expectNoSecret(scene, 'a dead letter', letter);
}

/** Lets a batch meet the fault until it has been tried so often, and looks for secrets. */
async function meet(scene: Scene, fault: Fault, attempts: number): Promise<void> {
  await scene.subject.fail(fault);
  const before = scene.subject.requests().length;
  await scene.send(BATCH_SIZE);
  await scene.requests(before + attempts);
  await scene.subject.mend();
  await scene.flush();
  await expectNoSecretAnywhere(scene);
}

export const SECRETS: readonly DestinationPromise[] = [
  {
    name: 'secrets: none in a log line, whatever fails',
    needs: ['temporary', 'network', 'unauthorized'],
    async prove(scene) {
      await meet(scene, { kind: 'temporary' }, 4);
      await meet(scene, { kind: 'network' }, 4);
      await meet(scene, { kind: 'unauthorized' }, 2);
    },
  },
  {
    name: 'secrets: none in a dead letter',
    needs: ['poison'],
    async prove(scene) {
      const events = scene.events(2 * BATCH_SIZE);
      const reason = `refused ${scene.subject.secrets.join(' ')}`;
      await scene.subject.fail({ kind: 'poison', id: events[1]?.id ?? '', reason });
      await scene.sendThese(events);
      await scene.flush();
      await expectNoSecretAnywhere(scene);
    },
  },
  {
    name: 'secrets: none in the error of a close() that could not deliver',
    needs: ['unauthorized'],
    async prove(scene) {
      await scene.subject.fail({ kind: 'unauthorized' });
      const sending = scene.run
        .send(scene.events(2))
        .catch((error: unknown) => expectNoSecret(scene, 'an error', error));
      await scene.during('send() ends', sending);
      await scene.firstRequest();
      await scene.idle();
      await scene
        .during('close() ends', scene.run.close())
        .catch((error: unknown) => expectNoSecret(scene, 'the error of close()', error));
      await expectNoSecretAnywhere(scene);
    },
  },
  {
    name: 'secrets: none when the destination is inspected, or written as JSON',
    ways: ['alone'],
    needs: [],
    async prove(scene) {
      expectNoSecret(scene, 'what inspect() shows', scene.run.destination);
      expectNoSecret(scene, 'the JSON', jsonOf(scene.run.destination));
    },
  },
  {
    name: 'check() and sendTest(): say that all is well, and deliver one event',
    ways: ['alone'],
    needs: ['check'],
    async prove(scene) {
      const questions = questionsOf(scene);
      const check = await scene.during('check() resolves', questions.check());
      ok(check.ok, `check() says: ${check.message}`);
      const test = await scene.during('sendTest() resolves', questions.sendTest());
      ok(test.ok, `sendTest() says: ${test.message}`);
      ok(test.eventId !== '' && test.message !== '' && check.message !== '');
      equal((await scene.subject.receivedIds()).length, 1, 'events stored by check() and sendTest()');
      expectNoSecret(scene, 'a result', [check, test]);
    },
  },
  {
    name: 'check() and sendTest(): say what is wrong, and never reject',
    ways: ['alone'],
    needs: ['check', 'unauthorized', 'temporary', 'network'],
    async prove(scene) {
      const questions = questionsOf(scene);
      for (const kind of ['unauthorized', 'temporary', 'network'] as const) {
        await scene.subject.fail({ kind });
        for (const name of ['check', 'sendTest'] as const) {
          const result = await scene.during(`${name}() resolves`, questions[name]());
          equal(result.ok, false, `${name}() says that all is well, and the service is: ${kind}`);
          ok(result.message.length > 10, `${name}() says only: ${result.message}`);
          expectNoSecret(scene, `a result of ${name}()`, result);
        }
      }
      await scene.subject.mend();
      ok((await scene.during('check() resolves', questions.check())).ok, 'check() after the service was mended');
      await expectNoSecretAnywhere(scene);
    },
  },
];

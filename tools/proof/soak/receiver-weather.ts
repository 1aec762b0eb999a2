import type { Answer, HttpReceiver } from '@grantex/testing';
import { idsIn } from '../crash/scene.ts';
import type { Poison } from './poison.ts';
import { between, pause, Weather } from './weather.ts';

const QUIET_MS = [500, 3_000] as const;
const TROUBLE_MS = [300, 2_500] as const;
/** Between two long outages, and the length of one: longer than the journal's limit lasts, now and then. */
const UP_MS = [5_000, 15_000] as const;
const OUTAGE_MS = [10_000, 45_000] as const;

const FINE: Answer = { status: 200 };
const TROUBLES: readonly Answer[] = [
  { status: 500 },
  { status: 503 },
  { status: 429, retryAfter: 1 },
  { status: 401 },
  { reset: 'before' },
  { reset: 'after-store' },
  { dropAnswer: true },
  { hang: true },
];

/** A service whose answers flip between fine and everything else; poison is a 400 whenever the service looks at it. */
export function flippingAnswers(receiver: HttpReceiver, poison: Poison, random: () => number): Weather {
  return new Weather({
    random,
    quietMs: QUIET_MS,
    troubles: [
      async (calm) => {
        answerWith(receiver, poison, TROUBLES[Math.floor(random() * TROUBLES.length)] ?? FINE);
        await pause(between(random, TROUBLE_MS), calm);
        answerWith(receiver, poison, FINE);
      },
    ],
  });
}

/** A service that is away for long times. */
export function longOutages(receiver: HttpReceiver, random: () => number): Weather {
  return new Weather({
    random,
    quietMs: UP_MS,
    troubles: [
      async (calm) => {
        await receiver.down();
        await pause(between(random, OUTAGE_MS), calm);
        await receiver.up();
      },
    ],
  });
}

/** A service in good health, but for poison. */
export function answerFine(receiver: HttpReceiver, poison: Poison): void {
  answerWith(receiver, poison, FINE);
}

function answerWith(receiver: HttpReceiver, poison: Poison, answer: Answer): void {
  const looks = answer === FINE || answer.dropAnswer === true || answer.reset === 'after-store';
  receiver.answer((request) => {
    if (looks && idsIn(request).some((id) => poison.has(id))) return { status: 400 };
    return answer;
  });
}

import { Writable } from 'node:stream';
import { WriteStream } from 'node:tty';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLogger } from '../../src/watching/logging.js';

/** Remembers what was written by the time a call returns. */
class Paper extends Writable {
  text = '';
  readonly isTTY: boolean;
  constructor(isTTY = false) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }
  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk;
    done();
  }
  /** As a terminal finds it out, from the environment. */
  getColorDepth(): number {
    return WriteStream.prototype.getColorDepth();
  }
}

test('json: an object a line, with level, time, message and fields, written before the call returns', () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 2, 1, 12, 3, 4, 5), toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const paper = new Paper();
  const logger = createLogger({ level: 'debug', format: 'json' }, paper);
  logger.warn('holding', { destination: 'datadog', statusCode: 403, code: undefined });
  logger.debug('nothing');
  const lines = paper.text.split('\n');
  expect(lines.at(-1)).toBe('');
  expect(lines.slice(0, -1).map((line) => JSON.parse(line) as unknown)).toEqual([
    { level: 'warn', time: '2026-03-01T12:03:04.005Z', destination: 'datadog', statusCode: 403, msg: 'holding' },
    { level: 'debug', time: '2026-03-01T12:03:04.005Z', msg: 'nothing' },
  ]);
});

test('text: local time, level, message, fields', () => {
  vi.useFakeTimers({ now: new Date(2026, 2, 1, 12, 3, 4), toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const paper = new Paper();
  const logger = createLogger({ level: 'info', format: 'text' }, paper);
  logger.warn('datadog: holding: the key was refused', { code: 'DEST_UNAUTHORIZED', statusCode: 403, why: 'a b' });
  logger.error('a fault');
  expect(paper.text).toBe(
    '12:03:04 warn  datadog: holding: the key was refused  code=DEST_UNAUTHORIZED statusCode=403 why="a b"\n' +
      '12:03:04 error a fault\n',
  );
});

test.each([
  ['auto', true, 'text'],
  ['auto', false, 'json'],
  ['json', true, 'json'],
  ['text', false, 'text'],
] as const)('format %s, on a terminal: %s, writes %s', (format, isTerminal, expected) => {
  const paper = new Paper();
  createLogger({ level: 'info', format }, paper, { isTerminal }).info('hello');
  expect(paper.text.startsWith('{') ? 'json' : 'text').toBe(expected);
});

function loggedOnTerminal(): string {
  const paper = new Paper(true);
  createLogger({ level: 'info', format: 'auto' }, paper).warn('hello');
  return paper.text;
}

test('colours on a terminal, unless NO_COLOR asks for none', () => {
  for (const name of ['FORCE_COLOR', 'NO_COLOR', 'NODE_DISABLE_COLORS', 'TMUX', 'CI']) vi.stubEnv(name, undefined);
  vi.stubEnv('TERM', 'xterm');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(loggedOnTerminal()).toContain('\u001B[33mwarn \u001B[39m');
  vi.stubEnv('NO_COLOR', '1');
  expect(loggedOnTerminal()).not.toContain('\u001B');
});

test('text: nothing of a message or a field can begin a line of its own, or move the cursor', () => {
  const paper = new Paper();
  const logger = createLogger({ level: 'info', format: 'text' }, paper);
  logger.info('it replied: \u001B[2J\u001B[31mred\r\n12:00:00 error made up\u009B1A', { body: 'x\n\u001B[1Ay\u2028z' });
  expect(paper.text.replace(/^[\d:]{8} /, '')).toBe('info  it replied: red 12:00:00 error made up  body="x y z"\n');
});

test.each(['apiKey', 'hecToken', 'token', 'password', 'authorization', 'secretAccessKey'])(
  'a field named %s is not written, in either format',
  (name) => {
    for (const format of ['json', 'text'] as const) {
      const paper = new Paper();
      createLogger({ level: 'info', format }, paper).info('hello', { [name]: 'hunter2', destination: 'datadog' });
      expect(paper.text).not.toContain('hunter2');
      expect(paper.text).toContain('[redacted]');
      expect(paper.text).toContain('datadog');
    }
  },
);

test.each(['json', 'text'] as const)('a field cannot take the place of level, time or message: %s', (format) => {
  const paper = new Paper();
  createLogger({ level: 'info', format }, paper).info('100 %% %s', { level: 'high', time: 'late', msg: 'made up' });
  for (const part of ['info', '100 %% %s', 'level_', 'high', 'time_', 'late', 'msg_', 'made up']) {
    expect(paper.text).toContain(part);
  }
});

test('the level can be changed', () => {
  const paper = new Paper();
  const logger = createLogger({ level: 'warn', format: 'json' }, paper);
  const said = (): string[] => [...paper.text.matchAll(/"msg":"(\w+)"/g)].map(([, message]) => message ?? '');
  logger.info('one');
  logger.setLevel('debug');
  logger.debug('two');
  logger.setLevel('error');
  logger.warn('three');
  logger.error('four');
  expect(said()).toEqual(['two', 'four']);
});

test('a reader of the log that went away ends nothing', async () => {
  const gone = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
  const logger = createLogger({ level: 'info', format: 'json' }, gone);
  logger.info('hello');
  await vi.waitFor(() => expect(gone.errored).toBeInstanceOf(Error));
  logger.info('hello again');
});

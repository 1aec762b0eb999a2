import { isLoopback } from '@grantex/core';
import { expect, test } from 'vitest';

test.each(['localhost', 'kafka.localhost', '127.0.0.1', '127.8.9.10', '[::1]'])('%s is loopback', (host) => {
  expect(isLoopback(host)).toBe(true);
});

test.each(['', 'localhost.example', 'notlocalhost', '10.0.0.1', '127.0.0.1.example', '[::2]', '0.0.0.0'])(
  '"%s" is not loopback',
  (host) => {
    expect(isLoopback(host)).toBe(false);
  },
);

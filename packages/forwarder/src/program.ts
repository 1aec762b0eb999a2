#!/usr/bin/env node
// Nothing is imported before the version is known: older ones lack modules, and would say so with a stack trace.
const LEAST = [22, 19] as const;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) {
  const { main } = await import('./main.js');
  process.exitCode = await main();
} else {
  process.stderr.write(
    `grantex-forwarder: needs Node ${LEAST.join('.')} or later, and this is ${process.versions.node}\n`,
  );
  process.exitCode = 1;
}

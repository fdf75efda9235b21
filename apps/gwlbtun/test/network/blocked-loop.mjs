// Starts a handler by the library's API and blocks the event loop for as many seconds as a line on stdin says.
import {
  createSectionLog,
  HANDLER_DEFAULTS,
  parseHookCommand,
  parseLogging,
  startHandler,
} from '@net/gwlbtun';
import { createInterface } from 'node:readline';

const handler = await startHandler(
  {
    ...HANDLER_DEFAULTS,
    lanes: [
      { udp: true, tun: true },
      { udp: true, tun: true },
    ],
    createHook: parseHookCommand('-c', process.argv[2]),
  },
  {
    log: createSectionLog(
      parseLogging('all=critical'),
      () => undefined,
      () => performance.now(),
    ),
  },
);
console.log('started');

process.on('SIGTERM', async () => {
  await handler.stop();
  process.exit(0);
});
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write('blocked\n');
  const end = performance.now() + Number(line) * 1000;
  while (performance.now() < end) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  process.stdout.write('free again\n');
}

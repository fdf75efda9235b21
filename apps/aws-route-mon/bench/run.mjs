// Prints every figure of the README. Needs the build of this package and of @net/aws-sandbox.
import { cpus } from 'node:os';
import './quiet.mjs';
import { healUnderThrottling } from './bulk.mjs';
import { idleCalls } from './idle.mjs';
import { race } from './race.mjs';

const schedules = Number(process.env.NET_BENCH_SCHEDULES ?? 1000);
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}\n`);
console.log(`From black hole to claim, ${schedules} seeded schedules, simulated clock and API`);
console.table(await race(schedules));
console.log(
  '500 black holes in 50 tables, sandbox over HTTP, its token buckets on (writes: 50, then 5 a second)',
);
console.table(await healUnderThrottling());
console.log('Calls of a quiet monitor, sandbox over HTTP, 10 polls after the first');
console.table(await idleCalls());

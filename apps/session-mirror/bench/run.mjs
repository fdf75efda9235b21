// Prints every figure of the README. Needs the build of this package and of @net/aws-sandbox.
import './quiet.mjs';
import { cpus } from 'node:os';
import { bucketSizeOf } from '@net/aws-sandbox';
import { createAccount } from './account.mjs';
import { runCommand } from './command.mjs';
import { runOriginal } from './original.mjs';
import { planAlone } from './plan-alone.mjs';

const sizes = (process.env.NET_BENCH_INTERFACES ?? '1000,10000').split(',').map(Number);
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}`);
const rows = {};
for (const size of sizes) {
  if (size <= 1000) {
    const account = await createAccount(size);
    rows[`${size}: the original, first run`] = await runOriginal(account);
    rows[`${size}: the original, nothing to do`] = await runOriginal(account);
    await account.sandbox.close();
  }
  const account = await createAccount(size);
  rows[`${size}: plan`] = await runCommand(account, 'plan', '--json', '--max-sources', '10000');
  rows[`${size}: first run`] = await runCommand(account, 'tap', '--quiet', '--max-sources', '10000');
  rows[`${size}: nothing to do`] = await runCommand(account, 'tap', '--quiet', '--max-sources', '10000');
  account.enable(account.targets[1]);
  rows[`${size}: all to another target`] = await runCommand(
    account,
    'tap',
    '--quiet',
    '--max-sources',
    '10000',
  );
  await account.sandbox.close();
}
console.log('Calls and cost, the command as a process of its own against the sandbox over HTTP');
console.table(rows);

console.log('Planning alone: CPU s of a first plan, and of one with nothing to do');
console.table(planAlone([1000, 10_000]));

const many = 300;
const account = await createAccount(many);
account.sandbox.faults.throttling(true);
await runCommand(account, 'tap', '--quiet', '--max-sources', '10000');
const sent = account.sandbox.calls.list({ action: 'CreateTrafficMirrorSession' });
const accepted = sent.filter(({ outcome }) => outcome.kind === 'ok');
const { capacity, refillPerSecond } = bucketSizeOf('CreateTrafficMirrorSession', {});
const needed = (many - capacity) / refillPerSecond;
const spent = (accepted.at(-1).atMs - sent[0].atMs) / 1000;
console.log(`${many} sessions under EC2's token buckets (${capacity}, then ${refillPerSecond} a second)`);
console.table({
  'session-mirror': {
    created: accepted.length,
    'bucket allows s': needed,
    'took s': Number(spent.toFixed(1)),
    ratio: Number((spent / needed).toFixed(3)),
    sent: sent.length,
  },
});
await account.sandbox.close();

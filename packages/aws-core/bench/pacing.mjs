// How long a bulk takes next to what the bucket allows, and how many calls are wasted: the pacer, and the SDK's own
// retries (standard and adaptive), against the sandbox's token bucket over HTTP, in real time.
import { cpus } from 'node:os';
import { CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2';
import { createSandbox } from '@net/aws-sandbox';
import { createClient, createPacer, openSession, runPaced } from '@net/aws-core';

const CALLS = Number(process.argv[2] ?? 120);
const BUCKET = { capacity: 20, refillPerSecond: 5 };
const idealMs = ((CALLS - BUCKET.capacity) / BUCKET.refillPerSecond) * 1000;

const rows = [];
for (const mode of ['pacer', 'adaptive', 'standard']) rows.push(await measure(mode));
console.log(
  `${CALLS} CreateVpc (dry run) in a bucket of ${BUCKET.capacity} and ${BUCKET.refillPerSecond} a second, at least ${idealMs / 1000} s`,
);
console.log(`${cpus().length} x ${cpus()[0].model}, Node ${process.version}`);
console.table(rows);

async function measure(mode) {
  const sandbox = await createSandbox();
  sandbox.faults.throttling({ overrides: { CreateVpc: BUCKET } });
  const session = await openSession({
    app: { name: 'bench', version: '1' },
    region: 'eu-west-1',
    endpointUrl: sandbox.endpoint,
    ...sandbox.credentials(),
  });
  const isPaced = mode === 'pacer';
  const ec2 = await createClient(session, EC2Client, {
    retryMode: isPaced ? 'standard' : mode,
    retry: { retryThrottled: !isPaced, attempts: 1000, totalMs: 600_000 },
  });
  const call = () =>
    ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16', DryRun: true })).catch((error) => {
      if (error.name !== 'DryRunOperation') throw error;
    });
  const unpaced = { run: (each) => each() };
  const startMs = performance.now();
  const outcomes = await runPaced(Array.from({ length: CALLS }), isPaced ? createPacer() : unpaced, call);
  const tookMs = performance.now() - startMs;
  const sent = sandbox.calls.count({ action: 'CreateVpc' });
  const done = outcomes.filter((outcome) => outcome.status === 'done').length;
  ec2.destroy();
  await sandbox.close();
  return {
    mode,
    done,
    seconds: +(tookMs / 1000).toFixed(1),
    'x ideal': +(tookMs / idealMs).toFixed(2),
    sent,
  };
}

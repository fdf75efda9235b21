import { afterEach, expect, test } from '@jest/globals';
import { suite } from '@net/testing';
import { Bed, exampleScript, NOTHING_WRONG } from './bed.js';
import { NETWORK } from './requirements.js';
import { readdirSync } from 'node:fs';

let bed: Bed;
afterEach(async () => {
  await bed.remove();
});

suite('many endpoints', NETWORK, () => {
  // The original waits with select, which knows file numbers below 1024 only.
  test('three hundred, with more than 1,024 open files', async () => {
    bed = new Bed();
    const handler = await bed.start(
      '-c',
      exampleScript('create-passthrough.sh'),
      '--max-endpoints',
      '400',
      '--create-rate',
      '1000',
      '--udpthreads',
      '2',
      '--tunthreads',
      '2',
    );
    const result = await bed.load(
      '--count',
      '60000',
      '--window',
      '200',
      '--flows',
      '1200',
      '--endpoints',
      '300',
      '--same-tuples',
      '--hops',
      '0',
      '--warm-up-seconds',
      '120',
    );
    expect(result).toMatchObject({ returned: 60_000, ...NOTHING_WRONG });
    expect(readdirSync(`/proc/${handler.pid}/fd`).length).toBeGreaterThan(1024);
    await handler.stop(60_000);
    expect(bed.devices().filter((name) => name.startsWith('gw'))).toEqual([]);
  });
});

import { afterEach, expect, test } from '@jest/globals';
import { suite, testSeed } from '@net/testing';
import { Bed, exampleScript, NOTHING_WRONG } from './bed.js';
import { NETWORK } from './requirements.js';

const ALL_KINDS = 'udp4,udp6,tcp4,tcp6,icmp4,icmp6,sctp4,sctp6,gre4,gre6,fragment4,fragment6';
const PACKETS = 30_000;

let bed: Bed;
afterEach(async () => {
  await bed.remove();
});

// The seed decides where in the space of endpoint ids, and so in every hash, a run happens.
const base = `0x${(0x0123456789ab0000n + BigInt(testSeed()) * 4096n).toString(16)}`;

suite('every packet comes back with the header of its flow', NETWORK, () => {
  test.each([
    ['one flow', ['--flows', '1', '--mix', 'udp4']],
    [
      'strictly in turn, 1,000 flows of every kind',
      ['--flows', '1000', '--mix', ALL_KINDS, '--sizes', '128,512,1400'],
    ],
    [
      'in bursts of 32, bulk TCP and UDP',
      ['--flows', '200', '--burst', '32', '--mix', 'tcp4,tcp6,udp4,udp6', '--sizes', '1400'],
    ],
    [
      'in bursts of 8, of every kind',
      ['--flows', '500', '--burst', '8', '--mix', ALL_KINDS, '--sizes', '100,1000'],
    ],
    [
      'arriving as large packets',
      ['--flows', '64', '--burst', '32', '--large', '--mix', 'udp4,tcp6', '--sizes', '512'],
    ],
    [
      '16 endpoints with equal addresses',
      ['--flows', '1600', '--endpoints', '16', '--same-tuples', '--mix', ALL_KINDS, '--sizes', '128'],
    ],
    [
      'both directions with cookies of their own',
      ['--flows', '400', '--both-directions', '--mix', ALL_KINDS, '--sizes', '200'],
    ],
    [
      'other options, other orders, VNIs',
      ['--flows', '400', '--odd-headers', '--burst', '4', '--mix', 'udp4,tcp6'],
    ],
    [
      'large inner packets',
      ['--flows', '50', '--mix', 'udp4,tcp6,udp6', '--sizes', '8000,8400', '--window', '16'],
    ],
    ['from the smallest', ['--flows', '100', '--mix', 'udp4,icmp4,udp6', '--sizes', '64']],
    [
      'later fragments first',
      ['--flows', '64', '--mix', 'fragment4,fragment6', '--later-fragment-first', '--sizes', '512'],
    ],
    [
      '100,000 flows',
      ['--flows', '100000', '--mix', 'udp4,udp6,tcp4,icmp4', '--sizes', '128', '--flows-per-host', '8'],
    ],
  ])('%s', async (_name, args) => {
    bed = new Bed();
    await bed.start('-c', exampleScript('create-route.sh'), '-p', '8080', '-j');
    const count = args.includes('100000') ? 100_000 : PACKETS;
    const result = await bed.load(
      '--count',
      String(count),
      '--window',
      '200',
      '--hops',
      '1',
      '--endpoint-base',
      base,
      ...args,
    );
    expect(result).toMatchObject({ returned: result.sent, ...NOTHING_WRONG });
    expect(result.byEndpoint.every((packets) => packets > 0)).toBe(true);
  });

  test.each([
    ['below the stack, by tc', 'create-passthrough.sh', '0', []],
    ['without offloads', 'create-route.sh', '1', ['--no-offload']],
    [
      'by raw sockets with computed checksums',
      'create-route.sh',
      '1',
      ['--return-path', 'raw', '--outer-checksum', 'computed'],
    ],
    [
      'by packet sockets with checksum zero',
      'create-route.sh',
      '1',
      ['--return-path', 'packet', '--outer-checksum', 'zero'],
    ],
    [
      'threads apart',
      'create-route.sh',
      '1',
      ['--udpthreads', '1', '--tunthreads', '2', '--udpaffinity', '0'],
    ],
    ['many threads', 'create-route.sh', '1', ['--udpthreads', '8', '--tunthreads', '8']],
  ])('%s', async (_name, hook, hops, args) => {
    bed = new Bed();
    await bed.start('-c', exampleScript(hook), ...args);
    const result = await bed.load(
      ...['--count', String(PACKETS), '--window', '200', '--hops', hops, '--endpoint-base', base],
      ...['--flows', '600', '--endpoints', '3', '--burst', '4', '--mix', ALL_KINDS, '--sizes', '128,1400'],
    );
    expect(result).toMatchObject({ returned: result.sent, ...NOTHING_WRONG });
  });
});

import { afterEach, expect, test } from '@jest/globals';
import { suite } from '@net/testing';
import { Bed, exampleScript, NOTHING_WRONG } from './bed.js';
import { NETWORK } from './requirements.js';

const ALL_KINDS = 'udp4,udp6,tcp4,tcp6,icmp4,icmp6,sctp4,sctp6,gre4,gre6,fragment4,fragment6';

let bed: Bed;
afterEach(async () => {
  await bed.remove();
});

suite('ten million packets', NETWORK, () => {
  const share = 10_000_000 / 8;
  test.each([
    [1, 1, 1, 'udp4'],
    [1, 1, 32, 'tcp4'],
    [1_000, 1, 1, ALL_KINDS],
    [1_000, 16, 8, ALL_KINDS],
    [10_000, 4, 1, ALL_KINDS],
    [10_000, 16, 32, 'tcp4,tcp6,udp4,udp6'],
    [100_000, 16, 1, ALL_KINDS],
    [100_000, 16, 8, ALL_KINDS],
  ])('%d flows, %d endpoints, bursts of %d, %s', async (flows, endpoints, burst, mix) => {
    bed = new Bed();
    await bed.start('-c', exampleScript('create-route.sh'));
    const result = await bed.load(
      ...[
        '--count',
        String(share),
        '--window',
        '200',
        '--hops',
        '1',
        '--sizes',
        '128,512,1400',
        '--odd-headers',
      ],
      ...['--flows', String(flows), '--endpoints', String(endpoints), '--burst', String(burst), '--mix', mix],
    );
    expect(result).toMatchObject({ returned: result.sent, ...NOTHING_WRONG });
  });
});

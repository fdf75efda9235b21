import { expect, test } from '@jest/globals';
import { LogFormat, Orienter, orient, parseLine, type FlowRecord } from '../../src/index.js';

function records(format: string, lines: readonly string[]): FlowRecord[] {
  return lines.map((line) => {
    const result = parseLine(line, LogFormat.parse(format));
    if (!result.ok) throw new Error(result.error.reason);
    return result.record;
  });
}

/** Amazon VPC User Guide, "Flow log record examples", "TCP flag sequence": 52.213.180.42 calls port 5001. */
test('the documented sequences of TCP flags: the client is always 52.213.180.42', () => {
  const head = '3 eni-1235b8ca123456789 6';
  const examples = records(
    'version interface-id protocol srcaddr dstaddr srcport dstport start end action tcp-flags',
    [
      `${head} 52.213.180.42 10.0.0.62 43416 5001 1566848875 1566848933 ACCEPT 2`,
      `${head} 10.0.0.62 52.213.180.42 5001 43416 1566848875 1566848933 ACCEPT 18`,
      `${head} 52.213.180.42 10.0.0.62 43418 5001 1566848875 1566848933 ACCEPT 2`,
      `${head} 10.0.0.62 52.213.180.42 5001 43418 1566848875 1566848933 ACCEPT 18`,
      `${head} 10.0.0.62 52.213.180.42 5001 43418 1566848933 1566849113 ACCEPT 1`,
      `${head} 52.213.180.42 10.0.0.62 43638 5001 1566848933 1566848992 ACCEPT 3`,
      `${head} 10.0.0.62 52.213.180.42 5001 43638 1566848933 1566848992 ACCEPT 19`,
    ],
  );
  const orienter = new Orienter();
  const answers = examples.map((record) => orienter.orient(record));
  expect(answers.map((answer) => answer.client?.address)).toEqual(examples.map(() => '52.213.180.42'));
  expect(answers.map((answer) => answer.decidedBy)).toEqual([
    'syn',
    'syn-ack',
    'syn',
    'syn-ack',
    'known-flow',
    'syn',
    'syn-ack',
  ]);
});

/** The same guide, "Traffic through a NAT gateway". */
test('the documented records of a NAT gateway: real ends, and the gateway between', () => {
  const [inner, outer] = records(
    'interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr srcport dstport protocol',
    [
      'eni-1235b8ca123456789 10.0.1.5 10.0.0.220 10.0.1.5 203.0.113.5 39812 443 6',
      'eni-1235b8ca123456789 10.0.0.220 203.0.113.5 10.0.0.220 203.0.113.5 39812 443 6',
    ],
  );
  expect(orient(inner!)).toMatchObject({
    client: { address: '10.0.1.5', port: 39_812 },
    server: { address: '203.0.113.5', port: 443, via: '10.0.0.220' },
  });
  expect(orient(outer!).server).toEqual({ address: '203.0.113.5', port: 443 });
});

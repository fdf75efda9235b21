import { describe, expect, test } from '@jest/globals';
import {
  ColumnScanner,
  LogFormat,
  Orienter,
  allFieldsFormat,
  defaultFormat,
  evidenceColumns,
  orient,
  parseLine,
  printLine,
  rules,
  type FlowRecord,
  type InterfaceFacts,
} from '../../src/index.js';

const v5 =
  'version interface-id srcaddr dstaddr srcport dstport protocol start end action tcp-flags flow-direction ' +
  'pkt-srcaddr pkt-dstaddr traffic-path log-status';

function record(line: string, format: LogFormat = LogFormat.parse(v5)): FlowRecord {
  const result = parseLine(line, format);
  if (!result.ok) throw new Error(result.error.reason);
  return result.record;
}

function v2(source: string, destination: string, start = 1_600_000_000, action = 'ACCEPT'): FlowRecord {
  const [srcaddr = '', srcport = ''] = source.split('#');
  const [dstaddr = '', dstport = ''] = destination.split('#');
  const line = `2 123456789012 eni-1 ${srcaddr} ${dstaddr} ${srcport} ${dstport} 6 10 840 ${start} ${start + 50} ${action} OK`;
  return record(line, defaultFormat);
}

describe('a record alone', () => {
  test('SYN without ACK: the source opened', () => {
    for (const flags of [2, 3, 6, 7]) {
      const answer = orient(
        record(`5 eni-1 198.51.100.7 10.0.0.5 50000 443 6 1 2 ACCEPT ${flags} ingress - - - OK`),
      );
      expect(answer).toMatchObject({
        initiator: 'source',
        decidedBy: 'syn',
        direction: 'ingress',
        directionBy: 'flow-direction',
        client: { address: '198.51.100.7', port: 50_000 },
        server: { address: '10.0.0.5', port: 443 },
      });
      expect(answer.explanation).toContain('198.51.100.7:50000 opened the connection to 10.0.0.5:443');
    }
  });

  test('SYN and ACK: the source was called', () => {
    for (const flags of [18, 19, 22]) {
      const answer = orient(
        record(`5 eni-1 10.0.0.5 198.51.100.7 443 50000 6 1 2 ACCEPT ${flags} egress - - 8 OK`),
      );
      expect(answer).toMatchObject({ initiator: 'destination', decidedBy: 'syn-ack', direction: 'egress' });
    }
  });

  test('flags of anything but TCP tell nothing', () => {
    const answer = orient(record('5 eni-1 10.0.0.5 10.0.0.6 50000 53 17 1 2 ACCEPT 2 egress - - 1 OK'));
    expect(answer.decidedBy).toBe('ports');
  });

  test('outgoing packets have a traffic-path', () => {
    const answer = orient(record('5 eni-1 10.0.0.5 8.8.8.8 50000 53 17 1 2 ACCEPT 0 - - - 8 OK'));
    expect(answer).toMatchObject({ direction: 'egress', directionBy: 'traffic-path' });
  });

  test('the real ends are those of the packet, with what is between', () => {
    const answer = orient(
      record('5 eni-1 10.0.1.5 10.0.0.220 39812 443 6 1 2 ACCEPT 2 ingress 10.0.1.5 203.0.113.5 - OK'),
    );
    expect(answer.destination).toEqual({ address: '203.0.113.5', port: 443, via: '10.0.0.220' });
    expect(answer.source).toEqual({ address: '10.0.1.5', port: 39_812 });
    expect(answer.explanation).toContain('203.0.113.5:443 (by way of 10.0.0.220)');
  });

  test('ports: a service against an ephemeral one, then the lower, then the rule of the original', () => {
    expect(orient(v2('10.0.0.1#40000', '10.0.0.2#5432'))).toMatchObject({
      decidedBy: 'ports',
      initiator: 'source',
    });
    expect(orient(v2('10.0.0.1#5432', '10.0.0.2#40000'))).toMatchObject({
      decidedBy: 'ports',
      initiator: 'destination',
    });
    expect(orient(v2('10.0.0.1#1500', '10.0.0.2#1400'))).toMatchObject({
      decidedBy: 'lower-port',
      initiator: 'source',
    });
    expect(orient(v2('10.0.0.1#123', '10.0.0.2#123'))).toMatchObject({
      decidedBy: 'original',
      initiator: 'source',
    });
    expect(orient(v2('10.0.0.1#1500', '10.0.0.2#1600', 1, 'REJECT'))).toMatchObject({
      decidedBy: 'rejected',
      initiator: 'source',
    });
    const ping = record('5 eni-1 10.0.0.5 10.0.0.6 0 0 1 1 2 ACCEPT 0 egress - - 1 OK');
    expect(orient(ping)).toMatchObject({ decidedBy: 'original', initiator: 'source' });
    expect(orient(ping).client).toEqual({ address: '10.0.0.5', port: undefined });
    expect(orient(ping, { rules: ['syn', 'ports'] })).toMatchObject({
      decidedBy: 'none',
      initiator: 'unknown',
      client: undefined,
    });
  });

  test('the original’s rule alone takes every source for the client', () => {
    const answer = orient(v2('10.0.0.1#443', '10.0.0.2#40000'), { rules: ['original'] });
    expect(answer).toMatchObject({ decidedBy: 'original', initiator: 'source' });
  });

  test('a rule that does not exist is refused', () => {
    expect(() => orient(v2('10.0.0.1#443', '10.0.0.2#40000'), { rules: ['seed' as 'syn'] })).toThrow(
      /no rule seed/,
    );
  });
});

describe('facts about interfaces', () => {
  const facts: InterfaceFacts = {
    addresses: ['10.0.0.5', '2001:db8::5'],
    listeners: [{ protocol: 6, port: 40_000 }],
    inbound: [
      { protocol: 6, fromPort: 443, toPort: 443, peers: ['0.0.0.0/0'] },
      { protocol: 6, fromPort: 22, toPort: 22, peers: undefined as never },
    ],
    outbound: [{ protocol: -1, peers: ['0.0.0.0/0'] }],
  };
  const interfaces = (id: string): InterfaceFacts | undefined => (id === 'eni-1' ? facts : undefined);

  test('own addresses tell the direction', () => {
    expect(orient(v2('10.0.0.9#50000', '10.0.0.5#443'), { interfaces })).toMatchObject({
      direction: 'ingress',
      directionBy: 'interface-address',
    });
    expect(orient(v2('10.0.0.5#443', '10.0.0.9#50000'), { interfaces }).direction).toBe('egress');
    expect(orient(v2('10.0.0.8#443', '10.0.0.9#50000'), { interfaces }).direction).toBe('unknown');
  });

  test('a listener beats the ports', () => {
    expect(orient(v2('10.0.0.9#443', '10.0.0.5#40000'), { interfaces })).toMatchObject({
      decidedBy: 'listener',
      initiator: 'source',
    });
    expect(orient(v2('10.0.0.5#40000', '10.0.0.9#443'), { interfaces })).toMatchObject({
      decidedBy: 'listener',
      initiator: 'destination',
    });
  });

  test('what no security group admits can only be an answer', () => {
    expect(orient(v2('10.0.0.9#8888', '10.0.0.5#5000'), { interfaces })).toMatchObject({
      decidedBy: 'security-group',
      initiator: 'destination',
    });
    // Admitted, by a rule with unresolved peers, or rejected: no evidence.
    for (const open of [
      v2('10.0.0.9#50000', '10.0.0.5#443'),
      v2('10.0.0.9#50000', '10.0.0.5#22'),
      v2('10.0.0.9#50000', '10.0.0.5#5000', 1, 'REJECT'),
    ]) {
      expect(orient(open, { interfaces }).decidedBy).toBe('ports');
    }
  });

  test('rules for the way out count for packets that leave', () => {
    const closed: InterfaceFacts = { addresses: ['10.0.0.5'], outbound: [] };
    expect(orient(v2('10.0.0.5#8888', '10.0.0.9#5000'), { interfaces: () => closed })).toMatchObject({
      decidedBy: 'security-group',
      initiator: 'destination',
    });
  });

  test('facts are those of the record’s time', () => {
    const asked: number[] = [];
    const orienter = new Orienter({
      interfaces: (_id, atMs) => {
        asked.push(atMs);
        return undefined;
      },
    });
    orienter.orient(v2('10.0.0.5#8888', '10.0.0.9#5000', 1_700_000_000));
    expect(asked).toEqual([1_700_000_000_000]);
  });

  test('addresses that are none are refused', () => {
    expect(() =>
      orient(v2('10.0.0.5#1', '10.0.0.9#2'), { interfaces: () => ({ addresses: ['ten'] }) }),
    ).toThrow(/no IP address/);
    expect(() =>
      orient(v2('10.0.0.5#1', '10.0.0.9#2'), {
        interfaces: () => ({ inbound: [{ protocol: 6, peers: ['10/8'] }] }),
      }),
    ).toThrow(/no address prefix/);
  });
});

describe('a stream of records', () => {
  test('long connections are known by their opening, in both directions', () => {
    const orienter = new Orienter();
    const line = (from: string, to: string, flags: number, start: number): FlowRecord =>
      record(`5 eni-1 ${from} ${to} 6 ${start} ${start + 59} ACCEPT ${flags} ingress - - - OK`);
    orienter.orient(line('10.0.0.1 10.0.0.2', '33000 32000', 2, 1000));
    const later = orienter.orient(line('10.0.0.2 10.0.0.1', '32000 33000', 0, 1060));
    expect(later).toMatchObject({ decidedBy: 'known-flow', initiator: 'destination' });
    expect(orienter.orient(line('10.0.0.1 10.0.0.2', '33000 32000', 0, 4500)).decidedBy).toBe('known-flow');
    expect(orienter.orient(line('10.0.0.1 10.0.0.2', '33000 32000', 0, 9000)).decidedBy).not.toBe(
      'known-flow',
    );
  });

  test('contradicting openings decide nothing', () => {
    const orienter = new Orienter();
    orienter.orient(record('5 eni-1 10.0.0.1 10.0.0.2 33000 32000 6 1000 1059 ACCEPT 2 ingress - - - OK'));
    const other = orienter.orient(
      record('5 eni-1 10.0.0.2 10.0.0.1 32000 33000 6 1000 1059 ACCEPT 2 ingress - - - OK'),
    );
    expect(other.decidedBy).toBe('ports');
  });

  test('an end with many different ports on the other side is a server', () => {
    const orienter = new Orienter();
    for (let i = 0; i < 20; i++) orienter.orient(v2(`10.0.1.${i}#${41_000 + i * 7}`, '10.0.0.5#45000'));
    expect(orienter.orient(v2('10.0.0.5#45000', '10.0.1.99#36000'))).toMatchObject({
      decidedBy: 'peers',
      initiator: 'destination',
    });
  });

  test('an interface’s own address is the one that all its records have', () => {
    const orienter = new Orienter();
    expect(orienter.orient(v2('10.0.0.5#443', '198.51.100.1#50000')).directionBy).toBe('none');
    orienter.orient(v2('10.0.0.5#443', '198.51.100.2#50000'));
    expect(orienter.orient(v2('198.51.100.1#50000', '10.0.0.5#443'))).toMatchObject({
      direction: 'ingress',
      directionBy: 'learned-address',
    });
  });

  test('counts its decisions', () => {
    const orienter = new Orienter();
    orienter.orient(v2('10.0.0.1#50000', '10.0.0.5#443'));
    expect(orienter.counts.ports).toBe(1);
    expect(orienter.counts.syn).toBe(0);
  });
});

describe('batches', () => {
  test('answer as records do', () => {
    const lines = [
      '5 eni-1 198.51.100.7 10.0.0.5 50000 443 6 1600000000 1600000050 ACCEPT 3 ingress - - - OK',
      '5 eni-1 10.0.0.5 198.51.100.7 443 50000 6 1600000000 1600000050 ACCEPT 19 egress - - 8 OK',
      '5 eni-1 2001:db8::5 2001:db8::6 50000 53 17 1600000000 1600000050 ACCEPT 0 egress - - 1 OK',
      '5 eni-2 ::ffff:10.0.0.5 10.0.0.6 0 0 1 1600000000 1600000050 ACCEPT - - - - - OK',
      '5 eni-1 10.0.1.5 10.0.0.220 443 39812 6 1600000000 1600000050 REJECT 0 - 203.0.113.5 - - OK',
    ];
    const format = LogFormat.parse(v5);
    const batched: unknown[] = [];
    const orienter = new Orienter();
    const scanner = new ColumnScanner({ columns: evidenceColumns, format });
    scanner.write(Buffer.from(`${lines.join('\n')}\n`), () => undefined);
    scanner.end((batch) => {
      const rows = orienter.orientBatch(batch);
      for (let row = 0; row < batch.rows; row++) {
        batched.push([rules[rows.decidedBy[row]!], rows.initiators[row], rows.directions[row]]);
      }
    });
    const alone = lines.map((line) => {
      const answer = orient(record(line));
      const initiator = ['unknown', 'source', 'destination'].indexOf(answer.initiator);
      return [answer.decidedBy, initiator, ['unknown', 'ingress', 'egress'].indexOf(answer.direction)];
    });
    expect(batched).toEqual(alone);
  });

  test('columns that a format lacks are no evidence', () => {
    const orienter = new Orienter();
    const scanner = new ColumnScanner({ columns: ['srcaddr', 'bytes'], format: allFieldsFormat });
    const line = printLine(v2('10.0.0.1#50000', '10.0.0.5#443'), allFieldsFormat);
    let decided: number | undefined;
    scanner.write(Buffer.from(`${line.replace(/-$/, '-')}\n`), () => undefined);
    scanner.end((batch) => {
      decided = orienter.orientBatch(batch).decidedBy[0];
    });
    expect(rules[decided!]).toBe('original');
  });
});

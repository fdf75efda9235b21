import { describe, expect, test } from '@jest/globals';
import { inferFormat } from '../../src/format/infer.js';
import {
  allFieldsFormat,
  defaultFormat,
  LogFormat,
  transitGatewayFormat,
} from '../../src/format/log-format.js';
import { parseLine } from '../../src/record/parse-line.js';
import { scanned } from '../scan/scanned.js';

/** The examples of the Amazon VPC User Guide, "Flow log record examples". */
const v2Examples = [
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK',
  '2 123456789010 eni-1235b8ca123456789 172.31.9.69 172.31.9.12 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK',
  '2 123456789010 eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA',
  '2 123456789010 eni-11111111aaaaaaaaa - - - - - - - 1431280876 1431280934 - SKIPDATA',
  '2 123456789010 eni-1235b8ca123456789 203.0.113.12 172.31.16.139 0 0 1 4 336 1432917027 1432917142 ACCEPT OK',
  '2 123456789010 eni-1235b8ca123456789 172.31.16.139 203.0.113.12 0 0 1 4 336 1432917094 1432917142 REJECT OK',
  '2 123456789010 eni-1235b8ca123456789 2001:db8:1234:a100:8d6e:3477:df66:f105 2001:db8:1234:a102:3304:8879:34cf:4071 34892 22 6 54 8855 1477913708 1477913820 ACCEPT OK',
];

const tcpFlagFormat = LogFormat.parse(
  'version vpc-id subnet-id instance-id interface-id account-id type srcaddr dstaddr srcport dstport pkt-srcaddr ' +
    'pkt-dstaddr protocol bytes packets start end action tcp-flags log-status',
);
const tcpFlagExamples = [
  '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 52.213.180.42 10.0.0.62 43416 5001 52.213.180.42 10.0.0.62 6 568 8 1566848875 1566848933 ACCEPT 2 OK',
  '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 10.0.0.62 52.213.180.42 5001 43416 10.0.0.62 52.213.180.42 6 376 7 1566848875 1566848933 ACCEPT 18 OK',
  '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 52.213.180.42 10.0.0.62 43418 5001 52.213.180.42 10.0.0.62 6 100701 70 1566848875 1566848933 ACCEPT 2 OK',
  '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 10.0.0.62 52.213.180.42 5001 43418 10.0.0.62 52.213.180.42 6 632 12 1566848875 1566848933 ACCEPT 18 OK',
  '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 10.0.0.62 52.213.180.42 5001 43418 10.0.0.62 52.213.180.42 6 63388 1219 1566848933 1566849113 ACCEPT 1 OK',
  '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 52.213.180.42 10.0.0.62 43638 5001 52.213.180.42 10.0.0.62 6 1260 17 1566848933 1566848992 ACCEPT 3 OK',
  '3 vpc-abcdefab012345678 subnet-aaaaaaaa012345678 i-01234567890123456 eni-1235b8ca123456789 123456789010 IPv4 10.0.0.62 52.213.180.42 5001 43638 10.0.0.62 52.213.180.42 6 967 14 1566848933 1566848992 ACCEPT 19 OK',
];

const natFormat = LogFormat.parse('instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr');
const natExamples = [
  '- eni-1235b8ca123456789 10.0.1.5 10.0.0.220 10.0.1.5 203.0.113.5',
  '- eni-1235b8ca123456789 10.0.0.220 203.0.113.5 10.0.0.220 203.0.113.5',
  '- eni-1235b8ca123456789 203.0.113.5 10.0.0.220 203.0.113.5 10.0.0.220',
  'i-01234567890123456 eni-1111aaaa2222bbbb3 10.0.1.5 203.0.113.5 10.0.1.5 203.0.113.5',
];

const transitGatewayExample =
  '6 TransitGateway 123456789010 tgw-0123456789abcdef0 tgw-attach-0123456789abcdef0 123456789010 123456789012 ' +
  'vpc-0a1b2c3d vpc-0f9e8d7c subnet-0a1 subnet-0b2 eni-0a1 eni-0b2 use1-az1 use1-az2 tgw-attach-0fedcba9876543210 ' +
  '10.0.0.5 10.1.0.7 43418 443 6 17 1260 1566848933 1566848992 OK IPv4 0 0 1 0 3 us-east-1 ingress - -';

const v10Example =
  '10 123456789010 eni-0a1b2c3d4e5f67890 203.0.113.12 172.31.16.139 49761 443 6 20 4249 1760000000 1760000060 REJECT OK ' +
  'vpc-0a1b2c3d subnet-0a1b2c3d i-0a1b2c3d 2 IPv4 203.0.113.12 172.31.16.139 eu-west-1 euw1-az1 - - - - ingress - ' +
  'arn:aws:ecs:eu-west-1:123456789010:cluster/web web - - - - api - arn:aws:ecs:eu-west-1:123456789010:task/web/1 1 ' +
  'BPA - -';

describe('documented examples', () => {
  test.each([
    ['version 2', defaultFormat, v2Examples],
    ['TCP flags', tcpFlagFormat, tcpFlagExamples],
    ['NAT gateway', natFormat, natExamples],
    ['Transit Gateway', transitGatewayFormat, [transitGatewayExample]],
    ['version 10', allFieldsFormat, [v10Example]],
  ])('%s: every line is a record, for both faces, and its format is found', (_name, format, lines) => {
    for (const line of lines) expect(parseLine(line, format)).toMatchObject({ ok: true });
    expect(scanned([Buffer.from(lines.join('\n'))], { format }).rejects).toEqual([]);
    expect(inferFormat(lines)?.key).toBe(format.key);
    expect(scanned([Buffer.from([format.key, ...lines].join('\n'))], {}).counters.rejected).toBe(0);
  });

  test('an accepted SSH connection', () => {
    expect(parseLine(v2Examples[0]!, defaultFormat)).toEqual({
      ok: true,
      record: {
        version: 2,
        accountId: '123456789010',
        interfaceId: 'eni-1235b8ca123456789',
        srcaddr: '172.31.16.139',
        dstaddr: '172.31.16.21',
        srcport: 20_641,
        dstport: 22,
        protocol: 6,
        packets: 20,
        bytes: 4249,
        startMs: 1_418_530_010_000,
        endMs: 1_418_530_070_000,
        action: 'ACCEPT',
        logStatus: 'OK',
      },
    });
  });

  test('a window without data, and one that lost data', () => {
    expect(parseLine(v2Examples[2]!, defaultFormat)).toEqual({
      ok: true,
      record: {
        version: 2,
        accountId: '123456789010',
        interfaceId: 'eni-1235b8ca123456789',
        startMs: 1_431_280_876_000,
        endMs: 1_431_280_934_000,
        logStatus: 'NODATA',
      },
    });
    const { counters } = scanned([Buffer.from(v2Examples.join('\n'))], { format: defaultFormat });
    expect(counters).toMatchObject({ lines: 7, records: 5, noData: 1, skipData: 1, rejected: 0 });
  });

  test('version 10 has what rejected it, and the ECS service', () => {
    const result = parseLine(v10Example, allFieldsFormat);
    expect(result).toMatchObject({
      ok: true,
      record: { rejectReason: 'BPA', ecsServiceName: 'api', tcpFlags: 2 },
    });
  });
});

describe('what is not a record', () => {
  const good = v2Examples[0]!;
  test.each([
    [good.replace(' OK', ''), { field: 'log-status', reason: 'only 13 of the 14 fields of the format' }],
    [`${good} more`, { column: good.length + 2, reason: 'more than the 14 fields of the format' }],
    [good.replace('20641', '65536'), { field: 'srcport', column: 65, reason: 'a number above 65535' }],
    [
      good.replace('172.31.16.139', '172.31.16.256'),
      { field: 'srcaddr', column: 38, reason: 'not an IP address' },
    ],
    [good.replace('172.31.16.139', '172.31.016.1'), { field: 'srcaddr', reason: 'not an IP address' }],
    [good.replace('ACCEPT', 'ACCEPTED'), { field: 'action', reason: 'neither ACCEPT nor REJECT' }],
    [good.replace(' 20 ', ' -20 '), { field: 'packets', reason: 'not a number' }],
    [good.replace(' 4249', '  4249'), { field: 'bytes', reason: 'an empty field' }],
    [good.replace('4249', '9007199254740992'), { field: 'bytes', reason: 'a number above 9007199254740991' }],
    [good.replace(' 22 ', '\t22 '), { reason: 'a control character' }],
  ])('%j', (line, error) => {
    expect(parseLine(line, defaultFormat)).toMatchObject({ ok: false, error });
    const { rejects, records } = scanned([Buffer.from(line)], { format: defaultFormat, source: 'a.log' });
    expect(records).toEqual([]);
    expect(rejects).toEqual([expect.objectContaining({ source: 'a.log', line: 1, ...error, text: line })]);
  });
});

describe('times', () => {
  test('seconds and milliseconds are both understood', () => {
    const inMilliseconds = v2Examples[0]!.replace('1418530010', '1418530010123');
    const { records } = scanned([Buffer.from(inMilliseconds)], { format: defaultFormat });
    expect(records[0]).toMatchObject({ startMs: 1_418_530_010_123, endMs: 1_418_530_070_000 });
  });
});

import { describe, expect, test } from '@jest/globals';
import { toMetrics } from '../../src/health/metrics.js';
import { makeReport, type ReportInput } from '../../src/health/report.js';
import { DropRate, judgeHealth, overloadDrops } from '../../src/health/verdict.js';
import { dropTotals, toHtml, toJson, toOriginalJson, toText } from '../../src/index.js';
import { endpoint, lane, statistics } from './sample-statistics.js';

const counters = {
  gwiPacketsOut: 10,
  gwiBytesOut: 1000,
  gwiPacketsIn: 1,
  gwiBytesIn: 64,
  gwoPacketsIn: 8,
  gwoBytesIn: 800,
  returnedPackets: 9,
  lastGwiOutMs: 98_500,
  lastGwoInMs: 99_000,
};
const busy = statistics({
  lanes: [lane(0, { udpPackets: 10, udpBytes: 1400, lastReceiveMs: 98_000 }, { noFlow: 2 })],
  endpoints: [endpoint(counters)],
});

function report(input: Partial<ReportInput> = {}) {
  return makeReport({
    statistics: busy,
    verdict: { healthy: true, reasons: [] },
    endpoints: [{ eniId: 0x0123456789ab0000n, createdMs: 40_000, phase: 'ready', lastHook: undefined }],
    startedMs: 10_000,
    timedOutBefore: new Map(),
    ...input,
  });
}

const thread = (since: string, pktsIn: number, bytesIn: number, seconds: number) => ({
  bytesIn,
  healthy: true,
  pktsIn,
  [since]: seconds,
  threadId: 1000,
  threadNumber: 0,
  valid: true,
});
const original = {
  enis: [
    {
      eniStr: '00123456789ab0000',
      tunnelIn: {
        bytesOut: 1000,
        devname: 'gwi-887epl1g9A',
        pktsOut: 10,
        secsSincelastPacket: 1.5,
        threads: [thread('secsSincelastPacket', 1, 64, 60)],
      },
      tunnelOut: {
        bytesOut: 0,
        devname: 'gwo-887epl1g9A',
        pktsOut: 0,
        secsSincelastPacket: 60,
        threads: [thread('secsSincelastPacket', 8, 800, 1)],
      },
    },
  ],
  udp: { UDPPacketReceiver: { portNumber: 6081, threads: [thread('secsSinceLastPacket', 10, 1400, 2)] } },
};

describe('forms', () => {
  test('--health-format=original has exactly the original fields, spellings and mistake', () => {
    const cache = (version: string, size: number, timedOut: number) => [
      ['cacheName', `${version} Flow Cache for ENI 00123456789ab0000`],
      ['size', size],
      ['timedOut', timedOut],
      'idleTimeoutSecs',
      350,
    ];
    expect(JSON.parse(toOriginalJson(report()))).toEqual({
      ...original,
      enis: [{ ...original.enis[0], v4FlowCache: cache('IPv4', 3, 2), v6FlowCache: cache('IPv6', 1, 0) }],
    });
  });

  test('-j has the same fields with the flow cache as an object, and more', () => {
    expect(JSON.parse(toJson(report()))).toMatchObject({
      ...original,
      enis: [
        {
          ...original.enis[0],
          v4FlowCache: {
            cacheName: 'IPv4 Flow Cache for ENI 00123456789ab0000',
            size: 3,
            timedOut: 2,
            idleTimeoutSecs: 350,
          },
        },
      ],
      healthy: true,
      reasons: [],
      uptimeSecs: 90,
      drops: { noFlow: 2, udpKernelDrops: 0 },
    });
  });

  test('the text has the original lines', () => {
    expect(toText(report()).split('\n')).toEqual([
      'UDP receiver threads for port number 6081:',
      'UDP receiver thread 0 (ID 1000): Healthy, 10 packets in, 1400 bytes in, 2.000s since last packet.',
      '',
      'Handler for ENI 00123456789ab0000',
      'Interface gwi-887epl1g9A:',
      '10 packets out to OS, 1000 bytes out to OS, 1.500s since last packet.',
      'Tunnel handler thread 0 (ID 1000): Healthy, 1 packets in from OS, 64 bytes in from OS, 60.000s since last packet.',
      '',
      'Interface gwo-887epl1g9A:',
      '0 packets out to OS, 0 bytes out to OS, 60.000s since last packet.',
      'Tunnel handler thread 0 (ID 1000): Healthy, 8 packets in from OS, 800 bytes in from OS, 1.000s since last packet.',
      '',
      'IPv4 Flow Cache for ENI 00123456789ab0000 : Contains 3 elements, of which 2 were just timed out (idle timeout is 350 seconds).',
      'IPv6 Flow Cache for ENI 00123456789ab0000 : Contains 1 elements, of which 0 were just timed out (idle timeout is 350 seconds).',
      '',
      '',
    ]);
    expect(toHtml(report())).toMatch(
      /^<!DOCTYPE html>\n<html lang="en-us">\n<head><title>Health check<\/title><\/head><body>UDP /,
    );
  });

  test('flows that timed out are told once', () => {
    const told = report({ timedOutBefore: new Map([[0x0123456789ab0000n, { ipv4: 2, ipv6: 0 }]]) });
    expect(told.endpoints[0]?.flows4.justTimedOut).toBe(0);
    const anew = report({ timedOutBefore: new Map([[0x0123456789ab0000n, { ipv4: 9, ipv6: 0 }]]) });
    expect(anew.endpoints[0]?.flows4.justTimedOut).toBe(2);
  });

  test('threads that only do one side are shown on that side', () => {
    const split = report({
      statistics: {
        ...busy,
        lanes: [
          { ...lane(0), tun: false },
          { ...lane(1), udp: false },
        ],
      },
    });
    expect(split.receivers.map(({ threadNumber }) => threadNumber)).toEqual([0]);
    expect(split.endpoints[0]?.tunnelIn.threads).toEqual([]);
  });
});

describe('verdict', () => {
  test('a thread that does not turn and an interface that is gone are named', () => {
    const sick = statistics({
      lanes: [lane(0), { ...lane(1), healthy: false }],
      endpoints: [endpoint({}, { state: 'lost' })],
    });
    const verdict = judgeHealth(sick, 0, 0);
    expect(verdict.healthy).toBe(false);
    expect(verdict.reasons).toEqual([
      'data-plane thread 1 is dead or stuck',
      'an interface of endpoint 00123456789ab0000 is gone',
    ]);
    expect(toText(report({ statistics: sick, verdict }))).toContain(
      'Not healthy: data-plane thread 1 is dead or stuck.',
    );
    expect(toText(report({ statistics: sick, verdict }))).toContain('thread 1 (ID 1001): NOT healthy');
  });

  test('drops by overload count against the limit, wrong packets do not', () => {
    const before = overloadDrops(busy);
    const after = overloadDrops(
      statistics({
        lanes: [lane(0, { udpKernelDrops: 5 }, { tunWriteFailed: 7, geneveVersion: 1000, noFlow: 1000 })],
      }),
    );
    expect([before, after]).toEqual([0, 12]);
    expect(judgeHealth(busy, 101, 100)).toEqual({
      healthy: false,
      reasons: ['101 packets a second are dropped, more than 100'],
    });
    expect(judgeHealth(busy, 101, 0).healthy).toBe(true);
  });

  test('the rate is that of the last ten seconds', () => {
    const rate = new DropRate();
    expect(rate.note(0, 0)).toBe(0);
    expect(rate.note(100, 1_000)).toBe(100);
    for (let second = 2; second <= 30; second++) rate.note(100, second * 1_000);
    expect(rate.note(100, 31_000)).toBe(0);
    expect(rate.note(1_100, 32_000)).toBeCloseTo(100, 0);
  });
});

test('metrics', () => {
  const none = { started: 0, succeeded: 0, failed: 0, timedOut: 0, notStarted: 0, running: 0, seconds: 0 };
  const page = toMetrics(report(), {
    version: '1.2.3',
    hooks: { CREATE: { ...none, succeeded: 2, seconds: 0.5 }, DESTROY: none },
    capture: { written: 3, dropped: 1 },
  });
  for (const line of [
    'gwlbtun_info{version="1.2.3"} 1',
    'gwlbtun_healthy 1',
    'gwlbtun_received_packets_total{thread="0"} 10',
    'gwlbtun_dropped_packets_total{thread="0",reason="no_flow"} 2',
    'gwlbtun_endpoint_delivered_packets_total{eni="00123456789ab0000"} 10',
    'gwlbtun_endpoint_flows{eni="00123456789ab0000",version="4"} 3',
    'gwlbtun_hooks_total{event="CREATE",outcome="succeeded"} 2',
    'gwlbtun_capture_written_total 3',
  ])
    expect(page.split('\n')).toContain(line);
  // Every sample belongs to a metric that was declared once.
  const names = page.split('\n').flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
  expect(new Set(names).size).toBe(names.length);
  for (const line of page.split('\n').filter((text) => text !== '' && !text.startsWith('#')))
    expect(names).toContain(/^[a-z_]+/.exec(line)?.[0]);
  expect(dropTotals(report())['noFlow']).toBe(2);
});

test('flows that gave way in the kernel path have a number of their own in health and metrics', () => {
  const { flows } = busy;
  const made = report({
    statistics: { ...busy, flows: { ...flows, evicted: 3, kernelCapacity: 4096, kernelEvicted: 17 } },
  });
  expect(JSON.parse(toJson(made))).toMatchObject({
    flows: { evicted: 3, kernelCapacity: 4096, kernelEvicted: 17 },
  });
});

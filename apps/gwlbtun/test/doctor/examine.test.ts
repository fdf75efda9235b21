import { describe, expect, test } from '@jest/globals';
import { temporaryDirectory } from '@net/testing';
import { findPortHolders, readCapabilities } from '../../src/doctor/observe.js';
import { examine, HandlerError, type MachineSnapshot, observeMachine } from '../../src/index.js';
import { checkStart } from '../../src/start-checks.js';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const well: MachineSnapshot = {
  platform: 'linux',
  kernel: '6.18.0',
  capabilities: { netAdmin: true, netRaw: true, bpf: true },
  tunDevice: 'usable',
  nativeAvailable: true,
  receiveBufferMaxBytes: 212_992,
  forwarding4: true,
  forwarding6: true,
  reversePathFilters: [
    { device: 'all', value: 0 },
    { device: 'default', value: 0 },
  ],
  uplink: { device: 'ens5', mtu: 9001 },
  portHolders: [],
  genevePort: 6081,
  tunnelDevices: [],
  geneveDevices: [],
  udpReceiveErrors: 0,
};

test('nothing to say of a machine that is well', () => {
  expect(examine(well).filter(({ state, advice }) => state !== 'ok' || advice !== '')).toEqual([]);
});

test.each<[string, Partial<MachineSnapshot>, string, 'warn' | 'fail', RegExp]>([
  ['another system', { platform: 'darwin' }, 'system', 'fail', /darwin/],
  [
    'no capability',
    { capabilities: { netAdmin: false, netRaw: true, bpf: true } },
    'capabilities',
    'fail',
    /^without CAP_NET_ADMIN$/,
  ],
  [
    'neither capability',
    { capabilities: { netAdmin: false, netRaw: false, bpf: false } },
    'capabilities',
    'fail',
    /CAP_NET_ADMIN and CAP_NET_RAW/,
  ],
  ['no tun', { tunDevice: 'missing' }, '/dev/net/tun', 'fail', /missing/],
  ['no addon', { nativeAvailable: false }, 'native data plane', 'fail', /cannot/],
  ['a taken port', { portHolders: ['0.0.0.0'] }, 'UDP port 6081', 'fail', /0\.0\.0\.0/],
  ['a Geneve device', { geneveDevices: ['geneve0'] }, 'kernel Geneve devices', 'warn', /geneve0/],
  ['a small MTU', { uplink: { device: 'eth0', mtu: 1500 } }, 'MTU', 'warn', /eth0 has 1500/],
  ['a small buffer', { capabilities: undefined }, 'receive buffer', 'warn', /212992/],
  ['receive errors', { udpReceiveErrors: 12 }, 'receive buffer errors', 'warn', /12/],
  ['no forwarding', { forwarding4: false }, 'IPv4 forwarding', 'warn', /off/],
  [
    'strict filters',
    {
      reversePathFilters: [
        { device: 'all', value: 1 },
        { device: 'gwi-1', value: 0 },
      ],
    },
    'reverse path filter',
    'warn',
    /gwi-1/,
  ],
  ['an old kernel', { kernel: '4.14.355' }, 'offloads', 'warn', /4\.14/],
])('%s', (_name, change, check, state, found) => {
  const finding = examine({ ...well, ...change }).find((item) => item.check === check);
  expect(finding).toMatchObject({ state });
  expect(finding?.found).toMatch(found);
});

describe('start', () => {
  test('says everything that is missing at once, exit code 3', () => {
    const sick = {
      ...well,
      tunDevice: 'missing' as const,
      capabilities: { netAdmin: false, netRaw: false, bpf: false },
    };
    expect(() => checkStart(sick)).toThrow(HandlerError);
    expect(() => checkStart(sick)).toThrow(
      'capabilities: without CAP_NET_ADMIN and CAP_NET_RAW; /dev/net/tun: missing',
    );
  });

  test('leaves the port to the data plane, and warnings to the doctor', () => {
    checkStart({ ...well, portHolders: ['0.0.0.0'], forwarding4: false });
  });
});

describe('reading the machine', () => {
  test('sockets on a port', () => {
    const text = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '  100: 0100007F:17C1 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0',
      '  101: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 1 2 0 0',
      'garbage',
    ].join('\n');
    expect(findPortHolders(text, 6081)).toEqual(['127.0.0.1']);
    expect(findPortHolders(text, 53)).toEqual(['0.0.0.0']);
    expect(findPortHolders('', 53)).toEqual([]);
  });

  test('capabilities', () => {
    const file = join(temporaryDirectory('doctor'), 'status');
    writeFileSync(file, 'Name:\tx\nCapEff:\t0000000000001000\n');
    expect(readCapabilities(file)).toEqual({ netAdmin: true, netRaw: false, bpf: false });
    expect(readCapabilities('/nonexistent')).toBeUndefined();
  });

  test('this one, whatever it is, without a failure of its own', async () => {
    const machine = await observeMachine(6081);
    expect(machine.kernel).not.toBe('');
    expect(examine(machine).length).toBeGreaterThan(10);
    const nowhere = await observeMachine(6081, '/nonexistent', '/nonexistent');
    expect(nowhere.uplink).toBeUndefined();
  });
});

test('what the kernel made of the programs, or why it did not take them', () => {
  const program = { instructions: 400, compiledBytes: 2_000, runs: 0, runNs: 0 };
  const programs = [
    { ...program, name: 'receive', verified: 700 },
    { ...program, name: 'send', verified: 2_600 },
  ];
  const of = (kernelPath: MachineSnapshot['kernelPath']) =>
    examine({ ...well, kernelPath }).find(({ check }) => check === 'kernel path');
  expect(of({ programs, reason: '' })).toMatchObject({
    state: 'ok',
    found: expect.stringContaining('receive in 700, send in 2600'),
  });
  expect(of({ programs: [], reason: 'bpf program: Invalid argument' })).toMatchObject({
    state: 'warn',
    found: 'cannot be loaded: bpf program: Invalid argument',
  });
});

test('without the right to load programs the handler starts, and is told what it goes without', () => {
  const held = { netAdmin: true, netRaw: true, bpf: false };
  const finding = examine({ ...well, capabilities: held }).find(({ check }) => check === 'kernel path');
  expect(finding).toMatchObject({ state: 'warn', found: 'without CAP_BPF and CAP_PERFMON' });
});

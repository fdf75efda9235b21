import { expect, test } from '@jest/globals';
import { runProcess, temporaryDirectory } from '@net/testing';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeBatch,
  decodeBatchStride,
  isNativeAvailable,
  NativeError,
  startEngine,
} from '../dist/index.js';
import { native } from './programs.js';

test('without any binary the loader says what it tried and what to do', async () => {
  const folder = temporaryDirectory('native-load');
  mkdirSync(join(folder, 'dist'));
  cpSync(`${native}dist`, join(folder, 'dist'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const script =
    "import('./dist/index.js').then((m) => m.loadNative()).catch((e) => console.log(e.code, e.message))";
  const result = await runProcess(process.execPath, ['-e', script], { cwd: folder });
  expect(result.stdout).toMatch(/^NET_NATIVE_UNAVAILABLE the native data plane could not be loaded:/);
  expect(result.stdout).toMatch(/local build build\/Release: not there/);
  expect(result.stdout).toMatch(/npm run build/);
});

test.each<[string, object, RegExp]>([
  ['port', { port: 0 }, /port: must be a whole number from 1 to 65535, not 0/],
  ['port fraction', { port: 6081.5 }, /port/],
  ['lanes', { lanes: [] }, /lanes: needs 1 to 128 lanes/],
  [
    'a lane without a role',
    {
      lanes: [
        { udp: true, tun: true },
        { udp: false, tun: false },
      ],
    },
    /a lane needs udp, tun or both/,
  ],
  ['no lane with tun', { lanes: [{ udp: true, tun: false }] }, /at least one lane with udp and one with tun/],
  ['listen address', { listenAddress: '::1' }, /listenAddress/],
  ['CIDR bits', { allowFrom: ['10.0.0.0/33'] }, /"10.0.0.0\/33" is not an IPv4 CIDR/],
  ['CIDR address', { allowFrom: ['10.0.0/8'] }, /is not an IPv4 CIDR/],
  ['CIDR twice', { allowFrom: ['10.0.0.0/8/8'] }, /is not an IPv4 CIDR/],
  ['flows', { maxFlows: 1 }, /maxFlows/],
  ['not a number', { mtu: Number.NaN }, /mtu/],
])('a configuration that is wrong is refused by name: %s', (_name, config, message) => {
  if (!isNativeAvailable()) return;
  const start = (): unknown => startEngine(config, () => undefined);
  expect(start).toThrow(NativeError);
  expect(start).toThrow(message);
});

test('decodeBatch decodes many packets in a call and checks its arguments', () => {
  const good = Buffer.from(
    '0800080000abcd00010801020123456789ab000001080202fedcba9876543210010803015eedc0de45',
    'hex',
  );
  const short = Buffer.from('08000800', 'hex');
  const data = Buffer.concat([good, short, good]);
  const offsets = Uint32Array.of(0, good.length, good.length + short.length, data.length);
  const out = new Uint32Array(3 * decodeBatchStride);
  expect(decodeBatch(data, offsets, out)).toBe(2);
  expect([...out.subarray(0, 8)]).toEqual([0, 40, 0x0800, 0x00abcd, 0x01234567, 0x89ab0000, 0x5eedc0de, 0]);
  expect([out[8], out[15]]).toEqual([1, 4]);
  expect(out[16]).toBe(0);
  expect(() => decodeBatch(data, Uint32Array.of(0, data.length + 1), out)).toThrow('offsets must ascend');
  expect(() => decodeBatch(data, Uint32Array.of(5, 4), out)).toThrow('offsets must ascend');
  expect(() => decodeBatch(data, offsets, out.subarray(0, 8))).toThrow('out is too small');
  expect(() => decodeBatch(data, new Float64Array(2) as never, out)).toThrow('needs a Uint8Array');
  expect(decodeBatch(data, new Uint32Array(0), out)).toBe(0);
});

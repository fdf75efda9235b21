import { describe, expect, test } from '@jest/globals';
import { startProcess, suite, temporaryDirectory } from '@net/testing';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { LogRecord } from '../../src/index.js';
import { openLocalSyslog } from '../../src/log/local-syslog.js';
import { formatRfc5424, openUdpSyslog } from '../../src/log/udp-syslog.js';

const record: LogRecord = {
  timeMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
  level: 'warn',
  event: 'route.lost',
  message: 'lost äöü',
  fields: { table: 'rtb-1' },
};

describe('syslog over UDP', () => {
  test('a message has the form of RFC 5424', () => {
    expect(formatRfc5424(record, 'my app', 'host.example')).toBe(
      `<28>1 2026-01-02T03:04:05.678Z host.example my_app ${process.pid} route.lost - route.lost: lost äöü table=rtb-1`,
    );
  });

  test('datagrams arrive, cut between characters, and close waits for them', async () => {
    const server = createSocket('udp4');
    const received: string[] = [];
    server.on('message', (bytes) => received.push(bytes.toString()));
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const sink = await openUdpSyslog('demo', { host: '127.0.0.1', port: server.address().port });
    const arrived = once(server, 'message');
    sink.write({ ...record, message: 'ä'.repeat(5000) });
    await arrived;
    await sink.close();
    server.close();
    expect(received[0]).toMatch(/^<28>1 .* route\.lost: ä+$/);
    expect(Buffer.byteLength(received[0] ?? '')).toBeLessThanOrEqual(2048);
    expect(sink.dropped).toBe(0);
  });

  test('a host that cannot be found is a missing prerequisite', async () => {
    await expect(openUdpSyslog('demo', { host: 'no.such.host.invalid', port: 514 })).rejects.toMatchObject({
      exitCode: 3,
    });
  });
});

const receiver = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    print(s.recv(65536).decode(), flush=True)
`;

suite('syslog of the machine', [{ command: 'python3' }, { command: 'logger', install: 'bsdutils' }], () => {
  test('events reach the datagram socket in the form of RFC 5424', async () => {
    const path = join(temporaryDirectory('syslog'), 'log');
    const daemon = startProcess('python3', ['-c', receiver, path]);
    await daemon.waitFor(/bound/);
    const stderr = new PassThrough();
    const sink = await openLocalSyslog('demo', stderr, path);
    sink.write(record);
    sink.write({ ...record, level: 'error', event: 'route.back', message: 'back\n<0>forged' });
    await sink.close();
    await daemon.waitFor(/route\.back/);
    const { stdout } = await daemon.stop();
    const [, first, second] = stdout.split('\n');
    expect(first).toMatch(
      new RegExp(
        `^<28>1 \\d{4}-\\d\\d-\\d\\dT[^ ]+ [^ ]+ demo ${process.pid} - (-|\\[.*\\]) route\\.lost: lost äöü table=rtb-1$`,
      ),
    );
    expect(second).toMatch(/^<27>1 .* route\.back: back\\n<0>forged table=rtb-1$/);
    expect(stderr.read()).toBeNull();
    expect(sink.dropped).toBe(0);
  });

  test('without a socket it is a missing prerequisite', async () => {
    await expect(openLocalSyslog('demo', new PassThrough(), '/nonexistent/log')).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('/nonexistent/log'),
    });
  });
});

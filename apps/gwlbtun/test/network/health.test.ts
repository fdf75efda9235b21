import { afterEach, expect, test } from '@jest/globals';
import { runProcess, suite, temporaryDirectory, until } from '@net/testing';
import { buildIp, decodeGwlb, decodePcap, udp } from '@net/geneve';
import { Bed, exampleScript, geneve, NAMES } from './bed.js';
import { hookScript, traceFile } from '../hooks/hook-scripts.js';
import { NETWORK } from './requirements.js';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PASS = exampleScript('create-passthrough.sh');

let bed: Bed;
afterEach(async () => {
  await bed.remove();
});

const inner = (port: number) =>
  buildIp({ source: '192.0.2.1', destination: '198.51.100.2', payload: udp(port, 2) });

async function withTraffic(...args: string[]) {
  bed = new Bed();
  const handler = await bed.start('-c', PASS, ...args);
  const peer = await bed.peer();
  for (let port = 1; port <= 5; port++) peer.send(geneve(inner(port), port));
  await peer.waitFor(5);
  return { handler, peer };
}

suite('the health port of a running handler', NETWORK, () => {
  test('text, /healthz and /metrics', async () => {
    await withTraffic('-p', '8080');
    const { status, body } = await bed.health(8080, '/anything');
    expect(status).toBe(200);
    expect(body).toContain(
      `Handler for ENI ${NAMES.hex17}\nInterface ${NAMES.ingress}:\n5 packets out to OS, 140 bytes out to OS, `,
    );
    expect(body).toMatch(
      /IPv4 Flow Cache for ENI 00123456789ab0000 : Contains 5 elements, of which 0 were just timed out/,
    );
    expect(await bed.health(8080, '/healthz')).toEqual({ status: 200, body: 'ok\n' });
    expect((await bed.health(8080, '/metrics')).body).toContain(
      `gwlbtun_endpoint_returned_packets_total{eni="${NAMES.hex17}"} 5\n`,
    );
  });

  test('-s: the status alone', async () => {
    await withTraffic('-p', '8080', '-s');
    expect(await bed.health(8080)).toEqual({ status: 200, body: '' });
    expect((await bed.health(8080, '/metrics')).status).toBe(404);
  });

  test('-j and the original form', async () => {
    await withTraffic('-p', '8080', '-j', '--health-format', 'original');
    const report = JSON.parse((await bed.health(8080)).body) as Record<string, unknown>;
    expect(Object.keys(report).sort()).toEqual(['enis', 'udp']);
  });

  test('the flow cache forgets after -i and says so once', async () => {
    await withTraffic('-p', '8080', '-i', '1');
    await until(
      'the flows to time out',
      async () => /Contains 0 elements, of which [1-5] were just/.test((await bed.health(8080)).body),
      20_000,
    );
  });

  test('rude clients cost no packet and no later answer', async () => {
    const { handler, peer } = await withTraffic('-p', '8080', '-j');
    const rude = `
      const net = require('node:net');
      const open = () => new Promise((resolve) => { const s = net.connect(8080, '127.0.0.1', () => resolve(s)); s.on('error', () => resolve(s)); });
      (async () => {
        for (let i = 0; i < 300; i++) { const s = await open(); s.write('GET / HTTP/1.1\\r\\n\\r\\n'); s.end(); await new Promise((r) => setImmediate(r)); s.on('error', () => {}); }
        for (let i = 0; i < 100; i++) { const s = await open(); s.write(Buffer.alloc(1000, i)); }
        console.log('rude');
        setTimeout(() => process.exit(0), 300);
      })();`;
    const wrapped = bed.appliance.wrap(process.execPath, '-e', rude);
    expect((await runProcess(wrapped.command, wrapped.args)).stdout).toBe('rude\n');
    peer.send(geneve(inner(9), 9));
    await peer.waitFor(6);
    expect((await bed.report(8080)).healthy).toBe(true);
    expect(handler.child.exitCode).toBeNull();
  });

  test('answers 503 while it ends', async () => {
    const gate = traceFile();
    const down = hookScript(`while [ ! -e ${gate} ]; do sleep 0.05; done`);
    const { handler } = await withTraffic('-p', '8080', '-r', down.file);
    process.kill(handler.pid, 'SIGTERM');
    await until('the answer to change', async () => (await bed.health(8080, '/healthz')).status === 503);
    expect(await bed.health(8080, '/healthz')).toEqual({ status: 503, body: 'it is shutting down\n' });
    writeFileSync(gate, '');
    expect((await handler.ended).code).toBe(0);
  });

  test('on one address only, and metrics on a port of their own', async () => {
    bed = new Bed();
    await bed.start('-p', '8080', '--health-address', '127.0.0.1', '--metrics-port', '9100');
    expect((await bed.health(8080)).status).toBe(200);
    expect((await bed.health(9100, '/metrics')).body).toContain('gwlbtun_healthy 1\n');
    expect(bed.appliance.exec('ss', '-Hltn')).not.toMatch(/\*:8080|0\.0\.0\.0:9100/);
  });
});

suite('captures of a running handler', NETWORK, () => {
  test('--pcap writes Geneve packets that decode, both ways', async () => {
    const file = join(temporaryDirectory('capture'), 'trace.pcap');
    const { handler } = await withTraffic('--pcap', file, '--snap', '200');
    await handler.stop();
    const result = decodePcap(readFileSync(file));
    if (!result.ok) throw new Error(result.error.message);
    const packets = result.value.records.map(({ data }) => data);
    const ports = packets.map((data) => `${data[12]}.${data[15]}>${(data[22]! << 8) | data[23]!}`);
    expect(ports.filter((text) => text === '10.1>6081')).toHaveLength(5);
    expect(ports.filter((text) => text === '10.2>6081')).toHaveLength(5);
    for (const data of packets) expect(decodeGwlb(data.subarray(28)).ok).toBe(true);
  });

  test('-x dumps packets into the log, and a flood of packets does not become a flood of lines', async () => {
    const { handler, peer } = await withTraffic('-x', '--capture', 'inner');
    await handler.waitFor(/0000 {2}45 00 00 1c/);
    await peer.stop();
    const result = await bed.load('--count', '20000', '--window', '200', '--flows', '50', '--hops', '0');
    expect(result.returned).toBe(20_000);
    await handler.stop();
    expect(handler.output().stderr.split('\n').length).toBeLessThan(5_000);
  });

  test('--decap-only delivers and returns nothing', async () => {
    bed = new Bed();
    await bed.start('-c', PASS, '-p', '8080', '-j', '--decap-only');
    const peer = await bed.peer();
    for (let port = 1; port <= 5; port++) peer.send(geneve(inner(port), port));
    await until(
      'the packets to be delivered',
      async () => (await bed.report(8080)).enis[0]?.tunnelIn.pktsOut === 5,
    );
    await until('the returns to be dropped', async () => (await bed.report(8080)).drops['decapOnly'] === 5);
    expect(peer.returned).toEqual([]);
  });

  test('doctor says what holds the port, exit code 3', async () => {
    bed = new Bed();
    await bed.start();
    const wrapped = bed.appliance.wrap(
      process.execPath,
      new URL('../../bin/gwlbtun.js', import.meta.url).pathname,
      'doctor',
      '--json',
    );
    const result = await runProcess(wrapped.command, wrapped.args);
    expect(result.code).toBe(3);
    const { findings, kernelPath } = JSON.parse(result.stdout) as {
      findings: { check: string; state: string }[];
      kernelPath: { programs: { name: string; verified: number }[] };
    };
    expect(kernelPath.programs).toMatchObject([
      { name: 'receive', verified: expect.any(Number) },
      { name: 'send', verified: expect.any(Number) },
    ]);
    expect(findings.find(({ check }) => check === 'UDP port 6081')?.state).toBe('fail');
  });
});

import { expect, test } from '@jest/globals';
import { runProcess, suite } from '@net/testing';
import { fileURLToPath } from 'node:url';

const tour = fileURLToPath(new URL('../bin/tour.js', import.meta.url));

suite('the tour as root', ['root', 'netns', 'tun', { command: 'nft' }], () => {
  test('shows every stage, leaves nothing behind and ends with 0', async () => {
    const before = await namespaces();
    const result = await runProcess(process.execPath, [tour], { env: { ...process.env, NO_COLOR: '1' } });
    expect(result.code).toBe(0);
    expect(result.stdout).toMatch(/the route leads to nat-b, [0-9.]+ s after it became a black hole/);
    expect(result.stdout).toContain('after: 24 of 24 TCP and UDP connections are answered');
    expect(result.stdout).toContain('rules and routes are byte for byte as before');
    expect(result.stdout).toContain('1800 came back, 1800 with the byte-exact header of their flow');
    expect(result.stdout).toContain('each count is the truth of the traffic');
    expect(result.stdout).toContain('the firewall counted 200 packets of the refused flow');
    expect((await namespaces()).filter((name) => name.startsWith('tour-') && !before.includes(name))).toEqual(
      [],
    );
  }, 120_000);
});

test('mirrors by tags without root, too', async () => {
  const result = await runProcess(process.execPath, [tour, '--stage', 'session-mirror']);
  expect(result.stderr).toBe('');
  expect(result.stdout).toContain('3 created, 0 changed, 0 deleted');
  expect(result.stdout).toContain('0 created, 3 changed, 0 deleted');
  expect(result.stdout).toContain('sessions: none');
  expect(result.code).toBe(0);
}, 60_000);

test('tracks connections without root, too, through the death of a tracker', async () => {
  const result = await runProcess(process.execPath, [tour, '--stage', 'connection-tracker']);
  expect(result.stderr).toBe('');
  expect(result.stdout).toMatch(/connections, [0-9,]+ records: each count is the truth of the traffic/);
  expect(result.stdout).toMatch(/the page: http:\/\/127\.0\.0\.1:\d+\/ui\//);
  expect(result.code).toBe(0);
}, 90_000);

test('heals a black hole without root, too', async () => {
  const result = await runProcess(process.execPath, [tour, '--stage', 'aws-route-mon']);
  expect(result.stderr).toBe('');
  expect(result.stdout).toMatch(/the route leads to nat-b, [0-9.]+ s after it became a black hole/);
  expect(result.code).toBe(0);
}, 60_000);

test('an unknown option ends it with 2 and one line', async () => {
  const result = await runProcess(process.execPath, [tour, '--stag']);
  expect(result.code).toBe(2);
  expect(result.stderr).toMatch(/^net-tour: unknown option --stag/);
});

async function namespaces(): Promise<string[]> {
  const { stdout } = await runProcess('ip', ['netns', 'list']);
  return stdout.split('\n').map((line) => line.split(' ')[0] ?? '');
}

#!/usr/bin/env node
// The data plane against a loop with the original's system calls, both measured in one run: generator on core 0,
// appliance on core 1, one-arm return by tc redirect, in namespaces of its own. Needs root and two cores.
//
// run.mjs [--seconds N] [--repeat N] [--only REGEX] [--json]
//
// CPU is the scheduler's run time of all threads of the process, system time and the softirqs it runs included, over
// returned packets. It is compared at overload (as fast as the generator sends) and, for latency, at 5,000 packets/s and
// at half of what the loop carries. It holds for both sides alike, and unlike a spinner it does not count other processes
// of the machine; what the receiving softirq costs on the generator's core is in neither.
import { spawn, spawnSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const programs = `${folder}loadgen/build`;
const hook = `${folder}loadgen/scripts/hook-redirect.sh`;
const prefix = `bench${process.pid}`;
const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const seconds = Number(option('--seconds', 2));
const repeat = Number(option('--repeat', 3));
const only = new RegExp(option('--only', '.'));
const config = JSON.stringify({ lanes: [{ udp: true, tun: true }] });

const sizes = [64, 512, 1400, 8000];
const flows = [1, 1000, 100_000];
const cases = [
  ...sizes.flatMap((size) =>
    flows.map((count) => ({
      name: `UDP ${size} B, ${count} flows, in turn`,
      args: `--sizes ${size} --flows ${count}`,
    })),
  ),
  ...[8, 32].flatMap((burst) =>
    sizes.map((size) => ({
      name: `UDP ${size} B, 1000 flows, bursts of ${burst}`,
      args: `--sizes ${size} --flows 1000 --burst ${burst}`,
    })),
  ),
  ...[8, 32].map((burst) => ({
    name: `UDP 512 B, 1000 flows, bursts of ${burst} that arrive as one`,
    args: `--sizes 512 --flows 1000 --burst ${burst} --large`,
  })),
  { name: 'UDP over IPv6 512 B, 1000 flows, in turn', args: '--mix udp6 --sizes 512 --flows 1000' },
  { name: 'bulk TCP, MTU 1500, 16 flows', args: '--mix tcp4 --sizes 1432 --flows 16 --burst 32' },
  {
    name: 'bulk TCP, MTU 1500, 16 flows, arriving as one',
    args: '--mix tcp4 --sizes 1432 --flows 16 --burst 32 --large',
  },
  { name: 'bulk TCP, MTU 8500, 16 flows', args: '--mix tcp4 --sizes 8432 --flows 16 --burst 32' },
].filter((each) => only.test(each.name));

must('cmake', ['-S', `${folder}loadgen`, '-B', programs]);
must('cmake', ['--build', programs, '-j2']);
must(`${folder}loadgen/scripts/namespaces.sh`, ['up', prefix]);
try {
  await main();
} finally {
  spawnSync(`${folder}loadgen/scripts/namespaces.sh`, ['down', prefix]);
}

async function main() {
  say(
    `${cpus()[0].model}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`,
  );
  say(
    `medians of ${repeat} x ${seconds} s, loop and engine in turn; ratio: CPU of the engine over CPU of the loop\n`,
  );
  await physical();
  const results = cases.map((each) => ({ ...each, loop: [], engine: [] }));
  for (let round = 0; round < repeat; round++)
    for (const who of round % 2 === 0 ? ['loop', 'engine'] : ['engine', 'loop'])
      await running(who, async (pid) => {
        for (const each of results) each[who].push(load(`${each.args} --seconds ${seconds}`, pid));
      });
  say(`${'case'.padEnd(56)} loop us  eng. us  ratio  loop kpps  eng. kpps   wrong`);
  const rows = results.map(row);
  const latencies = await latency();
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ rows, latencies })}\n`);
}

function row({ name, loop, engine }) {
  const cpu = (list) => median(list.map((each) => each.cpuMicrosecondsPerPacket ?? NaN));
  const rate = (list) => median(list.map((each) => each.returnedPerSecond));
  const wrong = [...loop, ...engine].reduce(
    (sum, each) => sum + each.crossed + each.innerWrong + each.outerWrong,
    0,
  );
  const result = { name, loop: cpu(loop), engine: cpu(engine), ratio: cpu(engine) / cpu(loop), wrong };
  const columns = [
    result.loop.toFixed(2).padStart(7),
    result.engine.toFixed(2).padStart(8),
    result.ratio.toFixed(2).padStart(6),
    (rate(loop) / 1000).toFixed(0).padStart(10),
    (rate(engine) / 1000).toFixed(0).padStart(10),
    String(wrong).padStart(7),
  ];
  say(`${name.padEnd(56)} ${columns.join(' ')}`);
  return result;
}

/** p50 and p99 in microseconds at 5,000 packets/s and at half of what the loop carries. */
async function latency() {
  const results = [];
  let half = 0;
  await running('loop', async (pid) => {
    half = Math.round(load(`--sizes 512 --flows 1000 --seconds ${seconds}`, pid).returnedPerSecond / 2);
  });
  say(`\n${'latency, 512 B, 1000 flows in turn'.padEnd(40)} loop p50   p99   engine p50   p99`);
  for (const rate of [5000, half]) {
    const samples = { loop: [], engine: [] };
    for (let round = 0; round < repeat; round++)
      for (const who of ['loop', 'engine'])
        await running(who, async (pid) => {
          samples[who].push(
            load(`--sizes 512 --flows 1000 --rate ${rate} --spin --seconds ${seconds}`, pid)
              .latencyMicroseconds,
          );
        });
    const of = (who, what) => median(samples[who].map((each) => each[what]));
    const result = {
      rate,
      loop: [of('loop', 'p50'), of('loop', 'p99')],
      engine: [of('engine', 'p50'), of('engine', 'p99')],
    };
    results.push(result);
    say(
      `${`${rate} packets/s`.padEnd(40)} ${String(result.loop[0]).padStart(8)} ${String(result.loop[1]).padStart(5)} ${String(result.engine[0]).padStart(12)} ${String(result.engine[1]).padStart(5)}`,
    );
  }
  return results;
}

/** The single steps that no design avoids. */
async function physical() {
  say('physical references, 512 B, microseconds of CPU a packet:');
  for (const [name, args] of [
    ['tun-write', ['tun-write', '--seconds', '1', '--bytes', '512']],
    ['tun-read', ['tun-read', '--seconds', '1', '--bytes', '512']],
    ['send', ['send', '--seconds', '1', '--bytes', '512', '--to', '10.9.0.1']],
  ]) {
    const result = spawnSync('ip', inside('appliance', 1, `${programs}/physical`, ...args), {
      encoding: 'utf8',
    });
    say(
      `  ${name.padEnd(10)} ${(result.stdout || result.stderr).trim().replaceAll('\n', '\n             ')}`,
    );
  }
  const receiver = spawn('ip', inside('appliance', 1, `${programs}/physical`, 'recvmmsg', '--seconds', '2'));
  let text = '';
  receiver.stdout.on('data', (data) => (text += data));
  const sending = '--no-receive --warm-up-seconds 0 --sizes 512 --flows 1000 --seconds 3';
  spawnSync(
    'ip',
    inside(
      'gwlb',
      0,
      `${programs}/geneve_load`,
      '--interface',
      'vg',
      '--to',
      '10.9.0.2',
      ...sending.split(' '),
    ),
  );
  await ended(receiver);
  say(`  ${'recvmmsg'.padEnd(10)} ${text.trim()}\n`);
}

async function running(who, body) {
  const [command, ...args] =
    who === 'loop'
      ? [`${programs}/reference_loop`, '--hook', hook]
      : [process.execPath, fileURLToPath(new URL('appliance.mjs', import.meta.url)), config, hook];
  const child = spawn('ip', inside('appliance', 1, command, ...args), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // The loop says nothing; the generator's warm-up waits for either.
  if (who === 'engine') await new Promise((resolve) => child.stdout.once('data', resolve));
  try {
    await body(child.pid);
  } finally {
    child.kill('SIGTERM');
    await ended(child);
  }
}

function load(args, pid) {
  const words = ['--interface', 'vg', '--to', '10.9.0.2', '--pid', String(pid), ...args.split(' ')];
  const result = spawnSync('ip', inside('gwlb', 0, `${programs}/geneve_load`, ...words), {
    encoding: 'utf8',
  });
  if (!result.stdout) throw new Error(`geneve_load ${args}: ${result.stderr}`);
  return JSON.parse(result.stdout);
}

function inside(side, core, command, ...args) {
  return ['netns', 'exec', `${prefix}-${side}`, 'taskset', '-c', String(core), command, ...args];
}

function ended(child) {
  return new Promise((resolve) =>
    child.exitCode !== null || child.signalCode ? resolve() : child.once('exit', resolve),
  );
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function must(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${result.stderr || String(result.error)}`);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

#!/usr/bin/env node
// The kernel path, the user-space engine and a loop with the original's system calls, in turn in one run: generator on
// core 0, appliance with its receiving softirq (RPS) on core 1, in namespaces of its own. Needs root, two cores, ethtool.
//
// kernel.mjs [--seconds N] [--repeat N] [--programs]; --programs: only nanoseconds a run of the programs
//
// What the verifier says of the programs: scripts/programs-table.mjs.
//
// CPU is what is taken of core 1 as a whole, by a counter at idle priority there (loadgen/src/spinner.cpp), at a rate that
// each of the three carries; packets a second are the most that came back with 512 under way. One arm, by a tc redirect
// below the stack and by policy routing.
import { spawn, spawnSync } from 'node:child_process';
import { cpus, loadavg, release } from 'node:os';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const programs = `${folder}loadgen/build`;
const prefix = `bench${process.pid}`;
const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const seconds = option('--seconds', 2);
const repeat = option('--repeat', 3);
const RATE = 40_000;
const sides = ['loop', 'user', 'ebpf'];
const hooks = { redirect: 'hook-redirect.sh', routed: 'hook-route.sh' };
const cases = [
  ['64 B, 1000 flows', '--sizes 64 --flows 1000'],
  ['512 B, 1 flow', '--sizes 512 --flows 1'],
  ['512 B, 1000 flows', '--sizes 512 --flows 1000'],
  ['512 B, 100000 flows', '--sizes 512 --flows 100000'],
  ['512 B, 1000 flows, 8 endpoints', '--sizes 512 --flows 1000 --endpoints 8'],
  ['1400 B, 1000 flows', '--sizes 1400 --flows 1000'],
  ['IPv6 512 B, 1000 flows', '--mix udp6 --sizes 512 --flows 1000'],
  ['TCP 1400 B, 1000 flows', '--mix tcp4 --sizes 1400 --flows 1000'],
  ['TCP over IPv6 1400 B, 1000 flows', '--mix tcp6 --sizes 1400 --flows 1000'],
  ['fragments in pairs, 1000 flows', '--mix fragment4 --sizes 1400 --flows 1000'],
];

must('cmake', ['-S', `${folder}loadgen`, '-B', programs]);
must('cmake', ['--build', programs, '-j2']);
must(`${folder}loadgen/scripts/namespaces.sh`, ['up', prefix]);
try {
  must('ip', [...inside('appliance'), 'ethtool', '-K', 'va', 'tx', 'off']);
  must('ip', [...inside('appliance'), 'sh', '-c', 'echo 2 > /sys/class/net/va/queues/rx-0/rps_cpus']);
  const model = `${cpus()[0].model}, ${cpus().length} cores, Linux ${release()}, Node ${process.version}`;
  say(`${model}; medians of ${repeat} x ${seconds} s, in turn\n`);
  if (!process.argv.includes('--programs'))
    for (const [name, hook] of Object.entries(hooks)) await table(name, `${folder}loadgen/scripts/${hook}`);
  await programsTable(`${folder}loadgen/scripts/${hooks.routed}`);
  // Three processes of this run are one each; what is above is other work, which the figures have paid for.
  say(`\nload average at the end: ${loadavg()[0].toFixed(1)}`);
} finally {
  spawnSync(`${folder}loadgen/scripts/namespaces.sh`, ['down', prefix]);
}

async function table(name, hook) {
  say(
    `| ${name}: us of core 1 a packet | loop | user | ebpf | ebpf/loop | loop kpps | user kpps | ebpf kpps | x | wrong |`,
  );
  say('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  const results = cases.map(() =>
    Object.fromEntries(sides.map((side) => [side, { taken: [], most: [], wrong: 0 }])),
  );
  for (let round = 0; round < repeat; round++)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      await running(side, hook, async () => {
        for (const [index, [, args]] of cases.entries()) {
          const kept = results[index][side];
          const quiet = await counted(() => sleep(1000));
          let sent;
          const busy = await counted(async () => {
            sent = await load(`${args} --rate ${RATE} --seconds ${seconds}`);
          });
          kept.taken.push((1e6 * (1 - busy / quiet)) / sent.returnedPerSecond);
          const most = await load(`${args} --window 512 --seconds ${seconds}`);
          kept.most.push(most.returnedPerSecond / 1000);
          for (const each of [sent, most]) kept.wrong += each.crossed + each.innerWrong + each.outerWrong;
        }
      });
    }
  for (const [index, [title]] of cases.entries()) {
    const of = (side, what) => median(results[index][side][what]);
    const cells = [
      title,
      ...sides.map((side) => written(of(side, 'taken'))),
      written(of('ebpf', 'taken') / of('loop', 'taken')),
      ...sides.map((side) => of(side, 'most').toFixed(0)),
      (of('ebpf', 'most') / of('loop', 'most')).toFixed(1),
      sides.reduce((sum, side) => sum + results[index][side].wrong, 0),
    ];
    say(`| ${cells.join(' | ')} |`);
  }
  say('');
}

/** Where other work had core 1, so that the counter got nothing or more than when all was quiet, there is no figure. */
function written(value) {
  return Number.isFinite(value) && value > 0 ? value.toFixed(2) : '-';
}

async function running(side, hook, body) {
  const config = JSON.stringify({ lanes: [{ udp: true, tun: true }], datapath: side });
  const [command, ...args] =
    side === 'loop'
      ? [`${programs}/reference_loop`, '--hook', hook]
      : [process.execPath, fileURLToPath(new URL('appliance.mjs', import.meta.url)), config, hook];
  const child = spawn('ip', [...inside('appliance', 1), command, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  if (side !== 'loop') await new Promise((resolve) => child.stdout.once('data', resolve));
  child.stdout.on('data', (data) => (said += data));
  // Endpoints are made, and every flow is known, before anything is measured.
  await load('--sizes 64 --flows 1000 --endpoints 8 --rate 5000 --seconds 1');
  try {
    await body();
  } finally {
    child.kill('SIGTERM');
    await ended(child);
  }
  return said;
}

/** Nanoseconds a run with the kernel's own counting switched on. */
async function programsTable(hook) {
  const counting = 'kernel.bpf_stats_enabled';
  const before = spawnSync('sysctl', ['-n', counting], { encoding: 'utf8' }).stdout.trim();
  must('sysctl', ['-qw', `${counting}=1`]);
  try {
    const said = await running('ebpf', hook, () =>
      load(`--sizes 512 --flows 1000 --rate ${RATE} --seconds ${seconds}`),
    );
    say('| program | runs | ns a run |\n| --- | --- | --- |');
    for (const { name, runs, runNs } of JSON.parse(said))
      say(`| ${name} | ${runs} | ${(runNs / runs).toFixed(0)} |`);
  } finally {
    must('sysctl', ['-qw', `${counting}=${before}`]);
  }
}

/** Counts a tenth of a second that a counter at idle priority on core 1 makes while `work` runs. */
async function counted(work) {
  const spinner = spawn('taskset', ['-c', '1', `${programs}/spinner`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  spinner.stdout.on('data', (data) => (text += data));
  await work();
  spinner.kill('SIGTERM');
  await ended(spinner);
  // The first slices are the start of the work, the last ones its end.
  const counts = text.trim().split('\n').map(Number).slice(3, -5);
  return counts.reduce((a, b) => a + b, 0) / counts.length;
}

async function load(args) {
  const words = ['--interface', 'vg', '--to', '10.9.0.2', ...args.split(' ')];
  const child = spawn('ip', [...inside('gwlb', 0), `${programs}/geneve_load`, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  await ended(child);
  return JSON.parse(text);
}

function inside(side, core) {
  const words = ['netns', 'exec', `${prefix}-${side}`];
  return core === undefined ? words : [...words, 'taskset', '-c', String(core)];
}

function ended(child) {
  return new Promise((resolve) => child.once('close', resolve));
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function median(list) {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? NaN;
}

function must(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8' });
  if (result.status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${result.stderr || String(result.error)}`);
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

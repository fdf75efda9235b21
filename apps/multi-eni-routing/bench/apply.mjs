// Times the whole command against bare `ip -batch` of the same lines and against one process per line, on a
// namespace with 15 interfaces of 50 addresses each, IPv4 and IPv6. Needs root. `npm run bench`.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const enis = Number(process.env.ENIS ?? 15);
const perEni = Number(process.env.ADDRESSES ?? 50);
const rounds = Number(process.env.ROUNDS ?? 5);
const program = fileURLToPath(new URL('../bin/multi-eni-routing.js', import.meta.url));
const namespace = `bench-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const aim = ['-n', namespace, '--source', 'kernel', '-i', 'eni*', '--state-dir', join(folder, 'state')];

try {
  buildHost();
  const started = median(rounds, () => time(() => run(process.execPath, ['-e', '0'])));
  const version = median(rounds, () => time(() => run(process.execPath, [program, '--version'])));
  const plan = JSON.parse(tool('plan', '--json').stdout);
  const lines = { '-4': [], '-6': [] };
  for (const action of plan.actions) lines[action.family === 'inet' ? '-4' : '-6'].push(action.line);
  const rules = plan.actions.filter((action) => action.kind === 'add-rule').length;
  const bare = median(rounds, () => {
    const ms = time(() => batch(lines));
    tool('flush');
    return ms;
  });
  let peakKb = 0;
  const apply = median(rounds, () => {
    const ms = time(() => tool('apply'));
    const after = JSON.parse(tool('status', '--json').stdout);
    if (after.state !== 'as wanted') throw new Error('apply did not arrive');
    tool('flush');
    return ms;
  });
  tool('apply');
  const second = median(rounds, () => time(() => tool('apply')));
  const flush = median(rounds, () => {
    tool('apply');
    return time(() => tool('flush'));
  });
  peakKb = await peakOf('apply');
  tool('flush');
  const each = time(() => {
    for (const family of ['-4', '-6'])
      for (const line of lines[family]) run('ip', ['-n', namespace, family, ...line.split(' ')]);
  });
  const hotplugMs = await hotplug();
  const row = (what, ms) => [what, `${ms.toFixed(0)} ms`, `${(ms / bare).toFixed(2)} x`];
  print([
    [
      `${enis} interfaces x ${perEni} addresses x 2 families: ${plan.actions.length} lines, ${rules} rules`,
      'median',
      'of the bare batch',
    ],
    row("node's own start (node -e 0)", started),
    row('this tool, --version', version),
    row('bare: two ip -batch of the same lines', bare),
    row('apply, the whole command', apply),
    row("apply, less node's own start", apply - started),
    row('second run, nothing to do', second),
    row('flush, the whole command', flush),
    row('one ip process per line (once)', each),
    row('watch: a new interface to its answer (kernel lookup)', hotplugMs),
  ]);
  process.stdout.write(
    `\ntarget: apply within 3 x bare + node's start = ${(3 * bare + started).toFixed(0)} ms: ${apply <= 3 * bare + started ? 'met' : 'MISSED'}\n`,
  );
  process.stdout.write(`peak memory of apply: ${(peakKb / 1024).toFixed(0)} MiB\n`);
  process.stdout.write(
    `${cpus().length} x ${cpus()[0]?.model ?? 'cpu'}, node ${process.version}, ${execFileSync('uname', ['-sr'], { encoding: 'utf8' })}`,
  );
} finally {
  spawnSync('ip', ['netns', 'del', namespace]);
  rmSync(folder, { recursive: true, force: true });
}

function buildHost() {
  execFileSync('ip', ['netns', 'add', namespace]);
  run('ip', ['netns', 'exec', namespace, 'sysctl', '-q', '-w', 'net.ipv6.conf.default.accept_dad=0']);
  const words = ['link set lo up'];
  for (let eni = 0; eni < enis; eni++) {
    words.push(
      `link add eni${eni} type veth peer name peer${eni}`,
      `link set peer${eni} up`,
      `link set eni${eni} up`,
    );
    for (let host = 0; host < perEni; host++) {
      words.push(`address add 10.0.${eni}.${host + 10}/24 dev eni${eni}`);
      words.push(`address add 2001:db8:${eni}::${(host + 10).toString(16)}/64 dev eni${eni} nodad`);
    }
  }
  words.push('route add default via 10.0.0.1 dev eni0', 'route add default via 2001:db8::1 dev eni0');
  execFileSync('ip', ['-n', namespace, '-batch', '-'], { input: `${words.join('\n')}\n` });
}

function batch(lines) {
  for (const family of ['-4', '-6']) {
    const file = join(folder, family);
    writeFileSync(file, `${lines[family].join('\n')}\n`);
    run('ip', ['-n', namespace, family, '-batch', file]);
  }
}

function tool(command, ...args) {
  return run(process.execPath, [program, command, ...args, ...aim]);
}

function run(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1e9 });
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.stderr}`);
  return result;
}

async function peakOf(command) {
  const child = spawn(process.execPath, [program, command, ...aim], { stdio: 'ignore' });
  let peak = 0;
  const timer = setInterval(() => {
    try {
      peak = Math.max(
        peak,
        Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0),
      );
    } catch {
      // It has ended.
    }
  }, 5);
  await new Promise((resolve) => child.on('close', resolve));
  clearInterval(timer);
  return peak;
}

// From the moment the interface is up with its address to the moment the kernel answers with it.
async function hotplug() {
  tool('flush');
  const child = spawn(process.execPath, [program, 'watch', '--interval', '1h', ...aim], { stdio: 'ignore' });
  const way = (source) =>
    spawnSync('ip', ['-n', namespace, 'route', 'get', '198.51.100.1', 'from', source], { encoding: 'utf8' })
      .stdout;
  try {
    while (!way('10.0.1.10').includes('dev eni1')) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 500));
    const add = [
      'link add eni99 type veth peer name peer99',
      'link set peer99 up',
      'link set eni99 up',
      'address add 10.0.99.10/24 dev eni99',
    ];
    execFileSync('ip', ['-n', namespace, '-batch', '-'], { input: `${add.join('\n')}\n` });
    const from = performance.now();
    while (!way('10.0.99.10').includes('dev eni99')) await new Promise((resolve) => setTimeout(resolve, 2));
    return performance.now() - from;
  } finally {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.on('close', resolve));
  }
}

function median(times, measure) {
  const values = Array.from({ length: times }, measure).sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)];
}

function time(work) {
  const from = performance.now();
  work();
  return performance.now() - from;
}

function print(rows) {
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((cells) => cells[column].length)));
  for (const cells of rows)
    process.stdout.write(
      `${cells.map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join('  ')}\n`,
    );
}

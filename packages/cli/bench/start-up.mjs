// How long `--help`, `--version` and a run of an app take beyond an empty Node process, interleaved so that a
// busy machine slows all alike. `npm run bench` after `npm run build`.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';

const app = new URL('../test/fixtures/app.mjs', import.meta.url).pathname;
const rounds = Number(process.argv[2] ?? 21);
const cases = {
  'node -e 0': ['-e', '0'],
  'app --help': [app, '--help'],
  'app --version': [app, '--version'],
  'app show': [app, 'show', '-r', 'rtb-1'],
};

const times = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round <= rounds; round++) {
  for (const [name, args] of Object.entries(cases)) {
    const startedMs = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    if (round > 0) times[name].push(performance.now() - startedMs);
  }
}
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const reference = median(times['node -e 0']);
process.stdout.write(
  `${cpus().length} x ${cpus()[0]?.model ?? '?'}, Node ${process.version}, medians of ${rounds}\n`,
);
for (const [name, values] of Object.entries(times)) {
  const ms = median(values);
  const words = `${ms.toFixed(0)} ms  ${(ms / reference).toFixed(2)} x  +${(ms - reference).toFixed(0)} ms`;
  process.stdout.write(`${name.padEnd(16)}${words}\n`);
}

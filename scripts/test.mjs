#!/usr/bin/env node
// Runs everything that must hold: types, lint, format, arrows, packed packages, and every package's tests.
// `--long` runs the long suites instead. Ends with one line: "N passed, N failed, N skipped".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const long = process.argv.includes('--long');
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const reports = join(root, 'reports');
rmSync(reports, { recursive: true, force: true });
mkdirSync(reports, { recursive: true });

const failures = [];
const times = [];

function step(name, command, args, env = {}) {
  const started = Date.now();
  process.stdout.write(`\n== ${name}\n`);
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1', ...env },
  });
  times.push([name, (Date.now() - started) / 1000]);
  if (status !== 0) failures.push(name);
}

/** Parts of the repository that are linted by a process each. */
function lintParts() {
  const apps = readdirSync(join(root, 'apps')).map((name) => `apps/${name}`);
  const half = Math.ceil(apps.length / 2);
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
  const third = Math.ceil(packages.length / 2);
  return [
    apps.slice(0, half),
    apps.slice(half),
    packages.slice(0, third),
    packages.slice(third),
    [
      'native',
      'examples',
      'tooling',
      'scripts',
      'eslint.config.js',
      'jest.base.js',
      '.dependency-cruiser.cjs',
    ],
  ];
}

const bin = (name) => join(root, 'node_modules', '.bin', name);
const filters = only.flatMap((name) => ['--filter', name.startsWith('@') ? name : `@net/${name}`]);

if (!long && only.length === 0) {
  step('types', bin('turbo'), ['run', 'typecheck', '--output-logs=errors-only']);
  // Type-aware rules keep the types of everything that one process has seen: a part at a time, or the heap overflows.
  for (const part of lintParts())
    step(`lint ${part.join(' ')}`, bin('eslint'), ['--no-warn-ignored', ...part]);
  step('format', bin('biome'), ['format', '.']);
  step('arrows', 'npm', ['run', '--silent', 'arrows']);
  step('packed packages', 'node', ['scripts/pack-check.mjs']);
}
step(
  'tests',
  bin('turbo'),
  ['run', 'test', '--continue', '--concurrency=1', '--output-logs=full', ...filters],
  {
    NET_TEST_LONG: long ? '1' : '',
    NET_TEST_SKIPS: join(reports, 'skips.txt'),
    NET_TEST_REPORTS: reports,
  },
);

const totals = { passed: 0, failed: 0, skipped: 0 };
for (const file of readdirSync(reports).filter((name) => name.endsWith('.json'))) {
  const report = JSON.parse(readFileSync(join(reports, file), 'utf8'));
  totals.passed += report.numPassedTests;
  totals.failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
  totals.skipped += report.numPendingTests + report.numTodoTests;
}
const skips = join(reports, 'skips.txt');
if (existsSync(skips)) process.stdout.write(`\nSkipped suites:\n${readFileSync(skips, 'utf8')}`);
process.stdout.write(`\n${times.map(([name, seconds]) => `${name}: ${seconds.toFixed(1)} s`).join(', ')}\n`);
if (failures.length > 0) process.stdout.write(`failed: ${failures.join(', ')}\n`);
const failed = Math.max(totals.failed, failures.length);
process.stdout.write(`${totals.passed} passed, ${failed} failed, ${totals.skipped} skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;

#!/usr/bin/env node
// Sets a fresh clone up: what the machine lacks, node_modules when the lockfile changed, the build.
// Needs nothing but Node itself. `--for start` or `--for test` says which purpose.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemPackages } from './system-packages.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const purpose = process.argv.includes('start') ? 'start' : 'test';

requireNode();
const missing = installSystemPackages();
installNodeModules();
build(missing);

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`Node.js ${process.versions.node} is too old: 20.19 or later is needed.`);
}

/** Installs what is missing where we may; otherwise names the command. Returns the commands still missing. */
function installSystemPackages() {
  const wanted = systemPackages.filter((entry) => entry.for.includes(purpose) && !onPath(entry.command));
  if (wanted.length === 0) return [];
  const manager = onPath('apt-get') ? 'apt' : onPath('dnf') ? 'dnf' : undefined;
  const names = manager ? [...new Set(wanted.map((entry) => entry[manager]))] : [];
  const command =
    manager === 'apt'
      ? ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...names]
      : manager === 'dnf'
        ? ['dnf', 'install', '-y', '-q', '--setopt=strict=0', ...names]
        : undefined;
  if (command && process.getuid?.() === 0) {
    say(`installing ${names.join(', ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    if (manager === 'apt') run(['apt-get', 'update', '-q'], { env, quiet: true });
    // One package that a distribution lacks must not cost the others.
    if (!run(command, { env, quiet: true })) {
      for (const name of names)
        run([...command.slice(0, command.length - names.length), name], { env, quiet: true });
    }
  }
  const still = wanted.filter((entry) => !onPath(entry.command));
  if (still.length > 0) {
    const packages = manager ? [...new Set(still.map((entry) => entry[manager]))].join(' ') : '';
    say(
      manager
        ? `this machine lacks ${still.map((entry) => entry.command).join(', ')}; to have them: sudo ${manager === 'apt' ? 'apt-get' : 'dnf'} install ${packages}`
        : `this machine lacks ${still.map((entry) => entry.command).join(', ')}; install them with its package manager`,
    );
    for (const without of new Set(still.map((entry) => entry.without))) say(`  until then ${without}`);
  }
  return still.map((entry) => entry.command);
}

function installNodeModules() {
  const stamp = join(root, 'node_modules', '.setup-stamp');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(process.versions.modules)
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing the npm packages of the lockfile');
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  // A registry mirror that lacks a package for some other platform makes `npm ci` refuse the lockfile; `npm install`
  // takes what the lockfile names and passes over what this platform does not need.
  if (!run(['npm', 'ci', ...options]) && !run(['npm', 'install', '--no-save', ...options])) {
    fail('neither npm ci nor npm install succeeded.');
  }
  writeFileSync(stamp, wanted);
}

function build(missingCommands) {
  say('building');
  const native = !['g++', 'cmake', 'make'].some((command) => missingCommands.includes(command));
  const env = {
    ...process.env,
    TURBO_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
    ...(native ? {} : { NET_WITHOUT_NATIVE: '1' }),
  };
  const turbo = join(root, 'node_modules', '.bin', 'turbo');
  if (!run([turbo, 'run', 'build', '--output-logs=errors-only', '--concurrency=2'], { env }))
    fail('the build failed.');
}

function run([command, ...args], { env = process.env, quiet = false } = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (quiet && result.status !== 0) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  return result.status === 0;
}

function onPath(command) {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

function fail(line) {
  say(line);
  process.exit(1);
}

#!/usr/bin/env node
// Fills npm/linux-<arch> with the addon built here, and gives it the version of the main package:
// from-local-build.mjs [linux-x64|linux-arm64] [--glibc 2.28]. Fails when the binary needs a newer glibc than the floor, so that a release is
// built where that holds. `--pin` writes the platform packages into optionalDependencies of the main package, exactly
// versioned: the last step before it is published.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const read = (name) => JSON.parse(readFileSync(path(name), 'utf8'));
const write = (name, value) => writeFileSync(path(name), `${JSON.stringify(value, null, 2)}\n`);
const platforms = ['linux-x64', 'linux-arm64'];
const main = read('package.json');

if (process.argv.includes('--pin')) {
  main.optionalDependencies = Object.fromEntries(
    platforms.map((each) => [`@net/geneve-native-${each}`, main.version]),
  );
  write('package.json', main);
} else {
  const named = process.argv[2]?.startsWith('linux-') ? process.argv[2] : undefined;
  fill(named ?? `${process.platform}-${process.arch}`);
}

function fill(platform) {
  if (!platforms.includes(platform)) fail(`there is no package for ${platform}`);
  if (platform !== `${process.platform}-${process.arch}`)
    fail(`${platform} is not what is built on this machine`);
  const binary = path('build/Release/geneve_native.node');
  if (!existsSync(binary)) fail('build/Release/geneve_native.node is not there: npm run build');
  const at = process.argv.indexOf('--glibc');
  const floor = at < 0 ? undefined : process.argv[at + 1];
  const needed = glibcOf(binary);
  process.stdout.write(`${platform}: needs glibc ${needed}\n`);
  if (floor !== undefined && newer(needed, floor)) fail(`needs glibc ${needed}, more than ${floor}`);
  copyFileSync(binary, path(`npm/${platform}/geneve_native.node`));
  write(`npm/${platform}/package.json`, { ...read(`npm/${platform}/package.json`), version: main.version });
}

/** The highest GLIBC_ version among the symbols that the binary wants. */
function glibcOf(binary) {
  const { stdout, status } = spawnSync('objdump', ['-T', binary], { encoding: 'utf8' });
  if (status !== 0) fail('objdump (binutils) is needed');
  const versions = [...stdout.matchAll(/GLIBC_(\d+\.\d+(?:\.\d+)?)/g)].map((match) => match[1]);
  return versions.reduce((highest, each) => (newer(each, highest) ? each : highest), '0');
}

function newer(a, b) {
  return a.localeCompare(b, 'en', { numeric: true }) > 0;
}

function fail(message) {
  process.stderr.write(`from-local-build: ${message}\n`);
  process.exit(1);
}

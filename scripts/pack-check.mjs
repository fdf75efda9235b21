#!/usr/bin/env node
// Packs every published package as npm would and checks the tarball: publint (strict), arethetypeswrong
// (ES modules only), and that no test, bench or machine path is shipped.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { pack } from './pack.mjs';
import { publishedPackages } from './workspaces.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const only = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'net-pack-'));
let failures = 0;

try {
  for (const { name, dir } of publishedPackages(root)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const complaints = [...(await lint(dir)), ...checkPacked(dir)];
    process.stdout.write(`${complaints.length === 0 ? 'ok  ' : 'FAIL'} ${name}\n`);
    for (const complaint of complaints) process.stdout.write(`     ${complaint}\n`);
    failures += complaints.length;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

async function lint(dir) {
  const pkg = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  const { messages } = await publint({ pkgDir: dir, level: 'warning', strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

function checkPacked(dir) {
  const entry = pack(dir, folder);
  const complaints = entry.files
    .map((file) => file.path)
    .filter((path) => /^(test|bench|fuzz)\/|\.test\.|jest\.config|tsconfig/.test(path))
    .map((path) => `ships ${path}`);
  for (const needed of ['README.md', 'LICENSE']) {
    if (!entry.files.some((file) => file.path === needed)) complaints.push(`lacks ${needed}`);
  }
  const pkg = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  const entrypoints = Object.values(pkg.exports ?? {}).some((target) => target?.types);
  if (entrypoints) {
    const attw = spawnSync(
      join(root, 'node_modules', '.bin', 'attw'),
      [entry.file, '--profile', 'esm-only', '--no-emoji', '--no-color', '--format', 'ascii'],
      { encoding: 'utf8' },
    );
    if (attw.status !== 0) complaints.push(`attw: ${attw.stdout}${attw.stderr}`);
  }
  return complaints;
}

#!/usr/bin/env node
// After publishing: installs each published package alone from the registry into an empty folder, without
// install scripts, and runs `--version` and `--help` of its commands, or imports it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

for (const { name, version } of JSON.parse(process.env.PUBLISHED ?? '[]')) {
  const folder = mkdtempSync(join(tmpdir(), 'net-smoke-'));
  const run = (command, ...args) => execFileSync(command, args, { cwd: folder, encoding: 'utf8' });
  try {
    run('npm', 'init', '--yes');
    run('npm', 'install', '--ignore-scripts', `${name}@${version}`);
    const manifest = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
    const commands = Object.keys(manifest.bin ?? {});
    for (const command of commands) {
      const answer = run('npx', '--no-install', command, '--version').trim();
      if (!answer.includes(version)) throw new Error(`${command} --version says ${answer}, not ${version}`);
      run('npx', '--no-install', command, '--help');
    }
    if (commands.length === 0 && manifest.exports)
      run('node', '--input-type=module', '-e', `await import('${name}')`);
    process.stdout.write(`ok ${name}@${version}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

#!/usr/bin/env node
// table.mjs: sizes and start-up times of every published package, installed alone in an empty folder.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installAlone, packAll, startUp } from '../dist/index.js';

const work = mkdtempSync(join(tmpdir(), 'net-install-'));
const kib = (bytes) => Math.round(bytes / 1024);
const mib = (bytes) => (bytes / 1_048_576).toFixed(1);
try {
  const packed = packAll(work);
  process.stdout.write(
    '| package | tarball KiB | installed alone: packages | MiB | `--help` ms | less `node -e 0` |\n',
  );
  process.stdout.write('| --- | --- | --- | --- | --- | --- |\n');
  for (const entry of packed) {
    const folder = join(work, entry.tarball.split('/').pop().replace('.tgz', ''));
    mkdirSync(folder);
    const { packages, bytes } = installAlone([entry.name], packed, folder);
    const [command] = entry.commands;
    const times = command ? startUp(folder, command) : undefined;
    const cells = [
      `\`${entry.name}\``,
      kib(entry.tarballBytes),
      packages.length,
      mib(bytes),
      times ? Math.round(times.help) : '',
      times ? Math.round(times.help - times.node) : '',
    ];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
    rmSync(folder, { recursive: true, force: true });
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

#!/usr/bin/env node
// Sizes and start-up times of every package, installed alone in an empty folder without install scripts: a table for
// people, or `--write` for docs/packages.md. Everything must have been built.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installAlone, packAll, platformPackage, startUp } from '../tooling/install/dist/index.js';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const runs = 9;
const rows = measure();
const heads = ['package', 'packed', 'installed', 'packages', '`--help`', 'less Node itself'];
const lines = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
if (process.argv.includes('--write')) writeFileSync(join(root, 'docs', 'packages.md'), document());
else process.stdout.write(`${lines.join('\n')}\n`);

function measure() {
  const work = mkdtempSync(join(tmpdir(), 'net-install-'));
  try {
    const packed = packAll(work, { unpublished: true });
    return packed.filter(({ name }) => name !== platformPackage).map((entry) => row(entry, packed, work));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function row(entry, packed, work) {
  const folder = join(work, 'alone');
  mkdirSync(folder);
  const { packages, bytes } = installAlone([entry.name], packed, folder);
  const times = entry.commands.length > 0 ? startUp(folder, entry.commands[0], runs) : undefined;
  rmSync(folder, { recursive: true, force: true });
  process.stderr.write(`${entry.name}\n`);
  return [
    `\`${entry.name}\``,
    `${Math.round(entry.tarballBytes / 1024)} KiB`,
    `${(bytes / 2 ** 20).toFixed(1)} MiB`,
    packages.length,
    times ? `${Math.round(times.help)} ms` : '',
    times ? `${Math.round(times.help - times.node)} ms` : '',
  ];
}

function document() {
  return `# Sizes and start-up times

Made by \`node scripts/package-table.mjs --write\`: every package installed alone in an empty folder from its tarball, without
install scripts, on Linux ${process.arch} with Node ${process.versions.node} and ${cpus().length} processors (${cpus()[0].model.trim()}).

- **packed**: the tarball of the package itself.
- **installed**: \`node_modules\` with everything that it needs; **packages**: how many, itself included.
- **\`--help\`**: median of ${runs} runs of its command, and what is left of that without Node's own start, measured in turn.

${lines.join('\n')}

\`gwlbtun\` and \`geneve\` come with the binary of the platform. The AWS SDK is most of what the others weigh; no command
loads it before it is needed.
`;
}

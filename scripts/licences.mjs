#!/usr/bin/env node
// Lists every production dependency of every library and tool with its licence, and fails on a licence that is not on
// the list of permissive ones. `--json` for programs; `--write` puts the list into docs/licences.md; `--lockfile-of DIR` looks at
// another checkout.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dependencyClosure } from './dependency-closure.mjs';
import { isPermissive } from './permissive.mjs';
import { shippedPackages } from './workspaces.mjs';

const option = process.argv.indexOf('--lockfile-of');
const root = option < 0 ? resolve(fileURLToPath(import.meta.url), '../..') : process.argv[option + 1];

// Compiled into the native binary although npm does not install them with it.
const compiledIn = [{ name: 'node-addon-api', licence: 'MIT', usedBy: ['@net/geneve-native'] }];

const entries = collect();
const refused = entries.filter(({ licence }) => !isPermissive(licence));
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(entries, null, 2)}\n`);
else if (process.argv.includes('--write')) writeFileSync(join(root, 'docs', 'licences.md'), document());
else process.stdout.write(summary());
for (const { name, licence, usedBy } of refused) {
  process.stderr.write(
    `${name} (${licence ?? 'no licence'}), used by ${usedBy.join(', ')}: not permissive\n`,
  );
}
process.exitCode = refused.length === 0 ? 0 : 1;

/** One entry for each name and licence; our own packages are not their own dependencies. */
function collect() {
  const byKey = new Map();
  for (const published of shippedPackages(root)) {
    for (const { name, licence, ours } of dependencyClosure(root, published)) {
      if (ours) continue;
      const entry = byKey.get(`${name} ${licence}`) ?? { name, licence, usedBy: [] };
      if (!entry.usedBy.includes(published.name)) entry.usedBy.push(published.name);
      byKey.set(`${name} ${licence}`, entry);
    }
  }
  return [...byKey.values(), ...compiledIn].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function counts() {
  const byLicence = new Map();
  for (const { licence } of entries) byLicence.set(licence, (byLicence.get(licence) ?? 0) + 1);
  return [...byLicence].sort((a, b) => b[1] - a[1]);
}

function summary() {
  const lines = counts().map(([licence, count]) => `${String(count).padStart(5)}  ${licence ?? 'none'}`);
  return `${lines.join('\n')}\n${String(entries.length).padStart(5)}  production dependencies\n`;
}

function document() {
  const short = (names) => names.map((name) => name.replace('@net/', '')).join(', ');
  const rows = entries.map(({ name, licence, usedBy }) => `| ${name} | ${licence} | ${short(usedBy)} |`);
  return [
    '# Licences of production dependencies',
    '',
    'Made by `node scripts/licences.mjs --write` from the lockfile: everything that installing a published package can',
    'bring, optional packages of every platform included. Our own packages are MIT, the BPF programs `Dual MIT/GPL`.',
    '',
    ...counts().map(([licence, count]) => `- ${licence}: ${count}`),
    '',
    '| package | licence | comes with |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

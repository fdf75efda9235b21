#!/usr/bin/env node
// After publishing: a GitHub release for each published package, with its changes and its bill of materials.
// `github-releases.mjs FOLDER`: where sbom.mjs wrote. Needs the `gh` program; PUBLISHED says what was published.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { workspaces } from './workspaces.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const folder = process.argv[2] ?? 'sbom';
const dirs = new Map(workspaces(root).map(({ name, dir }) => [name, dir]));

for (const { name, version } of JSON.parse(process.env.PUBLISHED ?? '[]')) {
  const tag = `${name}@${version}`;
  const bill = join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.cdx.json`);
  const args = ['release', 'create', tag, '--verify-tag', '--title', tag, '--notes-file', '-'];
  execFileSync('gh', existsSync(bill) ? [...args, bill] : args, {
    cwd: root,
    input: changes(dirs.get(name), version),
    stdio: ['pipe', 'inherit', 'inherit'],
  });
}

/** What CHANGELOG.md says of this version. */
function changes(dir, version) {
  const file = dir && join(dir, 'CHANGELOG.md');
  if (!file || !existsSync(file)) return '';
  const sections = readFileSync(file, 'utf8').split(/^## /m);
  const own = sections.find((section) => section.startsWith(`${version}\n`));
  return own ? own.slice(version.length + 1).trim() : '';
}

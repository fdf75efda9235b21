#!/usr/bin/env node
// Publishes each package whose version the registry does not have yet, platform packages first, then native,
// libraries and apps in the order of their dependencies, and tags each. Prints what it published.
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedPackages } from './workspaces.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const published = [];

for (const { name, dir, manifest } of [...platformPackages(), ...inOrder(publishedPackages(root))]) {
  if (exists(name, manifest.version)) continue;
  execFileSync('npm', ['publish', '--access', 'public'], { cwd: dir, stdio: 'inherit' });
  execFileSync('git', ['tag', `${name}@${manifest.version}`], { cwd: root });
  published.push({ name, version: manifest.version });
}
if (published.length > 0) execFileSync('git', ['push', '--tags'], { cwd: root, stdio: 'inherit' });
if (process.env.GITHUB_OUTPUT)
  appendFileSync(process.env.GITHUB_OUTPUT, `published=${JSON.stringify(published)}\n`);
process.stdout.write(
  `${published.map(({ name, version }) => `${name}@${version}`).join('\n') || 'nothing new'}\n`,
);

function platformPackages() {
  const folder = join(root, 'native', 'npm');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((entry) => join(folder, entry))
    .filter((dir) => existsSync(join(dir, 'package.json')))
    .map((dir) => {
      const manifest = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
      return { name: manifest.name, dir, manifest };
    });
}

/** Dependencies before dependents. */
function inOrder(packages) {
  const byName = new Map(packages.map((entry) => [entry.name, entry]));
  const ordered = new Set();
  const visit = (entry) => {
    if (ordered.has(entry)) return;
    for (const name of Object.keys({
      ...entry.manifest.dependencies,
      ...entry.manifest.optionalDependencies,
    })) {
      const dependency = byName.get(name);
      if (dependency) visit(dependency);
    }
    ordered.add(entry);
  };
  packages.forEach(visit);
  return [...ordered];
}

function exists(name, version) {
  return (
    spawnSync('npm', ['view', `${name}@${version}`, 'version'], { encoding: 'utf8' }).stdout.trim() ===
    version
  );
}

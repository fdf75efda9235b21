#!/usr/bin/env node
// Writes the repository that builds the release into every published manifest (`GITHUB_REPOSITORY`), with the
// package's folder: npm's provenance check compares both with the workflow's own identity.
import { writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedPackages } from './workspaces.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const repository = process.env.GITHUB_REPOSITORY;
const server = process.env.GITHUB_SERVER_URL;
if (!repository || !server) throw new Error('GITHUB_REPOSITORY and GITHUB_SERVER_URL must be set');

for (const { dir, manifest } of publishedPackages(root)) {
  const stamped = {
    ...manifest,
    repository: { type: 'git', url: `git+${server}/${repository}.git`, directory: relative(root, dir) },
  };
  writeFileSync(join(dir, 'package.json'), `${JSON.stringify(stamped, null, 2)}\n`);
}

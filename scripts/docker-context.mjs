#!/usr/bin/env node
// Makes the folder that a daemon's Dockerfile builds from: the tarballs of the app and of every package of ours that it
// needs, as `npm publish` would send them, and the Dockerfile. Everything must have been built.
//   docker-context.mjs gwlbtun FOLDER && docker build --tag gwlbtun FOLDER
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dependencyClosure } from './dependency-closure.mjs';
import { pack } from './pack.mjs';
import { workspaces } from './workspaces.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const [app, folder] = process.argv.slice(2);
const dockerfile = join(root, 'apps', app ?? '', 'Dockerfile');
if (folder === undefined || !existsSync(dockerfile)) {
  process.stderr.write('usage: docker-context.mjs APP FOLDER\n');
  process.exit(2);
}
const packed = join(folder, 'packed');
mkdirSync(packed, { recursive: true });
copyFileSync(dockerfile, join(folder, 'Dockerfile'));
const all = workspaces(root);
const own = all.find(({ name }) => name === `@net/${app}`);
const names = new Set(dependencyClosure(root, own).map(({ name }) => name));
for (const { name, dir } of [own, ...all.filter((each) => names.has(each.name))]) {
  process.stdout.write(`${pack(dir, packed).file}\n`);
  if (name === '@net/geneve-native') packBinary(dir);
}

/** The platform package of this machine, with the binary that was built here. */
function packBinary(dir) {
  const platform = `${process.platform}-${process.arch}`;
  const staged = mkdtempSync(join(tmpdir(), 'net-platform-'));
  try {
    cpSync(join(dir, 'npm', platform), staged, { recursive: true });
    copyFileSync(join(dir, 'build/Release/geneve_native.node'), join(staged, 'geneve_native.node'));
    process.stdout.write(`${pack(staged, packed).file}\n`);
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}

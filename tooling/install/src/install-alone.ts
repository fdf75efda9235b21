import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Packed, platformPackage } from './pack.js';

/** A folder in which packages were installed as a stranger would. */
export interface Installation {
  readonly folder: string;
  /** Names of everything that was installed, from node_modules. */
  readonly packages: readonly string[];
  readonly bytes: number;
}

/**
 * Installs `names` into the empty `folder` with install scripts disabled. Packages of this repository come from their
 * tarballs, everything else from the registry.
 */
export function installAlone(
  names: readonly string[],
  packed: readonly Packed[],
  folder: string,
): Installation {
  const file = ({ tarball }: Packed): string => `file:${tarball}`;
  const direct = new Set(names);
  const manifest: Record<string, unknown> = {
    name: 'stranger',
    version: '1.0.0',
    private: true,
    type: 'module',
    dependencies: Object.fromEntries(
      packed.filter(({ name }) => direct.has(name)).map((entry) => [entry.name, file(entry)]),
    ),
    overrides: Object.fromEntries(
      packed.filter(({ name }) => !direct.has(name)).map((entry) => [entry.name, file(entry)]),
    ),
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  npmInstall(folder);
  // A release pins the platform packages into the native package's optional dependencies; here the one that was built
  // is added when the native package was asked for.
  const binary = packed.find(({ name }) => name === platformPackage);
  if (binary && installedPackages(folder).includes('@net/geneve-native')) {
    const { [binary.name]: _, ...overrides } = manifest['overrides'] as Record<string, string>;
    const withBinary = { ...manifest, overrides, optionalDependencies: { [binary.name]: file(binary) } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(withBinary, null, 2));
    npmInstall(folder);
  }
  return {
    folder,
    packages: installedPackages(folder),
    bytes: bytesOf(join(folder, 'node_modules')),
  };
}

function npmInstall(folder: string): void {
  const args = [
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--loglevel=error',
  ];
  execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function installedPackages(folder: string): string[] {
  const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>;
  };
  const names = Object.keys(lock.packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13));
  return [...new Set(names)].sort();
}

function bytesOf(path: string): number {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

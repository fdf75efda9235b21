import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const root: string = fileURLToPath(new URL('../../..', import.meta.url));

/** A package as a stranger gets it. */
export interface Packed {
  readonly name: string;
  readonly version: string;
  /** Names of its commands. */
  readonly commands: readonly string[];
  /** Import specifiers of its entry points that are modules. */
  readonly entries: readonly string[];
  readonly tarball: string;
  readonly tarballBytes: number;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
}

/**
 * Packs every published package into `folder`, exactly as `npm publish` would, and the native binary that was built
 * here as the platform package of a release. Everything must have been built. With `unpublished`, also tools that are
 * not published yet.
 */
export function packAll(folder: string, options: { readonly unpublished?: boolean } = {}): Packed[] {
  const published = manifests().filter(
    ({ manifest }) => options.unpublished === true || manifest.private !== true,
  );
  const packed = published.map(({ manifest, at }) => ({ manifest, ...pack(at, folder) }));
  const platform = stagePlatformPackage(folder);
  if (platform) packed.push({ manifest: readManifest(platform), ...pack(platform, folder) });
  return packed.map(({ manifest, tarball, bytes }) => ({
    name: manifest.name,
    version: manifest.version,
    commands: Object.keys(manifest.bin ?? {}),
    entries: Object.entries(manifest.exports ?? {})
      .filter(([, target]) => typeof target === 'object')
      .map(([path]) => manifest.name + path.slice(1)),
    tarball,
    tarballBytes: bytes,
  }));
}

/** The platform package of this machine. */
export const platformPackage: string = `@net/geneve-native-${process.platform}-${process.arch}`;

function manifests(): { manifest: Manifest; at: string }[] {
  const folders = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name)),
  );
  return [join(root, 'native'), ...folders]
    .filter((at) => existsSync(join(at, 'package.json')))
    .map((at) => ({ at, manifest: readManifest(at) }));
}

function readManifest(at: string): Manifest {
  return JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as Manifest;
}

function pack(at: string, folder: string): { tarball: string; bytes: number } {
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder];
  const answer = execFileSync('npm', args, { cwd: at, encoding: 'utf8' });
  const report: unknown = JSON.parse(answer.slice(answer.search(/[[{]/)));
  // npm 10 prints a list, npm 11 an object by name.
  const [entry] = (Array.isArray(report) ? report : Object.values(report as object)) as {
    filename: string;
    size: number;
  }[];
  if (entry === undefined) throw new Error(`npm pack in ${at} says nothing of a tarball`);
  return { tarball: join(folder, entry.filename), bytes: entry.size };
}

function stagePlatformPackage(folder: string): string | undefined {
  const source = join(root, 'native/npm', `${process.platform}-${process.arch}`);
  const binary = join(root, 'native/build/Release/geneve_native.node');
  if (!existsSync(source) || !existsSync(binary)) return undefined;
  const staged = join(folder, 'platform');
  cpSync(source, staged, { recursive: true });
  copyFileSync(binary, join(staged, 'geneve_native.node'));
  return staged;
}

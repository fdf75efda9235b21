import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every workspace of the repository: name, folder, manifest. */
export function workspaces(root) {
  const { workspaces: patterns } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return patterns
    .flatMap((pattern) =>
      pattern.endsWith('/*')
        ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => join(root, pattern.slice(0, -2), name))
        : [join(root, pattern)],
    )
    .filter((dir) => existsSync(join(dir, 'package.json')))
    .map((dir) => {
      const manifest = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
      return { name: manifest.name, dir, manifest };
    });
}

/** The workspaces that are published. */
export function publishedPackages(root) {
  return workspaces(root).filter(({ manifest }) => manifest.private !== true);
}

/** Libraries and tools, those that are not published yet included. */
export function shippedPackages(root) {
  return workspaces(root).filter(({ dir }) => !/[/\\](?:tooling|examples)[/\\][^/\\]+$/.test(dir));
}

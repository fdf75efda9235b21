import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * Everything that installing a published package brings, by the lockfile: its dependencies and theirs, optional ones
 * of every platform included, peers that are required included, development dependencies left out.
 *
 * @param {string} root the repository
 * @param {{name: string, dir: string}} published
 * @returns {{name: string, version: string, licence: string | undefined, integrity: string | undefined,
 *   ours: boolean, requires: string[], id: string}[]} sorted by id (`name@version`)
 */
export function dependencyClosure(root, published) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const found = new Map();
  visit(relative(root, published.dir));
  found.delete(idAt(packages, relative(root, published.dir)));
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));

  function visit(path) {
    const id = idAt(packages, path);
    if (found.has(id)) return;
    const entry = packages[path];
    const places = requirements(entry)
      .map(({ name, mayLack }) => locate(packages, path, name, mayLack))
      .filter((place) => place !== undefined);
    found.set(id, {
      id,
      name: nameAt(packages, path),
      version: entry.version,
      licence: entry.license,
      integrity: entry.integrity,
      ours: !path.includes('node_modules/'),
      requires: places.map((place) => idAt(packages, place)).sort(),
    });
    places.forEach(visit);
  }
}

/** Ids of what a published package asks for itself. */
export function directDependencies(root, published) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const path = relative(root, published.dir);
  return requirements(packages[path])
    .map(({ name, mayLack }) => locate(packages, path, name, mayLack))
    .filter((place) => place !== undefined)
    .map((place) => idAt(packages, place))
    .sort();
}

function requirements({ dependencies = {}, optionalDependencies = {}, ...entry }) {
  const { peerDependencies = {}, peerDependenciesMeta = {} } = entry;
  const peers = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  return [
    ...[...Object.keys(dependencies), ...peers].map((name) => ({
      name,
      mayLack: name in optionalDependencies,
    })),
    ...Object.keys(optionalDependencies)
      .filter((name) => !(name in dependencies))
      .map((name) => ({ name, mayLack: true })),
  ];
}

/** Where Node's resolution finds `name` from the package at `path`, in the tree that the lockfile describes. */
function locate(packages, path, name, mayLack) {
  for (let from = path; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/')))) {
    const place = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
    if (!from.endsWith('node_modules') && packages[place]) {
      return packages[place].link ? packages[place].resolved : place;
    }
    if (from === '') break;
  }
  if (mayLack) return undefined;
  throw new Error(`the lockfile has no ${name}, which ${path} needs`);
}

function nameAt(packages, path) {
  return packages[path].name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

function idAt(packages, path) {
  return `${nameAt(packages, path)}@${packages[path].version}`;
}

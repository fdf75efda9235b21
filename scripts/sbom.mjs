#!/usr/bin/env node
// Writes a bill of materials (CycloneDX 1.6, JSON) for each published package: what installing it brings, by the
// lockfile. `sbom.mjs FOLDER [NAME...]`; prints the files. SOURCE_DATE_EPOCH sets the time, for repeatable builds.
// npm's own `npm sbom` has the whole repository as its subject, and with `--workspace` also what only tests need.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dependencyClosure, directDependencies } from './dependency-closure.mjs';
import { publishedPackages } from './workspaces.mjs';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const [folder, ...only] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('usage: sbom.mjs FOLDER [NAME...]\n');
  process.exit(2);
}
mkdirSync(folder, { recursive: true });
for (const published of publishedPackages(root)) {
  if (only.length > 0 && !only.includes(published.name)) continue;
  const { name, manifest } = published;
  const file = join(folder, `${name.replace('@', '').replace('/', '-')}-${manifest.version}.cdx.json`);
  writeFileSync(file, `${JSON.stringify(billOfMaterials(published), null, 2)}\n`);
  process.stdout.write(`${file}\n`);
}

function billOfMaterials(published) {
  const { name, manifest } = published;
  const closure = dependencyClosure(root, published);
  const subject = component({ name, version: manifest.version, licence: manifest.license });
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf([subject['bom-ref'], ...closure.map(({ id, integrity }) => id + integrity)])}`,
    version: 1,
    metadata: {
      timestamp: new Date(Number(process.env.SOURCE_DATE_EPOCH ?? Date.now() / 1000) * 1000).toISOString(),
      component: subject,
    },
    components: closure.map(component),
    dependencies: [
      { ref: subject['bom-ref'], dependsOn: directDependencies(root, published).map(packageUrl) },
      ...closure.map(({ id, requires }) => ({ ref: packageUrl(id), dependsOn: requires.map(packageUrl) })),
    ],
  };
}

function component({ name, version, licence, integrity }) {
  const [group, base] = name.startsWith('@') ? name.split('/') : [undefined, name];
  const purl = packageUrl(`${name}@${version}`);
  return {
    type: 'library',
    'bom-ref': purl,
    ...(group && { group }),
    name: base,
    version,
    purl,
    ...(licence && {
      licenses: [/[ (]/.test(licence) ? { expression: licence } : { license: { id: licence } }],
    }),
    ...(integrity && { hashes: hashes(integrity) }),
  };
}

/** The package URL of `name@version` (https://github.com/package-url/purl-spec, type npm). */
function packageUrl(id) {
  return `pkg:npm/${id.replace(/^@/, '%40')}`;
}

/** The hashes of a subresource integrity string, in hexadecimal. */
function hashes(integrity) {
  const names = { sha1: 'SHA-1', sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' };
  return integrity.split(' ').map((part) => {
    const [algorithm, digest] = part.split(/-(.*)/s);
    return { alg: names[algorithm], content: Buffer.from(digest, 'base64').toString('hex') };
  });
}

/** The same contents, the same serial number. */
function uuidOf(parts) {
  const digest = createHash('sha256').update(parts.join('\n')).digest('hex');
  const variant = ((Number.parseInt(digest[16], 16) & 3) | 8).toString(16);
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
}

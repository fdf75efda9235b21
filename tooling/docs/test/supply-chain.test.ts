import { describe, expect, test } from '@jest/globals';
import { runProcess, temporaryDirectory } from '@net/testing';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, sourceFiles, textOf } from '../src/index.js';

interface Bill {
  readonly metadata: { readonly component: { readonly purl: string } };
  readonly components: readonly {
    readonly purl: string;
    readonly licenses?: unknown;
    readonly hashes?: unknown;
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const script = (name: string, ...args: string[]): ReturnType<typeof runProcess> =>
  runProcess(process.execPath, [join(root, 'scripts', name), ...args]);

describe('licences', () => {
  test('every production dependency has a permissive one, and docs/licences.md lists them all', async () => {
    const { code, stdout, stderr } = await script('licences.mjs', '--json');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const entries = JSON.parse(stdout) as { name: string; licence: string; usedBy: string[] }[];
    const listed = textOf('docs/licences.md');
    const missing = entries.filter(({ name, licence }) => !listed.includes(`| ${name} | ${licence} |`));
    expect({ missing, made: 'node scripts/licences.mjs --write' }).toMatchObject({ missing: [] });
    expect(entries.find(({ name }) => name === '@aws-sdk/client-ec2')?.usedBy).toContain(
      '@net/aws-route-mon',
    );
    expect(entries.some(({ name }) => /^(jest|typescript|turbo|eslint|fast-check)$/.test(name))).toBe(false);
  });

  test.each([
    ['GPL-3.0-only', 1],
    ['SEE LICENSE IN LICENSE', 1],
    [undefined, 1],
    ['(MIT AND GPL-2.0-only)', 1],
    ['(GPL-2.0-only OR MIT)', 0],
    ['MIT AND (Apache-2.0 OR GPL-3.0-only)', 0],
  ])('a dependency of a dependency under %s ends with %d', async (license, expected) => {
    const folder = temporaryDirectory('licences');
    const app = { name: '@net/app', version: '1.0.0', dependencies: { first: '^1.0.0' } };
    mkdirSync(join(folder, 'apps/app'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ workspaces: ['apps/*'] }));
    writeFileSync(join(folder, 'apps/app/package.json'), JSON.stringify(app));
    const packages = {
      'apps/app': app,
      'node_modules/@net/app': { resolved: 'apps/app', link: true },
      'node_modules/first': { version: '1.2.0', license: 'MIT', dependencies: { second: '*' } },
      'node_modules/first/node_modules/second': { version: '2.0.0', license },
      'node_modules/second': { version: '1.0.0', license: 'MIT', dev: true },
    };
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
    const { code, stderr } = await script('licences.mjs', '--lockfile-of', folder);
    expect(code).toBe(expected);
    if (expected === 1) expect(stderr).toContain('second');
  });
});

describe('install scripts', () => {
  test('no package of ours has one', () => {
    for (const path of sourceFiles(
      /^(?:apps|packages)\/[^/]+\/package\.json$|^native\/(?:npm\/[^/]+\/)?package\.json$/,
    )) {
      const { scripts = {} } = JSON.parse(textOf(path)) as { scripts?: Record<string, string> };
      const atInstall = Object.keys(scripts).filter((name) => /^(?:pre|post)?install$|^prepare$/.test(name));
      expect({ path, atInstall }).toEqual({ path, atInstall: [] });
    }
  });

  test('those of dependencies are known, explained, and none has to run', async () => {
    const { stdout } = await script('licences.mjs', '--json');
    const used = new Set((JSON.parse(stdout) as { name: string }[]).map(({ name }) => name));
    const { packages } = JSON.parse(textOf('package-lock.json')) as {
      packages: Record<string, { hasInstallScript?: boolean }>;
    };
    const withScript = Object.entries(packages)
      .filter(([, entry]) => entry.hasInstallScript === true)
      .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
      .filter((name) => used.has(name));
    const security = textOf('SECURITY.md');
    expect(withScript.filter((name) => !security.includes(`\`${name}\``))).toEqual([]);
    const { allowScripts } = JSON.parse(textOf('package.json')) as { allowScripts: Record<string, boolean> };
    expect(withScript.filter((name) => allowScripts[name] !== false)).toEqual([]);
  });
});

describe('bill of materials', () => {
  test('one for each published package, valid CycloneDX, with what npm would install and nothing else', async () => {
    const folder = temporaryDirectory('sbom');
    const { code, stdout, stderr } = await script('sbom.mjs', folder);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    const files = stdout.trim().split('\n');
    expect(files.length).toBeGreaterThan(9);
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      expect(await validator.validate(text)).toBeNull();
      const bill = JSON.parse(text) as Bill;
      const known = new Set([bill.metadata.component.purl, ...bill.components.map(({ purl }) => purl)]);
      expect(known.size).toBe(bill.components.length + 1);
      expect(new Set(bill.dependencies.map(({ ref }) => ref))).toEqual(known);
      expect(
        bill.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !known.has(ref)),
      ).toEqual([]);
      const foreign = bill.components.filter(({ purl }) => !purl.startsWith('pkg:npm/%40net/'));
      // What other platforms than the lockfile's would install has no digest there.
      const isOthers = (purl: string): boolean => /-(?:darwin|win32|linux)-(?:x64|arm|arm64)@/.test(purl);
      const bare = foreign.filter(({ licenses, hashes, purl }) => !licenses || !(hashes || isOthers(purl)));
      expect(bare).toEqual([]);
    }
    const routeMon = JSON.parse(
      readFileSync(files.find((file) => file.includes('route-mon'))!, 'utf8'),
    ) as Bill;
    const names = routeMon.components.map(({ purl }) => purl.replace(/^pkg:npm\/|@[^@]*$/g, ''));
    expect(names).toEqual(
      expect.arrayContaining(['%40net/cli', '%40net/aws-core', '%40aws-sdk/client-ec2', 'yargs']),
    );
    expect(names.filter((name) => /sandbox|testing|express|redis|jest|native/.test(name))).toEqual([]);
  });

  test('the same lockfile gives the same file', async () => {
    const [one, two] = [temporaryDirectory('sbom'), temporaryDirectory('sbom')];
    const make = async (folder: string): Promise<string> => {
      const args = [join(root, 'scripts/sbom.mjs'), folder, '@net/gwlbtun'];
      const env = { ...process.env, SOURCE_DATE_EPOCH: '1760000000' };
      const { stdout } = await runProcess(process.execPath, args, { env });
      return readFileSync(stdout.trim(), 'utf8');
    };
    expect(await make(one)).toBe(await make(two));
  });
});

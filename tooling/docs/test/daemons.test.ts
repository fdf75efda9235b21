import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createNamespace,
  type Namespace,
  startProcess,
  type StartedProcess,
  suite,
  temporaryDirectory,
} from '@net/testing';
import { natWorld } from '@net/install-alone';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  directive,
  documentedFamilies,
  exposedFamilies,
  readUnitFile,
  root,
  textOf,
  hasProgram,
} from '../src/index.js';

/** Metrics that show only while the feature is on: the kernel path, a capture. */
const sometimes = /^gwlbtun_(?:kernel|capture)_/;

const daemonOf = (name: string): string => join(root, `apps/${name}/bin/${name}.js`);
const isRoot = process.getuid?.() === 0;

/** A command that has what the service file of the daemon leaves it, and nothing else. */
function confined(name: string, ...args: string[]): string[] {
  const command = [process.execPath, daemonOf(name), ...args];
  if (!isRoot || !hasProgram('setpriv')) return command;
  const unit = readUnitFile(textOf(`apps/${name}/systemd/${name}.service`));
  const kept = directive(unit, 'Service', 'CapabilityBoundingSet')!.toLowerCase().split(' ').filter(Boolean);
  const bounds = ['-all', ...kept.map((each) => each.replace('cap_', '+'))].join(',');
  return ['setpriv', `--bounding-set=${bounds}`, '--inh-caps=-all', '--no-new-privs', '--', ...command];
}

/** Everything that the daemon shows is in its operating document, and what is there it shows. */
function expectDocumented(name: string, exposition: string): void {
  const exposed = new Map(
    [...exposedFamilies(exposition)].filter(([family]) => !/^(?:process|nodejs)_/.test(family)),
  );
  const documented = documentedFamilies(textOf(`docs/operating-${name}.md`));
  expect([...exposed.keys()].filter((family) => !documented.has(family))).toEqual([]);
  const missing = [...documented.keys()].filter((family) => !exposed.has(family) && !sometimes.test(family));
  expect(missing).toEqual([]);
  const kinds = [...exposed].filter(([family, kind]) => documented.get(family) !== kind);
  expect(kinds).toEqual([]);
}

let sandbox: StartedProcess;
let env: NodeJS.ProcessEnv;
let table: string;

beforeAll(async () => {
  const folder = temporaryDirectory('daemons');
  writeFileSync(join(folder, 'world.json'), JSON.stringify(natWorld));
  const args = ['--port', '0', '--seed', join(folder, 'world.json'), '--imds', 'nat-b'];
  sandbox = startProcess(process.execPath, [join(root, 'packages/aws-sandbox/bin/aws-sandbox.js'), ...args]);
  [, table = ''] = await sandbox.waitFor(/# out (rtb-\w+)/);
  const settings = [...sandbox.output().stdout.matchAll(/^(AWS_\w+)=(\S+)/gm)].map((each) => [
    each[1],
    each[2],
  ]);
  env = { ...process.env, ...Object.fromEntries(settings), AWS_REGION: 'eu-west-1' };
}, 60_000);
afterAll(async () => {
  await sandbox.stop();
});

test('aws-route-mon, without a capability', async () => {
  const options = ['-r', table, '--no-require-forwarding', '--metrics-port', '0', '--peers', 'none'];
  const [command, ...args] = confined('aws-route-mon', 'daemon', ...options);
  const daemon = startProcess(command!, args, { env });
  try {
    const [, address = ''] = await daemon.waitFor(/monitor\.serving: .* on (127\.0\.0\.1:\d+)/, 20_000);
    await daemon.waitFor(/route\.healthy/, 20_000);
    expectDocumented('aws-route-mon', await textAt(`http://${address}/metrics`));
    expect(await daemon.stop()).toMatchObject({ code: 0 });
  } finally {
    await daemon.stop();
  }
}, 60_000);

test('connection-tracker, without a capability', async () => {
  const options = ['--port', '0', '--store-directory', temporaryDirectory('tracker'), '--interval', '1s'];
  const [command, ...args] = confined('connection-tracker', 'serve', ...options);
  const daemon = startProcess(command!, args, { env });
  try {
    const [, url = ''] = await daemon.waitFor(/(http:\/\/127\.0\.0\.1:\d+)/, 20_000);
    // The account has no flow logs, which a pass finds out.
    await daemon.waitFor(/shard\.failed/, 20_000);
    expectDocumented('connection-tracker', await textAt(`${url}/metrics`));
    expect(await daemon.stop()).toMatchObject({ code: 0 });
  } finally {
    await daemon.stop();
  }
}, 60_000);

suite(
  'daemons in network namespaces',
  ['root', 'netns', 'tun', { command: 'cmake' }, { command: 'g++' }],
  () => {
    let host: Namespace;
    let fabric: Namespace;

    beforeAll(() => {
      host = createNamespace('docs-host');
      fabric = createNamespace('docs-fabric');
      for (const index of [0, 1]) {
        host.ip(`link add eth${index} type veth peer name eth${index} netns ${fabric.name}`);
        fabric.ip(`link set eth${index} up`);
        host.ip(`addr add 10.1.${index}.10/24 dev eth${index}`);
        host.ip(`link set eth${index} up`);
      }
      host.ip('link set lo up');
      host.ip('route add default via 10.1.0.1');
    });
    afterAll(() => {
      host.remove();
      fabric.remove();
    });

    const scrape = async (url: string): Promise<string> => {
      const script =
        'fetch(process.argv[1]).then((answer) => answer.text()).then((text) => process.stdout.write(text))';
      const { command, args } = host.wrap(process.execPath, '-e', script, url);
      return (await startProcess(command, args).ended).stdout;
    };

    test('multi-eni-routing, with the capabilities of its service file', async () => {
      const options = ['--source', 'kernel', '--interface', 'eth*', '--connmark', '--listen', '0'];
      const words = confined(
        'multi-eni-routing',
        'watch',
        '--state-dir',
        temporaryDirectory('routing'),
        ...options,
      );
      const { command, args } = host.wrap(words[0]!, ...words.slice(1));
      const daemon = startProcess(command, args);
      try {
        const [, url = ''] = await daemon.waitFor(/(http:\/\/127\.0\.0\.1:\d+)/, 20_000);
        await daemon.waitFor(/watch\.applied/, 20_000);
        expect(host.ip('rule show')).toContain('from 10.1.1.10');
        expectDocumented('multi-eni-routing', await scrape(`${url}/metrics`));
      } finally {
        await daemon.stop();
      }
    }, 60_000);

    test('gwlbtun, with the capabilities of its service file', async () => {
      const started = confined('gwlbtun', 'run', '--port', '8080', '--health-address', '127.0.0.1');
      const { command, args } = host.wrap(started[0]!, ...started.slice(1));
      const daemon = startProcess(command, args);
      try {
        await daemon.waitFor(/gwlbtun \S+ started/, 20_000);
        const exposition = await scrape('http://127.0.0.1:8080/metrics');
        expectDocumented('gwlbtun', exposition);
        const reasons = new Set([...exposition.matchAll(/reason="(\w+)"/g)].map((match) => match[1]!));
        expect(reasons.size).toBeGreaterThan(30);
        const words = [...textOf('docs/operating-gwlbtun.md').matchAll(/`([a-z_]+)(\.\.\.)?`/g)];
        const isDocumented = (reason: string): boolean => {
          return words.some(([, word = '', more]) => (more ? reason.startsWith(word) : reason === word));
        };
        expect([...reasons].filter((reason) => !isDocumented(reason))).toEqual([]);
        expect(await daemon.stop()).toMatchObject({ code: 0 });
      } finally {
        await daemon.stop();
      }
    }, 60_000);
  },
);

async function textAt(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

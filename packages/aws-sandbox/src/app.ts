import { writeFile } from 'node:fs/promises';

import {
  type App,
  type Context,
  PrerequisiteError,
  UsageError,
  defineApp,
  defineCommand,
  option,
} from '@net/cli';

import type { Sandbox } from './sandbox.js';
import type { Seed } from './seed.js';
import type { WorldDump } from './world/world.js';

/** The `aws-sandbox` command as data. */
export function sandboxApp(version: string): App {
  return defineApp({
    name: 'aws-sandbox',
    summary: 'An AWS on loopback that real SDK clients talk to',
    version,
    envPrefix: 'AWS_SANDBOX',
    commands: [serve],
    defaultCommand: 'serve',
    examples: [
      { command: 'aws-sandbox --port 4566 --seed world.json', does: 'serve the world of a seed or dump' },
      {
        command: 'aws-sandbox --seed world.json --imds nat-a',
        does: 'with the metadata service of an instance',
      },
      { command: 'AWS_ENDPOINT_URL=http://127.0.0.1:4566 aws ec2 describe-vpcs', does: 'ask it' },
    ],
  });
}

const serveOptions = {
  host: option.string({ describe: 'Address to listen on', default: '127.0.0.1' }),
  port: option.integer({
    short: 'p',
    describe: 'Port to listen on; 0 for a free one',
    default: 4566,
    min: 0,
    max: 65_535,
  }),
  seed: option.string({ describe: 'File with a seed or a dump', placeholder: 'FILE' }),
  account: option.string({
    describe: 'Account id; the first is the default account',
    repeatable: true,
    placeholder: 'ID',
  }),
  verifySignatures: option.flag({ describe: 'Refuse unknown keys and wrong signatures' }),
  throttling: option.flag({ describe: "Throttle as the EC2 API's documented token buckets do" }),
  blackholeDelay: option.duration({
    describe: 'Time from the loss of a target to a blackhole route',
    bareUnit: 'ms',
    default: 100,
  }),
  imds: option.string({
    describe: 'Serve the metadata of this instance (a name of the seed, or an id)',
    repeatable: true,
    placeholder: 'INSTANCE',
  }),
  randomSeed: option.integer({ describe: 'Seed of ids and addresses', default: 1 }),
  dumpOnExit: option.string({ describe: 'Write the state there at the end', placeholder: 'FILE' }),
};

type ServeValues = Parameters<
  NonNullable<Parameters<typeof defineCommand<typeof serveOptions>>[0]['handler']>
>[0]['options'];

const serve = defineCommand({
  name: 'serve',
  summary: 'Serve until stopped',
  options: serveOptions,
  handler: runServer,
});

async function runServer({ options, out, log, signal, json }: Context<ServeValues>): Promise<number> {
  // The SDK's schemas are heavy; --help goes without.
  const [{ createSandbox }, { readWorldFile }] = await Promise.all([
    import('./sandbox.js'),
    import('./world-file.js'),
  ]);
  const wrong = options.account.find((id) => !/^\d{12}$/.test(id));
  if (wrong !== undefined) throw new UsageError(`--account: an account id has twelve digits: ${wrong}`);
  const file = options.seed;
  const world: { readonly dump?: WorldDump; readonly seed?: Seed } =
    file === undefined ? {} : await usage(() => readWorldFile(file));
  const sandbox = await createSandbox({
    host: options.host,
    port: options.port,
    randomSeed: options.randomSeed,
    accounts: options.account.map((accountId) => ({ accountId })),
    verifySignatures: options.verifySignatures,
    delays: { blackholeMs: options.blackholeDelay },
    onFailure: (error) => log.error('sandbox.failure', String(error), {}),
  }).catch((error: unknown) => {
    const { code } = error as { readonly code?: unknown };
    if (code !== 'EADDRINUSE' && code !== 'EADDRNOTAVAIL' && code !== 'EACCES') throw error;
    throw new PrerequisiteError(`cannot listen on ${options.host} port ${options.port} (${code})`, {
      cause: error,
    });
  });
  try {
    const ids = await usage(() => {
      if (world.dump) sandbox.load(world.dump);
      return Promise.resolve(world.seed ? sandbox.seed(world.seed) : {});
    });
    if (options.throttling) sandbox.faults.throttling(true);
    const imds = await Promise.all(options.imds.map((name) => attach(sandbox, ids[name] ?? name)));
    const { accessKeyId, secretAccessKey } = sandbox.credentials();
    const started = {
      endpoint: sandbox.endpoint,
      accountId: sandbox.accountId,
      accessKeyId,
      secretAccessKey,
      ids,
      imds,
    };
    if (json) out.record(started);
    else out.text(describe(started));
    const stop = sandbox.calls.subscribe((call) => {
      const outcome = call.outcome.kind === 'error' ? call.outcome.code : call.outcome.kind;
      log.debug('api.call', `${call.service}:${call.action} ${outcome}`, {
        account: call.accountId,
        region: call.region,
      });
    });
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    stop();
    if (options.dumpOnExit !== undefined)
      await writeFile(options.dumpOnExit, `${JSON.stringify(sandbox.dump())}\n`);
    return 0;
  } finally {
    await sandbox.close();
  }
}

interface Started {
  readonly endpoint: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly ids: Readonly<Record<string, string>>;
  readonly imds: readonly { readonly instanceId: string; readonly endpoint: string }[];
}

function describe(started: Started): string {
  const lines = [
    `AWS_ENDPOINT_URL=${started.endpoint}`,
    `AWS_ACCESS_KEY_ID=${started.accessKeyId}`,
    `AWS_SECRET_ACCESS_KEY=${started.secretAccessKey}`,
    ...started.imds.map(
      ({ endpoint, instanceId }) => `AWS_EC2_METADATA_SERVICE_ENDPOINT=${endpoint}  # ${instanceId}`,
    ),
    ...Object.entries(started.ids).map(([name, id]) => `# ${name} ${id}`),
  ];
  return `${lines.join('\n')}\n`;
}

async function attach(
  sandbox: Sandbox,
  instanceId: string,
): Promise<{ instanceId: string; endpoint: string }> {
  const place = sandbox
    .locations('ec2')
    .find(({ accountId, region }) => instanceId in sandbox.ec2(accountId, region).state.instances);
  if (!place) throw new UsageError(`--imds: there is no instance ${instanceId}`);
  const { endpoint } = await sandbox.attachImds(instanceId, place);
  return { instanceId, endpoint };
}

// A world file that cannot be used is the user's to mend: exit 2.
async function usage<Result>(act: () => Promise<Result>): Promise<Result> {
  const { SandboxError } = await import('./errors.js');
  try {
    return await act();
  } catch (error) {
    if (error instanceof SandboxError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

import { hostname } from 'node:os';
import { type Command, createServiceNotifier, defineCommand, UsageError } from '@net/cli';
import { httpOptions } from './http-options.js';
import { serveOptions, type ServeValues } from './serve-options.js';
import { storeOptions } from './store-options.js';
import { networksOf } from './networks-option.js';

/** Reads, counts and serves until it is stopped. */
export const serveCommand: Command = defineCommand({
  name: 'serve',
  summary: 'Read the flow logs of all accounts and serve the page and the API, until stopped',
  options: { ...serveOptions, ...storeOptions, ...httpOptions },
  examples: [
    { command: 'connection-tracker serve --regions eu-west-1', does: 'this account, on a laptop' },
    {
      command:
        'connection-tracker serve --organization --regions eu-west-1,eu-central-1 --redis-url rediss://redis:6379',
      does: 'a company; start as many as you like, they share the work',
    },
  ],
  handler: async (context) => {
    const { options, env, signal, log, out, clock } = context;
    const [
      { printPolicy, openSession },
      { trackerPolicy },
      { AddressClasses },
      names,
      { createTracker, openAwsShard },
      { Registry },
      { openStore },
      { openHttp },
      { accountSource },
      { VERSION },
    ] = await Promise.all([
      import('@net/aws-core'),
      import('./iam-policy.js'),
      import('@net/flowlogs'),
      import('../names/index.js'),
      import('../track/index.js'),
      import('prom-client'),
      import('./open-store.js'),
      import('./open-http.js'),
      import('./account-source.js'),
      import('../version.js'),
    ]);
    if (options.printIamPolicy !== undefined) {
      out.text(`${printPolicy(trackerPolicy(options.printIamPolicy))}\n`);
      return 0;
    }
    const source = sourceOf(options);
    const { region } = await openSession({
      app: { name: 'connection-tracker', version: VERSION },
      region: options.regions[0],
      profile: options.profile,
      endpointUrl: options.endpointUrl,
      env,
      signal,
    });
    const regions = [...new Set(options.regions.length === 0 ? [region] : options.regions)];
    const accounts = accountSource(options, env, region);
    const reverse = names.createReverseNames(
      options.reverseDns ? {} : { reverse: () => Promise.resolve([]) },
    );
    const sources = names.createSourceNames(networksOf(options.networks, log), reverse);
    const classes = new AddressClasses();
    const resolve = names.systemResolve();
    const registry = new Registry();
    const store = await openStore(options, log);
    const notifier = createServiceNotifier(env);
    const stop = new AbortController();
    const running = AbortSignal.any([signal, stop.signal]);
    try {
      const tracker = createTracker({
        store,
        readAccounts: accounts.read,
        regions,
        domain: options.domain,
        openShard: async (account, of, opening) =>
          await openAwsShard(
            account,
            of,
            {
              store,
              names: sources,
              classes,
              resolve,
              log,
              env,
              profile: options.profile,
              endpointUrl: options.endpointUrl,
              role:
                accounts.kind === 'this-account' || !options.assumeRole
                  ? undefined
                  : {
                      role: options.role,
                      sessionName: options.roleSessionName,
                      externalId: options.externalId,
                    },
              source,
              mode: options.direction,
              lookBackMs: options.lookBack,
              inventoryMs: options.inventoryInterval,
            },
            opening,
          ),
        reverse,
        registry,
        replica: options.replica ?? `${hostname()}-${process.pid}`,
        leaseMs: options.lease,
        accountsIntervalMs: options.accountsInterval,
        intervalMs: options.interval,
        workers: options.workers,
        retentionDays: options.retentionDays,
        clock,
        log,
      });
      const service = await openHttp(context, options, {
        store,
        addresses: { entries: () => Promise.resolve(sources.entries()) },
        registry,
        isReady: () => tracker.isReady,
      });
      try {
        log.info('tracker.started', `serves ${service.url}`, { url: service.url, store: store.kind });
        await notifier.ready(`serving ${service.url}`);
        notifier.watch(() => true, signal);
        await tracker.run(running);
        await notifier.stopping();
      } finally {
        stop.abort();
        await service.close();
      }
    } finally {
      await store.close();
    }
    log.info('tracker.stopped', 'stopped');
    return 0;
  },
});

function sourceOf(
  values: ServeValues,
): Parameters<typeof import('../track/index.js')['openAwsShard']>[2]['source'] {
  const { bucket, logGroup, fields, overlap } = values;
  if (bucket === undefined) return { logGroup, format: fields, overlapMs: overlap };
  const [, name, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/.exec(bucket) ?? [];
  if (name === undefined) throw new UsageError(`--bucket ${bucket}: expected s3://BUCKET[/PREFIX]`);
  const before = prefix.replace(/\/+$/, '').replace(/(?:^|\/)AWSLogs$/, '');
  return { bucket: name, prefix: before === '' ? undefined : before };
}

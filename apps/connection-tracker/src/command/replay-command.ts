import { type Command, type Context, defineCommand, option, UsageError } from '@net/cli';
import type { LogFormat } from '@net/flowlogs';
import type { LogFile } from '@net/flowlogs/file';
import type { HttpService } from '../http/index.js';
import type { ReplayResult } from '../replay/index.js';
import type { Store } from '../store/index.js';
import { type HttpValues, httpOptions } from './http-options.js';
import { networksOption, networksOf } from './networks-option.js';
import { printSummary, readSummary } from './replay-summary.js';

/** A log in, the page and the API out. */
export const replayCommand: Command = defineCommand({
  name: 'replay',
  summary: 'Read flow logs from files and serve the page and the API over them: no AWS, no Redis',
  positionals: {
    file: option.string({
      describe: 'Files, folders or globs: text, gzip, zstd, Parquet; - is standard input',
      placeholder: 'FILE',
      repeatable: true,
      required: true,
    }),
  },
  options: {
    fields: option.string({
      describe: 'Format of lines without a header, as of the flow log',
      placeholder: 'FORMAT',
      defaultText: 'found out',
    }),
    direction: option.choice({
      describe: 'evidence: who opened the connection counts; original: whoever sends does',
      choices: ['evidence', 'original'],
      default: 'evidence',
    }),
    networks: networksOption,
    reverseDns: option.flag({ describe: 'Ask the resolver for the names of sources' }),
    accountId: option.string({ describe: 'Of records that do not say it', placeholder: 'ID' }),
    region: option.string({ describe: 'Of records that do not say it', placeholder: 'REGION' }),
    storeDirectory: option.string({
      describe: 'Keep the counts in this folder; a file that is in it already adds nothing',
      placeholder: 'FOLDER',
      defaultText: 'a temporary one',
    }),
    exit: option.flag({ describe: 'End when everything is read, with a summary, without serving' }),
    ...httpOptions,
  },
  examples: [
    { command: 'connection-tracker replay vpc-flow-logs/', does: 'then open the address that it prints' },
    {
      command: 'connection-tracker replay logs/*.gz --networks "office=198.51.100.0/24" --exit --json',
      does: 'who connects where, for a program',
    },
  ],
  handler: async (context) => {
    const { options, out, log, signal } = context;
    const [{ AddressClasses, LogFormat: Format }, { openEmbeddedStore }, { replayFiles }, names] =
      await Promise.all([
        import('@net/flowlogs'),
        import('../store/embedded/index.js'),
        import('../replay/index.js'),
        import('../names/index.js'),
      ]);
    const input = await inputOf(options.file, context.stdin);
    const format: LogFormat | undefined =
      options.fields === undefined ? undefined : Format.parse(options.fields);
    const reverse = names.createReverseNames(
      options.reverseDns ? {} : { reverse: () => Promise.resolve([]) },
    );
    const sources = names.createSourceNames(networksOf(options.networks, log), reverse);
    const store = openEmbeddedStore({ directory: options.storeDirectory });
    let service: HttpService | undefined;
    try {
      if (!options.exit) service = await serve(context, options, store, () => sources.entries());
      const total =
        Symbol.asyncIterator in input ? undefined : input.reduce((sum, { bytes }) => sum + bytes, 0);
      const progress = context.progress({
        label: 'reading',
        unit: 'B',
        ...(total === undefined ? {} : { total }),
      });
      let rejected = 0;
      let result: ReplayResult;
      try {
        result = await replayFiles(input, {
          store,
          names: sources,
          classes: new AddressClasses(),
          mode: options.direction,
          format,
          accountId: options.accountId,
          region: options.region,
          signal,
          onBytes: (bytes) => progress.advance(bytes),
          onRejected: ({ source, line, column, reason }) => {
            if (++rejected <= 5)
              log.warn('replay.rejected', `${source}, line ${line}, column ${column}: ${reason}`);
          },
          onFile: (file, what, reason) => log.warn(`replay.${what}`, `${file}: ${reason}`),
        });
      } finally {
        progress.end();
      }
      const summary = await readSummary(store, result);
      const url = service === undefined ? {} : { url: service.url };
      out.result({ json: { ...summary, ...url }, text: () => printSummary(out, summary) });
      if (service !== undefined && !signal.aborted) {
        log.info('replay.serving', `everything is read; ${service.url} until stopped`);
        await new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => resolve(), { once: true }),
        );
      }
      return 0;
    } finally {
      await service?.close();
      await store.close();
    }
  },
});

async function inputOf(
  patterns: readonly string[],
  stdin: NodeJS.ReadableStream,
): Promise<readonly LogFile[] | AsyncIterable<Uint8Array>> {
  if (patterns.includes('-')) {
    if (patterns.length > 1) throw new UsageError('standard input is read alone');
    return stdin as AsyncIterable<Uint8Array>;
  }
  const { findFiles } = await import('@net/flowlogs/file');
  return await findFiles(patterns);
}

async function serve(
  context: Context<object>,
  values: HttpValues,
  store: Store,
  entries: () => ReadonlyMap<string, string | null>,
): Promise<HttpService> {
  const [{ openHttp }] = await Promise.all([import('./open-http.js')]);
  const service = await openHttp(context, values, {
    store,
    addresses: { entries: () => Promise.resolve(entries()) },
  });
  // People see it at once; programs read stdout for the summary alone.
  if (!context.json)
    context.out.line(`${context.out.paint('bold', service.url)}  fills while the files are read`);
  return service;
}

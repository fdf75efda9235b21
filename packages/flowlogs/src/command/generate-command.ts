import { type Command, defineCommand, option } from '@net/cli';
import { LogFormat } from '../format/log-format.js';
import { generateText } from '../generate/generate.js';
import { parseTime } from './parse-time.js';

/** Logs for tests, benchmarks and demonstrations. */
export const generateCommand: Command = defineCommand({
  name: 'generate',
  summary: 'Write plausible made-up logs; the same seed gives the same log',
  options: {
    connections: option.integer({
      short: 'n',
      describe: 'Connections; each leaves two records or more',
      default: 1_000,
      min: 0,
      max: 4_294_967_295,
      env: false,
    }),
    seed: option.integer({ describe: 'Seed', default: 1, min: 0, max: 4_294_967_295, env: false }),
    fields: option.value({
      short: 'f',
      aliases: ['format'],
      describe: 'Format',
      placeholder: 'FORMAT',
      default: 'default',
      env: false,
      parse: (text) => LogFormat.parse(text),
    }),
    startTime: option.value({
      short: 's',
      describe: 'When the first begins',
      placeholder: 'TIME',
      default: '2026-01-01T00:00:00Z',
      env: false,
      parse: (text) => parseTime(text, Date.now()),
    }),
    rate: option.number({
      describe: 'Connections that begin in a second',
      default: 100,
      min: 0.001,
      max: 1e9,
      env: false,
    }),
    interfaces: option.integer({
      describe: 'Network interfaces',
      default: 50,
      min: 5,
      max: 60_000,
      env: false,
    }),
    clients: option.integer({
      describe: 'Hosts on the internet',
      default: 2_000,
      min: 1,
      max: 10_000_000,
      env: false,
    }),
    skipdata: option.number({
      describe: 'SKIPDATA lines for each record',
      default: 0,
      min: 0,
      max: 1,
      env: false,
    }),
  },
  examples: [
    {
      command: 'flowlogs generate -n 100000 --fields all | gzip > demo.log.gz',
      does: 'two hundred thousand records with every field',
    },
  ],
  handler: async (context) => {
    const { options, out } = context;
    const progress = context.progress({ label: 'writing', unit: 'B' });
    try {
      const text = generateText({
        connections: options.connections,
        seed: options.seed,
        format: options.fields,
        startMs: options.startTime,
        connectionsPerSecond: options.rate,
        interfaces: options.interfaces,
        clients: options.clients,
        skipDataShare: options.skipdata,
      });
      for (const part of text) {
        if (out.isClosed) break;
        out.text(typeof part === 'string' ? part : Buffer.from(part).toString('latin1'));
        progress.advance(part.length);
        await out.drained();
        context.signal.throwIfAborted();
      }
    } finally {
      progress.end();
    }
    return 0;
  },
});

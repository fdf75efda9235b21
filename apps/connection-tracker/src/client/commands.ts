import { writeFile } from 'node:fs/promises';
import { CliError, type Command, defineCommand, option, printable } from '@net/cli';
import { COLUMNS, suspiciousReport, tabSeparated, textTable } from './connection-formats.js';
import { dotOf, svgOf } from '../graph/index.js';
import { listConnections } from './list-connections.js';
import { readAccountGraph } from './read-account-graph.js';
import { scanEndpoints } from './scan-endpoints.js';
import { clientToken, trackerClient, type TrackerClient } from './tracker-client.js';

const GRAPH_TIMEOUT_MS = 180_000;

const positionals = {
  url: option.string({
    describe: 'Where the tracker answers, such as http://127.0.0.1:8080',
    required: true,
  }),
};
const tokenFile = option.string({
  describe: 'File with the bearer token; else CONNECTION_TRACKER_TOKEN or OAUTH2_ACCESS_TOKENS',
  placeholder: 'FILE',
});

interface Asking {
  readonly options: { readonly url: string; readonly tokenFile: string | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Lists connections of some days. */
export const listConnectionsCommand: Command = defineCommand({
  name: 'list-connections',
  summary: 'List the connections that a running tracker counted',
  positionals,
  options: {
    suspicious: option.flag({ describe: 'Without the destination ports 0 and 443' }),
    dateFrom: option.string({
      describe: 'First day, or days ago such as 7d',
      placeholder: 'DAY',
      defaultText: 'today, UTC',
    }),
    dateTo: option.string({ describe: 'Last day', placeholder: 'DAY', defaultText: 'today, UTC' }),
    output: option.choice({
      describe: 'Form of the list',
      short: 'o',
      choices: ['text', 'json', 'tsv'],
      default: 'text',
    }),
    tokenFile,
  },
  examples: [
    {
      command: 'connection-tracker list-connections http://127.0.0.1:8080 --suspicious --date-from 7d -o tsv',
      does: 'a week, without HTTPS',
    },
  ],
  handler: async (context) => {
    const { options, out, clock } = context;
    const rows = await listConnections(await clientOf(context), { ...options, nowMs: clock.now() });
    if (out.isJson || options.output === 'json') out.json(rows);
    else if (options.output === 'tsv') out.text(tabSeparated(rows, COLUMNS));
    else out.text(textTable(rows, out.paint('bold', 'x') !== 'x'));
    return 0;
  },
});

/** Writes the report of the last seven days. */
export const reportSuspiciousCommand: Command = defineCommand({
  name: 'report-suspicious',
  summary: 'Write the endpoints with connections to ports other than 443 in the last 7 days to report.csv',
  positionals,
  options: {
    report: option.string({ describe: 'File to write', placeholder: 'FILE', default: 'report.csv' }),
    tokenFile,
  },
  handler: async (context) => {
    const { options, out, clock } = context;
    const rows = await listConnections(await clientOf(context), {
      suspicious: true,
      dateFrom: '7d',
      dateTo: undefined,
      nowMs: clock.now(),
    });
    const report = suspiciousReport(rows);
    await write(options.report, report);
    const endpoints = report.trimEnd().split('\n').length - 1;
    out.result({
      json: { file: options.report, endpoints },
      text: () => out.line(`${endpoints} endpoints in ${options.report}`),
    });
    return 0;
  },
});

/** Asks every endpoint for its first page. */
export const scanEndpointsCommand: Command = defineCommand({
  name: 'scan-endpoints',
  summary:
    'Ask every endpoint that had connections today for /, and show what answers without authentication',
  positionals,
  options: {
    showPublicOnly: option.flag({ describe: 'Neither those that answer 401 nor those that do not answer' }),
    insecure: option.flag({
      describe: 'Accept every certificate of an endpoint: one that is known by its address has none for it',
    }),
    tokenFile,
  },
  handler: async (context) => {
    const { options, out, signal } = context;
    const scan = { signal, acceptsAnyCertificate: options.insecure };
    for await (const scanned of scanEndpoints(await clientOf(context), scan)) {
      const { shard, url, status, words, isCertificateRefused } = scanned;
      const isSilent = status === undefined && !isCertificateRefused;
      if (options.showPublicOnly && (isSilent || status === 401)) continue;
      if (out.isJson) {
        out.record(scanned);
        continue;
      }
      const line = printable([shard, url, ...(status === undefined ? [] : [status]), words].join(' '));
      const colour = status === 401 ? 'green' : 'yellow';
      out.line(status === undefined ? line : out.paint('bold', out.paint(colour, line)));
      await out.drained();
    }
    return 0;
  },
});

/** Draws who connects to whom. */
export const accountGraphCommand: Command = defineCommand({
  name: 'account-graph',
  summary: 'Draw the connections between accounts: account-graph (DOT) and account-graph.svg',
  aliases: ['generate-account-graph'],
  positionals,
  options: {
    include: option.string({
      describe: 'Further sources to show, by name',
      placeholder: 'NAME',
      repeatable: true,
      commaSeparated: true,
      default: [],
    }),
    graph: option.string({
      describe: 'File to write the DOT to; the SVG goes next to it',
      placeholder: 'FILE',
      default: 'account-graph',
    }),
    tokenFile,
  },
  handler: async (context) => {
    const { options, out } = context;
    const graph = await readAccountGraph(await clientOf(context, GRAPH_TIMEOUT_MS), options.include);
    await write(options.graph, dotOf(graph));
    await write(`${options.graph}.svg`, svgOf(graph));
    out.result({
      json: { files: [options.graph, `${options.graph}.svg`], ...graph },
      text: () =>
        out.line(
          `${graph.nodes.length} nodes, ${graph.edges.length} edges in ${options.graph} and ${options.graph}.svg`,
        ),
    });
    return 0;
  },
});

async function clientOf({ options, env, signal }: Asking, timeoutMs?: number): Promise<TrackerClient> {
  const token = await clientToken(options.tokenFile, env);
  return trackerClient({
    url: options.url,
    token,
    signal,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    throw new CliError(`${file} cannot be written`, { code: 'NET_TRACKER_CLIENT', cause });
  }
}

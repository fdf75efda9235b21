import { type OptionsFor, option, UsageError } from '@net/cli';
import { parseBlock } from '@net/iproute';

import { defaultStateDirectory, type Host } from '../host.js';
import { checkSettings, defaultSettings } from '../settings.js';
import { createFactsReader, type SourceName } from '../sources/choose.js';

const numbers = 'Numbers and marks';

/** Values of the options that say which host and what is wanted. */
export interface HostValues {
  readonly source: SourceName;
  readonly interfacesFile: string | undefined;
  readonly interface: readonly string[];
  readonly exclude: readonly string[];
  readonly prefix: readonly { readonly interface: string; readonly block: string }[];
  readonly connmark: boolean;
  readonly connmarkMask: number;
  readonly masquerade: boolean;
  readonly priority: number;
  readonly table: number;
  readonly protocol: number;
  readonly namespace: string | undefined;
  readonly stateDir: string | undefined;
  readonly imdsEndpoint: string | undefined;
  readonly imdsTimeout: number;
}

/** The options that say which host and what is wanted. */
export const hostOptions: OptionsFor<HostValues> = {
  source: option.choice({
    choices: ['auto', 'imds', 'kernel', 'file'],
    describe: 'Where addresses are known from besides the kernel; auto asks IMDSv2 and goes on without it',
    default: 'auto',
  }),
  interfacesFile: option.string({ describe: 'JSON file for the source "file"', placeholder: 'FILE' }),
  interface: option.string({
    short: 'i',
    describe: 'Interfaces to manage, with * and ?; default: physical ones and those IMDS names',
    placeholder: 'NAME',
    repeatable: true,
    commaSeparated: true,
    default: [],
  }),
  exclude: option.string({
    describe: 'Interfaces to leave alone, with * and ?',
    placeholder: 'NAME',
    repeatable: true,
    commaSeparated: true,
    default: [],
  }),
  prefix: option.value({
    describe: 'A prefix delegated to an interface that no source tells',
    placeholder: 'NAME=CIDR',
    repeatable: true,
    default: [],
    parse: parsePrefix,
  }),
  connmark: option.flag({
    describe: 'Mark connections, for forwarded traffic and addresses that are not local',
  }),
  connmarkMask: option.value({
    describe: 'Bits of the mark to use',
    placeholder: 'MASK',
    default: '0x00ff0000',
    group: numbers,
    parse: parseMask,
  }),
  masquerade: option.flag({ describe: 'Rewrite the source of forwarded packets (hides real sources)' }),
  priority: option.integer({
    describe: 'First priority of the address rules',
    default: defaultSettings.priority,
    group: numbers,
  }),
  table: option.integer({ describe: 'First routing table', default: defaultSettings.table, group: numbers }),
  protocol: option.integer({
    describe: 'Protocol number that marks what is ours',
    default: defaultSettings.protocol,
    group: numbers,
  }),
  namespace: option.string({
    short: 'n',
    describe: 'Network namespace to work in, by name or path',
    placeholder: 'NAME',
  }),
  stateDir: option.string({
    describe: 'Folder for the lock and an unconfirmed change',
    placeholder: 'DIR',
    defaultText: '/run/multi-eni-routing',
  }),
  imdsEndpoint: option.string({
    describe: 'Address of the instance metadata service',
    placeholder: 'URL',
    env: ['AWS_EC2_METADATA_SERVICE_ENDPOINT'],
    defaultText: 'http://169.254.169.254',
  }),
  imdsTimeout: option.duration({
    describe: 'Longest wait for one answer of it',
    default: 1000,
    min: 10,
    max: 60_000,
  }),
};

/** The host that the options describe. */
export function hostOf(values: HostValues): Host {
  if (values.source === 'file' && values.interfacesFile === undefined)
    throw new UsageError('--source file needs --interfaces-file FILE');
  return {
    settings: checkSettings({
      interfaces: values.interface,
      exclude: values.exclude,
      prefixes: values.prefix,
      priority: values.priority,
      table: values.table,
      protocol: values.protocol,
      connmark: values.connmark,
      connmarkMask: values.connmarkMask,
      masquerade: values.masquerade,
    }),
    readFacts: createFactsReader({
      source: values.source,
      file: values.interfacesFile,
      endpoint: values.imdsEndpoint,
      timeoutMs: values.imdsTimeout,
    }),
    run: { namespace: values.namespace },
    stateDirectory: values.stateDir ?? defaultStateDirectory(values.namespace),
  };
}

/** Options that were given, as words for a service that runs with the same. */
export function optionWords(
  effective: readonly { readonly name: string; readonly value: unknown; readonly origin: string }[],
): string[] {
  const known = new Set(
    Object.keys(hostOptions).map((key) => key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)),
  );
  const words: string[] = [];
  for (const { name, value, origin } of effective) {
    const flag = name.replace(/^--/, '');
    if (!known.has(flag) || origin === 'default' || origin === 'not set') continue;
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (item === true) words.push(`--${flag}`);
      else if (item !== false && item !== undefined) words.push(`--${flag}=${wordOf(flag, item)}`);
    }
  }
  return words;
}

function wordOf(flag: string, value: unknown): string {
  if (flag === 'prefix' && typeof value === 'object') {
    const { interface: name, block } = value as { interface: string; block: string };
    return `${name}=${block}`;
  }
  if (flag === 'imds-timeout' && typeof value === 'number') return `${String(value)}ms`;
  return String(value);
}

function parsePrefix(text: string): { readonly interface: string; readonly block: string } {
  const at = text.lastIndexOf('=');
  const block = text.slice(at + 1);
  if (at < 1 || parseBlock(block) === undefined || !block.includes('/')) throw new Error('is not NAME=CIDR');
  return { interface: text.slice(0, at), block };
}

function parseMask(text: string): number {
  if (!/^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) || Number(text) > 0xffffffff)
    throw new Error('is not a mask of 32 bits');
  return Number(text);
}

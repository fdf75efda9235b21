import { type Command, defineCommand, option } from '@net/cli';
import { parseAddress, printable } from '@net/iproute';

import { hostOf, hostOptions } from './options.js';

/** `status`: what is there and whether it is as wanted. */
export const statusCommand: Command = defineCommand({
  name: 'status',
  summary: 'Show the interfaces, what is ours, and whether it is as wanted',
  options: hostOptions,
  handler: async ({ options, out, signal }) => {
    const { readStatus } = await import('../status.js');
    const status = await readStatus(hostOf(options), signal);
    out.result({
      json: { schemaVersion: 1, ...status },
      text: () => {
        out.table(status.interfaces, [
          { title: 'INTERFACE', value: (item) => printable(item.name) },
          { title: 'TABLE', value: (item) => item.table },
          { title: 'STATE', value: (item) => (item.up ? 'up' : 'down') },
          { title: 'ADDRESSES', value: (item) => item.addresses.length },
          { title: 'PREFIXES', value: (item) => item.prefixes.length },
          { title: 'SUBNETS', value: (item) => item.subnets.join(' ') },
          {
            title: 'GATEWAYS',
            value: (item) =>
              [item.gateways.inet?.address, item.gateways.inet6?.address].filter(Boolean).join(' '),
          },
        ]);
        const { owned } = status;
        out.line(
          `${status.state}; ours: ${owned.routes} routes, ${owned.rules} rules${owned.nftTable ? ', 1 nftables table' : ''}`,
        );
        if (status.differences > 0) out.line(`apply would take ${status.differences} actions`);
        for (const text of status.conflicts) out.line(`conflict: ${printable(text)}`);
        if (status.pendingSeconds !== undefined)
          out.line(`an unconfirmed change is taken back in ${Math.ceil(status.pendingSeconds)} s`);
        for (const note of status.notes) out.line(`note: ${printable(note)}`);
      },
    });
    return status.state === 'differs' ? 1 : 0;
  },
});

/** `explain SRC DST`: which way a packet goes. */
export const explainCommand: Command = defineCommand({
  name: 'explain',
  summary: 'Say which way a packet from SRC to DST goes, and whether that is right',
  options: {
    ...hostOptions,
    mark: option.integer({ describe: 'Firewall mark of the packet', min: 0, max: 0xffffffff }),
  },
  positionals: {
    src: option.value({ describe: 'Source address', parse: parseIp, required: true }),
    dst: option.value({ describe: 'Destination address', parse: parseIp, required: true }),
  },
  examples: [{ command: 'multi-eni-routing explain 10.0.2.10 198.51.100.7', does: 'the way of an answer' }],
  handler: async ({ options, out }) => {
    const { explainPath } = await import('../explain.js');
    const question = { source: options.src, destination: options.dst, mark: options.mark };
    const explanation = await explainPath(hostOf(options), question);
    out.result({
      json: { schemaVersion: 1, ...explanation },
      text: () => {
        out.line(`${explanation.verdict}: ${explanation.words}`);
        for (const rule of explanation.rules) out.line(`  ${rule}`);
      },
    });
    return explanation.verdict === 'wrong' || explanation.verdict === 'no way' ? 1 : 0;
  },
});

/** `doctor`: who else writes rules here. */
export const doctorCommand: Command = defineCommand({
  name: 'doctor',
  summary: 'Find who else writes routes and rules here, and what clashes',
  options: {
    ...hostOptions,
    root: option.string({
      describe: "Folder in which the host's files are",
      default: '/',
      placeholder: 'DIR',
    }),
  },
  handler: async ({ options, out }) => {
    const { examineHost } = await import('../doctor.js');
    const findings = await examineHost(hostOf(options), options.root);
    out.result({
      json: { schemaVersion: 1, findings },
      text: () => {
        for (const item of findings) {
          out.line(`${item.level}: ${item.words} [${item.id}]`);
          if (item.remedy !== undefined) out.line(`  ${item.remedy}`);
        }
        if (findings.length === 0) out.line('nothing found');
      },
    });
    return findings.some((item) => item.level === 'problem') ? 1 : 0;
  },
});

function parseIp(text: string): string {
  if (parseAddress(text) === undefined) throw new Error('is not an IP address');
  return text;
}

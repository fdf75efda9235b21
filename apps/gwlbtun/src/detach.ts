import { persistDirectory, persistDirectoryOf } from './options.js';
import { toUserError } from './to-user-error.js';
import { type Command, defineCommand, option } from '@net/cli';
import { type KernelRemnant, listKernelState, removeKernelState } from '@net/geneve-native';

/** `gwlbtun detach`: removes what a handler with `--persist` left. Nothing there is a success, too. */
export const detach: Command = defineCommand({
  name: 'detach',
  summary: 'Remove what run --persist left in the kernel: programs, interfaces, maps',
  options: {
    genevePort: option.integer({ default: 6081, min: 1, max: 65_535, describe: 'UDP port of Geneve' }),
    persistDirectory,
    dryRun: option.flag({ describe: 'Say what would be removed' }),
  },
  description:
    'Forwarding ends with it. Refused while a handler runs with the directory: stop that one, which removes everything ' +
    'by itself. DESTROY hooks are not run, so rules that CREATE hooks made stay.',
  examples: [{ command: 'gwlbtun detach --dry-run', does: 'list what is left' }],
  handler: (context) => {
    const { genevePort, persistDirectory: given, dryRun } = context.options;
    const directory = given ?? persistDirectoryOf(genevePort);
    let remnants: readonly KernelRemnant[];
    try {
      remnants = dryRun ? listKernelState(directory) : removeKernelState(directory);
    } catch (error) {
      throw toUserError(error);
    }
    if (context.json) context.out.json({ schemaVersion: 1, directory, dryRun, remnants });
    else context.out.text(remnantsText(remnants, directory, dryRun));
    return Promise.resolve(0);
  },
});

function remnantsText(remnants: readonly KernelRemnant[], directory: string, dryRun: boolean): string {
  if (remnants.length === 0) return `nothing under ${directory}\n`;
  const word = dryRun ? 'would remove' : 'removed';
  return remnants
    .map(
      ({ kind, name, device }) => `${word} ${kind} ${name}${device === 0 ? '' : ` (interface ${device})`}\n`,
    )
    .join('');
}

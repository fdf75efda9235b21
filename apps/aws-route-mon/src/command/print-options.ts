import { option, type OptionsFor } from '@net/cli';

/** Values of the options that print something and end. */
export interface PrintValues {
  readonly printIamPolicy: boolean;
  readonly printSystemdUnit: boolean;
}

const group = 'Print and end';

export const printOptions: OptionsFor<PrintValues> = {
  printIamPolicy: option.flag({ describe: 'The least IAM policy for these options', group, env: false }),
  printSystemdUnit: option.flag({ describe: 'A systemd unit for the daemon', group, env: false }),
};

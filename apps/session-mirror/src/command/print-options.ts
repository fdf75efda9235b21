import { printPolicy } from '@net/aws-core';
import { option, type OptionsFor } from '@net/cli';
import { type PolicyPart, policyParts, sessionMirrorPolicy } from './iam-policy.js';

/** Values of the options that print something and end. */
export interface PrintValues {
  readonly printIamPolicy: PolicyPart | undefined;
}

export const printOptions: OptionsFor<PrintValues> = {
  printIamPolicy: option.choice({
    choices: policyParts,
    describe: 'The least IAM policy: to plan, to tap, to set the tags, to make targets',
    group: 'Print and end',
    env: false,
  }),
};

/** What is to be printed instead of anything being done; undefined: nothing. */
export function printed({ printIamPolicy }: PrintValues): string | undefined {
  return printIamPolicy === undefined ? undefined : `${printPolicy(sessionMirrorPolicy(printIamPolicy))}\n`;
}

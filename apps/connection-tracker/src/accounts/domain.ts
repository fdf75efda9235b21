import { TrackerError } from '../errors.js';
import type { Account } from './account.js';

/** Host names under an account's domain, by the template of DOMAIN. */
export type DomainTemplate = (account: Account) => string | undefined;

/**
 * Reads a domain template such as `{account_name}.example.org`. The domain of an account without a name, or with one
 * that is no part of a host name, is undefined.
 *
 * @throws {TrackerError} NET_TRACKER_CONFIG for a template that cannot make a host name
 */
export function parseDomainTemplate(text: string): DomainTemplate {
  const fields = [...text.matchAll(/\{([^}]*)\}/g)].map(([, field]) => field);
  const unknown = fields.find((field) => field !== 'account_name' && field !== 'account_id');
  const around = text.replaceAll(/\{[^}]*\}/g, 'x');
  if (unknown !== undefined || !isHostName(around)) {
    throw new TrackerError('NET_TRACKER_CONFIG', `${JSON.stringify(text)} is not a domain template`, {
      hint: 'Write one such as {account_name}.example.org; {account_id} is known too.',
    });
  }
  return ({ id, name }) => {
    if (name === undefined && fields.includes('account_name')) return undefined;
    const domain = text.replaceAll('{account_name}', name ?? '').replaceAll('{account_id}', id);
    return isHostName(domain) ? domain : undefined;
  };
}

function isHostName(text: string): boolean {
  return (
    text.length <= 200 &&
    /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/i.test(text)
  );
}

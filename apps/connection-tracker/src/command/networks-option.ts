import { type Log, option, type Option } from '@net/cli';
import { type Networks, parseNetworks } from '../names/networks.js';

/** Named networks, as the original's NETWORKS. */
export const networksOption: Option<Networks | undefined> = option.value({
  describe: 'Names of networks of sources: name=cidr,name=cidr',
  placeholder: 'LIST',
  defaultText: 'none',
  env: ['NETWORKS'],
  parse: parseNetworks,
});

/** The networks, of which the items that are left out are told. */
export function networksOf(given: Networks | undefined, log: Log): Networks {
  const networks = given ?? parseNetworks('');
  for (const { position, reason } of networks.rejected)
    log.warn('networks.rejected', `NETWORKS, item ${position} is left out: ${reason}`);
  return networks;
}

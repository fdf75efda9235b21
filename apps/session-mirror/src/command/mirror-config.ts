import { type MirrorConfig, mirrorDefaults } from '../policy/config.js';
import { readFilterFile } from '../filter-file/read-filter-file.js';
import type { PolicyValues } from './options.js';

/** The configuration of the options; a packet length or network id that is given wins over the file's. */
export async function mirrorConfig(values: PolicyValues): Promise<MirrorConfig> {
  const file = values.filter === undefined ? undefined : await readFilterFile(values.filter);
  return {
    ...mirrorDefaults,
    tagPrefix: values.tagPrefix,
    creator: values.creator,
    filter: file?.filter ?? mirrorDefaults.filter,
    packetLength: values.packetLength ?? file?.packetLength,
    virtualNetworkId: values.virtualNetworkId ?? file?.virtualNetworkId,
    sessionNumbers: values.sessionNumbers,
    limits: { ...mirrorDefaults.limits, sourcesPerInterfaceTarget: values.maxSources },
    guards: {
      ...mirrorDefaults.guards,
      maxDeletePercent: values.maxDeletePercent,
      // Over all accounts and regions: looked at where the plans come together.
      maxMonthlyCost: undefined,
    },
    hourlyPrice: values.hourlyPrice,
  };
}

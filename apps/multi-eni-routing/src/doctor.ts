import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { NftRuleset, Snapshot } from '@net/iproute';
import { observe, ownsRoute, ownsRule, printable, readNftables } from '@net/iproute';

import type { Host } from './host.js';
import { surveyInterfaces } from './interfaces.js';
import { hasLeftovers, planImport, readOriginal } from './original.js';
import { ownershipOf, prioritiesOf, type Settings } from './settings.js';

/** One thing that the doctor looked at. */
export interface Finding {
  readonly id: string;
  /** `problem` breaks this tool or is broken by it; `warning` may; `note` is good to know. */
  readonly level: 'problem' | 'warning' | 'note';
  readonly words: string;
  readonly remedy: string | undefined;
}

/** What the doctor reads; plain, so that it can be made up in tests. */
export interface Symptoms {
  readonly snapshot: Snapshot;
  readonly ruleset: NftRuleset | undefined;
  readonly settings: Settings;
  /** Names of the managed interfaces. */
  readonly managed: readonly string[];
  /** Content of a file below the root folder; undefined when it cannot be read. */
  readonly file: (path: string) => string | undefined;
  /** Names in a folder below the root folder. */
  readonly folder: (path: string) => readonly string[];
}

/** Examines a host. `root` is the folder in which the host's files are looked up, `/` outside of tests. */
export async function examineHost(host: Host, root = '/'): Promise<readonly Finding[]> {
  const [snapshot, ruleset, facts] = await Promise.all([
    observe(host.run),
    readNftables(host.run).catch(() => undefined),
    host.readFacts(),
  ]);
  const survey = surveyInterfaces(snapshot, facts, host.settings);
  const file = (path: string): string | undefined => {
    try {
      return readFileSync(join(root, path), 'utf8');
    } catch {
      return undefined;
    }
  };
  const folder = (path: string): readonly string[] => {
    try {
      return readdirSync(join(root, path));
    } catch {
      return [];
    }
  };
  const managed = survey.interfaces.map((item) => item.name);
  const findings = diagnose({ snapshot, ruleset, settings: host.settings, managed, file, folder });
  const original = planImport(await readOriginal(host.run, root));
  if (hasLeftovers(original))
    return [
      ...findings,
      {
        id: 'original-leftovers',
        level: 'warning',
        words: `the original multi-eni-routing.sh left ${original.summary.join(', ')}`,
        remedy: 'remove them with: multi-eni-routing import',
      },
    ];
  return findings;
}

/** Who else writes rules here, and what clashes. Pure. */
export function diagnose(symptoms: Symptoms): readonly Finding[] {
  return [
    ...networkd(symptoms),
    ...netplan(symptoms),
    ...cloudInit(symptoms),
    ...netUtils(symptoms),
    ...vpcCni(symptoms),
    ...docker(symptoms),
    ...foreignNumbers(symptoms),
    ...marks(symptoms),
    ...reversePath(symptoms),
  ];
}

function networkd({ file, folder }: Symptoms): Finding[] {
  const running = folder('run/systemd/netif').length > 0 || folder('run/systemd/netif/links').length > 0;
  if (!running) return [];
  const texts = ['etc', 'run', 'usr/lib'].flatMap((base) => [
    file(`${base}/systemd/networkd.conf`) ?? '',
    ...folder(`${base}/systemd/networkd.conf.d`).map(
      (name) => file(`${base}/systemd/networkd.conf.d/${name}`) ?? '',
    ),
  ]);
  const keeps = (key: string): boolean =>
    texts.some((text) => new RegExp(`^\\s*${key}\\s*=\\s*(no|false|0|off)\\s*$`, 'im').test(text));
  if (keeps('ManageForeignRoutingPolicyRules') && keeps('ManageForeignRoutes')) return [];
  return [
    {
      id: 'networkd-foreign-rules',
      level: 'problem',
      words: 'systemd-networkd removes rules and routes of others when it is restarted or reloads',
      remedy:
        'set ManageForeignRoutingPolicyRules=no and ManageForeignRoutes=no; multi-eni-routing install --networkd writes that file',
    },
  ];
}

function netplan({ file, folder }: Symptoms): Finding[] {
  const files = folder('etc/netplan').filter((name) =>
    /^\s*routing-policy\s*:/m.test(file(`etc/netplan/${name}`) ?? ''),
  );
  if (files.length === 0) return [];
  return [
    {
      id: 'netplan-routing-policy',
      level: 'warning',
      words: `netplan writes rules too: routing-policy in ${files.join(', ')}`,
      remedy: 'keep one of the two: remove the routing-policy sections, then netplan apply',
    },
  ];
}

function cloudInit({ file, folder }: Symptoms): Finding[] {
  const generated = folder('etc/netplan').filter((name) => name.includes('cloud-init'));
  const disabled = folder('etc/cloud/cloud.cfg.d').some((name) =>
    /network\s*:\s*\{\s*config\s*:\s*disabled\s*\}/.test(file(`etc/cloud/cloud.cfg.d/${name}`) ?? ''),
  );
  const policy = generated.some((name) => /routing-policy|table:/.test(file(`etc/netplan/${name}`) ?? ''));
  if (!policy || disabled) return [];
  return [
    {
      id: 'cloud-init-network',
      level: 'warning',
      words: 'cloud-init configures policy routing for secondary interfaces at boot',
      remedy: 'write "network: {config: disabled}" into a file of /etc/cloud/cloud.cfg.d',
    },
  ];
}

function netUtils({ folder }: Symptoms): Finding[] {
  const units = [...folder('usr/lib/systemd/system'), ...folder('lib/systemd/system')];
  if (!units.some((name) => name.startsWith('policy-routes@') || name.startsWith('refresh-policy-routes@')))
    return [];
  return [
    {
      id: 'amazon-ec2-net-utils',
      level: 'problem',
      words:
        'amazon-ec2-net-utils is installed and manages the same interfaces, in the same block of priorities',
      remedy: 'keep one of the two: remove the package amazon-ec2-net-utils, or uninstall this tool',
    },
  ];
}

function vpcCni({ snapshot, ruleset }: Symptoms): Finding[] {
  const priorities = new Set(snapshot.rules.map((rule) => rule.priority));
  const chains = ruleset?.tables.flatMap((table) => table.chains.map((chain) => chain.name)) ?? [];
  const byChain = chains.some((name) => /^AWS-(SNAT|CONNMARK)-CHAIN/.test(name));
  if (!byChain && !(priorities.has(512) && (priorities.has(1024) || priorities.has(1536)))) return [];
  return [
    {
      id: 'vpc-cni',
      level: 'problem',
      words: 'the Amazon VPC CNI plugin manages secondary interfaces of this host for its pods',
      remedy: 'leave its interfaces alone: --exclude them, or do not run this tool on a Kubernetes node',
    },
  ];
}

function docker({ snapshot, settings }: Symptoms): Finding[] {
  const bridges = snapshot.links.filter((link) => link.kind === 'bridge').map((link) => link.name);
  if (bridges.length === 0) return [];
  return [
    {
      id: 'container-bridges',
      level: 'note',
      words: `container bridges: ${bridges.map((name) => printable(name)).join(', ')}; they keep working`,
      remedy: settings.connmark
        ? undefined
        : 'ports published on a secondary interface need --connmark for their answers',
    },
  ];
}

function foreignNumbers({ snapshot, settings }: Symptoms): Finding[] {
  const ownership = ownershipOf(settings);
  const { addressToSubnet } = prioritiesOf(settings);
  const findings: Finding[] = [];
  const rules = snapshot.rules.filter(
    (rule) =>
      !ownsRule(ownership, rule) &&
      rule.priority >= ownership.priorities.first &&
      rule.priority <= ownership.priorities.last,
  );
  if (rules.length > 0)
    findings.push({
      id: 'foreign-rules-in-block',
      level: 'warning',
      words: `${rules.length} rules of others lie in our block of priorities, the first at ${rules[0]?.priority ?? 0}`,
      remedy: 'choose another block with --priority',
    });
  const routes = snapshot.routes.filter(
    (route) =>
      !ownsRoute(ownership, route) &&
      route.table >= ownership.tables.first &&
      route.table <= ownership.tables.last,
  );
  if (routes.length > 0)
    findings.push({
      id: 'foreign-routes-in-block',
      level: 'problem',
      words: `${routes.length} routes of others lie in our block of tables, the first in ${routes[0]?.table ?? 0}`,
      remedy: 'choose another block with --table',
    });
  const strays = snapshot.rules.filter(
    (rule) => rule.protocol === settings.protocol && !ownsRule(ownership, rule),
  );
  if (strays.length > 0)
    findings.push({
      id: 'our-mark-elsewhere',
      level: 'warning',
      words: `${strays.length} rules outside of our block carry protocol ${settings.protocol}`,
      remedy: 'another program uses this number, or --priority was changed: flush with the old value first',
    });
  const before = snapshot.rules.filter(
    (rule) =>
      rule.priority > 0 &&
      rule.priority < addressToSubnet &&
      rule.action === 'lookup' &&
      !rule.not &&
      rule.mark === undefined,
  );
  if (before.length > 0)
    findings.push({
      id: 'rules-before-ours',
      level: 'note',
      words: `${before.length} rules of others come before ours and win, the first at ${before[0]?.priority ?? 0}`,
      remedy: undefined,
    });
  return findings;
}

function marks({ snapshot, settings }: Symptoms): Finding[] {
  if (!settings.connmark) return [];
  const ownership = ownershipOf(settings);
  const clash = snapshot.rules.find(
    (rule) =>
      !ownsRule(ownership, rule) &&
      rule.mark !== undefined &&
      ((rule.markMask ?? 0) & settings.connmarkMask) !== 0,
  );
  if (clash === undefined) return [];
  return [
    {
      id: 'mark-clash',
      level: 'warning',
      words: `rule ${clash.priority} looks at mark bits that --connmark uses`,
      remedy: 'choose other bits with --connmark-mask',
    },
  ];
}

function reversePath({ file, managed, settings }: Symptoms): Finding[] {
  if (!settings.connmark) return [];
  const read = (name: string): number =>
    Number(file(`proc/sys/net/ipv4/conf/${name}/rp_filter`)?.trim() ?? 0);
  const strict = managed.filter((name) => Math.max(read('all'), read(name)) === 1);
  if (strict.length === 0) return [];
  return [
    {
      id: 'strict-rp-filter',
      level: 'problem',
      words: `strict rp_filter on ${strict.map((name) => printable(name)).join(', ')} drops forwarded connections`,
      remedy: `sysctl -w ${strict.map((name) => `net.ipv4.conf.${name}.rp_filter=2`).join(' ')}`,
    },
  ];
}

import { execFileSync } from 'node:child_process';

/** One network interface of the host in the demonstration, and its port at the router. */
export interface WorldEni {
  readonly name: string;
  readonly addresses: readonly string[];
  /** Gateway and length of the subnet, per family. */
  readonly subnets: readonly string[];
  readonly prefixes: readonly string[];
}

/** Network namespaces that stand for an instance, its VPC and the internet. */
export interface World {
  readonly host: string;
  readonly router: string;
  readonly client: string;
  /** A neighbour of the host in the subnet that its first two interfaces share. */
  readonly peer: string;
  /** A container behind a bridge of its own range. */
  readonly container: string;
  /** A container with an address of the delegated prefix. */
  readonly pod: string;
  readonly enis: readonly WorldEni[];
  /** Runs a program inside of one of them and gives its stdout. */
  exec(namespace: string, command: string, ...args: string[]): string;
  /** `ip` inside of one of them, lines separated by newlines. */
  ip(namespace: string, lines: string): void;
  /** Attaches another interface to the running host, addresses included. */
  attach(eni: WorldEni): void;
  remove(): void;
}

/** Addresses of the demonstration, all from documentation ranges or private ones. */
export const worldAddresses = {
  client: '198.51.100.7',
  client6: '2001:db8:ffff::7',
  peer: '10.0.1.50',
  peer6: '2001:db8:1::50',
  container: '172.17.0.2',
  pod: '10.0.2.18',
} as const;

/**
 * The interfaces of the host: two in one subnet, one in another with a delegated prefix, one whose name needs
 * care, each with a secondary address and IPv6.
 */
export const worldEnis: readonly WorldEni[] = [
  {
    name: 'ens5',
    addresses: ['10.0.1.10', '10.0.1.11', '2001:db8:1::10', '2001:db8:1::11'],
    subnets: ['10.0.1.1/24', '2001:db8:1::1/64'],
    prefixes: [],
  },
  {
    name: 'ens6',
    addresses: ['10.0.1.20', '10.0.1.21', '2001:db8:1::20'],
    subnets: ['10.0.1.1/24', '2001:db8:1::1/64'],
    prefixes: [],
  },
  {
    name: 'enX2',
    addresses: ['10.0.2.10', '10.0.2.11', '2001:db8:2::10'],
    subnets: ['10.0.2.1/24', '2001:db8:2::1/64'],
    prefixes: ['10.0.2.16/28', '2001:db8:2:0:a::/80'],
  },
  {
    name: "odd#'4",
    addresses: ['10.0.3.10', '2001:db8:3::10'],
    subnets: ['10.0.3.1/24', '2001:db8:3::1/64'],
    prefixes: [],
  },
];

/**
 * Makes the namespaces. The router stands for the VPC: every interface has a port of its own there, and a packet
 * whose source address does not belong to the port is dropped (strict rp_filter; nftables for IPv6), as EC2's
 * source check does. Needs root. Names begin with `label`.
 */
export function createWorld(label: string, options: { readonly hostRpFilter?: 0 | 1 | 2 } = {}): World {
  const names = { host: '', router: '', client: '', peer: '', container: '', pod: '' };
  for (const key of Object.keys(names) as (keyof typeof names)[]) names[key] = `${label}-${key}`;
  const exec = (namespace: string, command: string, ...args: string[]): string =>
    execFileSync('ip', ['netns', 'exec', namespace, command, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const ip = (namespace: string, lines: string): void => {
    execFileSync('ip', ['-n', namespace, '-batch', '-'], { input: lines, stdio: ['pipe', 'ignore', 'pipe'] });
  };
  const sysctl = (namespace: string, settings: Readonly<Record<string, string | number>>): void => {
    const words = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
    exec(namespace, 'sysctl', '-q', '-w', ...words);
  };
  const made: string[] = [];
  const remove = (): void => {
    for (const name of made)
      try {
        execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
      } catch {
        // Gone already.
      }
  };
  const enis: WorldEni[] = [];
  const portOf = (eni: WorldEni): string => `port${enis.indexOf(eni)}`;
  const connect = (eni: WorldEni): void => {
    enis.push(eni);
    const port = portOf(eni);
    const { host, router } = names;
    // A name with quotes and comment signs is no word of a batch: it goes as an argument.
    execFileSync('ip', [
      '-n',
      host,
      'link',
      'add',
      'name',
      eni.name,
      'type',
      'veth',
      'peer',
      'name',
      port,
      'netns',
      router,
    ]);
    connectPort(router, port, eni.addresses, eni.subnets, eni.prefixes);
    for (const address of eni.addresses) {
      const length =
        eni.subnets.find((text) => text.includes(':') === address.includes(':'))?.split('/')[1] ?? '32';
      const nodad = address.includes(':') ? ['nodad'] : [];
      execFileSync('ip', ['-n', host, 'address', 'add', `${address}/${length}`, 'dev', eni.name, ...nodad]);
    }
    execFileSync('ip', ['-n', host, 'link', 'set', eni.name, 'up']);
  };
  const connectPort = (
    router: string,
    port: string,
    addresses: readonly string[],
    subnets: readonly string[],
    prefixes: readonly string[],
  ): void => {
    const owned = [...addresses.map((text) => `${text}/${text.includes(':') ? 128 : 32}`), ...prefixes];
    const gateways = subnets.map((text) => text.split('/')[0] ?? '');
    const inet6 = owned.filter((text) => text.includes(':'));
    ip(router, `link set ${port} up\n`);
    sysctl(router, {
      [`net.ipv4.conf.${port}.rp_filter`]: 1,
      [`net.ipv4.conf.${port}.proxy_arp`]: 1,
      [`net.ipv6.conf.${port}.proxy_ndp`]: 1,
    });
    ip(
      router,
      [
        ...gateways.map(
          (text) =>
            `address add ${text}/${text.includes(':') ? '128' : '32'} dev ${port}${text.includes(':') ? ' nodad' : ''}`,
        ),
        ...owned.map((text) => `route add ${text} dev ${port}`),
      ].join('\n') + '\n',
    );
    // A neighbour answers for the others of the subnet through the router, as in a VPC.
    exec(
      router,
      'nft',
      `add rule inet vpc forward iifname "${port}" ip6 saddr != { ${[...inet6, 'fe80::/10'].join(', ')} } drop`,
    );
    for (const text of prefixes) {
      // Addresses of a delegated prefix lie behind the interface's first address.
      const first = addresses.find((address) => address.includes(':') === text.includes(':'));
      if (first !== undefined) ip(router, `route replace ${text} via ${first} dev ${port} onlink\n`);
    }
  };
  try {
    for (const name of Object.values(names)) {
      execFileSync('ip', ['netns', 'add', name]);
      made.push(name);
      sysctl(name, { 'net.ipv6.conf.default.accept_dad': 0 });
      ip(name, 'link set lo up\n');
    }
    const { host, router, client, peer, container, pod } = names;
    exec(
      router,
      'nft',
      'add table inet vpc; add chain inet vpc forward { type filter hook forward priority 0; }',
    );
    sysctl(router, {
      'net.ipv4.ip_forward': 1,
      'net.ipv6.conf.all.forwarding': 1,
      'net.ipv4.conf.all.rp_filter': 1,
    });
    sysctl(host, {
      'net.ipv4.ip_forward': 1,
      'net.ipv6.conf.all.forwarding': 1,
      'net.ipv4.conf.all.rp_filter': options.hostRpFilter ?? 1,
      'net.ipv4.conf.default.rp_filter': options.hostRpFilter ?? 1,
    });
    ip(client, `link add eth0 type veth peer name internet netns ${router}\n`);
    connectPort(
      router,
      'internet',
      [worldAddresses.client, worldAddresses.client6],
      ['198.51.100.1/24', '2001:db8:ffff::1/64'],
      [],
    );
    ip(
      client,
      `address add ${worldAddresses.client}/24 dev eth0\naddress add ${worldAddresses.client6}/64 dev eth0 nodad\nlink set eth0 up\nroute add default via 198.51.100.1\nroute add default via 2001:db8:ffff::1\n`,
    );
    ip(peer, `link add eth0 type veth peer name portpeer netns ${router}\n`);
    connectPort(
      router,
      'portpeer',
      [worldAddresses.peer, worldAddresses.peer6],
      ['10.0.1.1/24', '2001:db8:1::1/64'],
      [],
    );
    ip(
      peer,
      `address add ${worldAddresses.peer}/24 dev eth0\naddress add ${worldAddresses.peer6}/64 dev eth0 nodad\nlink set eth0 up\nroute add default via 10.0.1.1\nroute add default via 2001:db8:1::1\n`,
    );
    for (const eni of worldEnis) connect(eni);
    answerForNeighbours(ip, router, enis, worldAddresses.peer6);
    ip(host, 'route add default via 10.0.1.1 dev ens5\nroute add default via 2001:db8:1::1 dev ens5\n');
    for (const [namespace, bridge, gateway, address, length] of [
      [container, 'docker0', '172.17.0.1', worldAddresses.container, 16],
      [pod, 'pods', '10.0.2.17', worldAddresses.pod, 28],
    ] as const) {
      ip(
        host,
        `link add ${bridge} type bridge\naddress add ${gateway}/${length} dev ${bridge}\nlink set ${bridge} up\n`,
      );
      ip(
        host,
        `link add v${bridge} type veth peer name eth0 netns ${namespace}\nlink set v${bridge} master ${bridge}\nlink set v${bridge} up\n`,
      );
      ip(
        namespace,
        `address add ${address}/${length} dev eth0\nlink set eth0 up\nroute add default via ${gateway}\n`,
      );
    }
  } catch (error) {
    remove();
    throw error;
  }
  return {
    ...names,
    enis,
    exec,
    ip,
    attach: (eni) => {
      connect(eni);
      answerForNeighbours(ip, names.router, enis, worldAddresses.peer6);
    },
    remove,
  };
}

// Proxy ARP answers for whole routes; its IPv6 counterpart wants every neighbour by name.
function answerForNeighbours(
  ip: World['ip'],
  router: string,
  enis: readonly WorldEni[],
  peer6: string,
): void {
  const ports = [
    ...enis.map((eni, index) => ({
      port: `port${index}`,
      addresses: eni.addresses.filter((text) => text.includes(':')),
    })),
    { port: 'portpeer', addresses: [peer6] },
  ];
  const lines = ports.flatMap(({ port, addresses }) =>
    ports
      .filter((other) => other.port !== port)
      .flatMap((other) => other.addresses)
      .filter((text) => !addresses.includes(text))
      .map((text) => `neigh replace proxy ${text} dev ${port}`),
  );
  ip(router, `${lines.join('\n')}\n`);
}

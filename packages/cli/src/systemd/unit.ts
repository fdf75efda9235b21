/** A systemd service as data. */
export interface SystemdService {
  readonly description: string;
  readonly documentation?: string;
  /** Program (absolute path) and arguments, each as the program shall see it. */
  readonly execStart: readonly string[];
  /** Run before the program, and after it has ended. */
  readonly execStartPre?: readonly string[];
  readonly execStopPost?: readonly string[];
  /**
   * `exec` (default): started when the program runs. `notify`: started when it says so through
   * `createServiceNotifier`. `oneshot`: runs to its end.
   */
  readonly type?: 'exec' | 'notify' | 'oneshot';
  /** With `oneshot`: stays active after the program's end. */
  readonly remainAfterExit?: boolean;
  /** Units to start after; default: the network is online. */
  readonly after?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of `NAME=value` lines; one that is missing is no error. */
  readonly environmentFiles?: readonly string[];
  /** Default `on-failure`, `no` for `oneshot`. */
  readonly restart?: 'no' | 'on-failure' | 'always';
  readonly restartSeconds?: number;
  /** Seconds without a sign of life after which systemd restarts a `notify` service. */
  readonly watchdogSeconds?: number;
  /** Exit codes that count as success besides 0. */
  readonly successExitStatus?: readonly number[];
  /** Account; default a dynamic one when no capability is needed, else root. */
  readonly user?: string;
  /** Linux capabilities that it keeps, such as `CAP_NET_ADMIN`. */
  readonly capabilities?: readonly string[];
  /** Address families beyond UNIX, IPv4 and IPv6, such as `AF_NETLINK`. */
  readonly addressFamilies?: readonly string[];
  /** Devices it opens, such as `/dev/net/tun`. */
  readonly devices?: readonly string[];
  /** Name of its folder below /var/lib. */
  readonly stateDirectory?: string;
  /** Paths it writes to, besides its own folders. */
  readonly readWritePaths?: readonly string[];
  /** It changes kernel settings under /proc/sys. */
  readonly changesKernelSettings?: boolean;
}

/** A systemd timer as data. */
export interface SystemdTimer {
  readonly description: string;
  /** Seconds from one end to the next start. */
  readonly everySeconds: number;
}

/**
 * The text of a service unit, with everything shut that the service does not name. Throws a TypeError for texts
 * that a unit file cannot carry (line breaks, NUL). See systemd.service(5) and systemd.exec(5).
 */
export function systemdServiceUnit(service: SystemdService): string {
  const type = service.type ?? 'exec';
  const after = service.after ?? ['network-online.target'];
  const lines: Lines = [
    ['Type', type],
    ['NotifyAccess', type === 'notify' ? 'all' : undefined],
    ['RemainAfterExit', service.remainAfterExit],
    ...Object.entries(service.environment ?? {}).map(
      ([name, value]) => ['Environment', quoteWord(`${name}=${value}`.replaceAll('%', '%%'))] as const,
    ),
    ...(service.environmentFiles ?? []).map(
      (file) => ['EnvironmentFile', `-${escapeSpecifiers(file)}`] as const,
    ),
    ['ExecStartPre', service.execStartPre && commandLine(service.execStartPre)],
    ['ExecStart', commandLine(service.execStart)],
    ['ExecStopPost', service.execStopPost && commandLine(service.execStopPost)],
    ['Restart', service.restart ?? (type === 'oneshot' ? 'no' : 'on-failure')],
    ['RestartSec', service.restartSeconds],
    ['WatchdogSec', service.watchdogSeconds],
    ['SuccessExitStatus', service.successExitStatus?.join(' ')],
    ...hardening(service),
  ];
  return section('Unit', [
    ['Description', escapeSpecifiers(service.description)],
    ['Documentation', service.documentation && escapeSpecifiers(service.documentation)],
    ['Wants', after.includes('network-online.target') ? 'network-online.target' : undefined],
    ['After', after.join(' ')],
  ])
    .concat('\n', section('Service', lines), '\n')
    .concat(section('Install', [['WantedBy', 'multi-user.target']]));
}

/** The text of a timer unit that starts the service of the same name again and again. */
export function systemdTimerUnit(timer: SystemdTimer): string {
  return section('Unit', [['Description', escapeSpecifiers(timer.description)]])
    .concat('\n')
    .concat(
      section('Timer', [
        ['OnBootSec', 0],
        ['OnUnitInactiveSec', timer.everySeconds],
        ['AccuracySec', '1s'],
      ]),
    )
    .concat('\n', section('Install', [['WantedBy', 'timers.target']]));
}

/** `undefined` and empty texts leave a line out; `null` writes it without a value, which takes everything away. */
type Lines = readonly (readonly [string, string | number | boolean | undefined | null])[];

function section(name: string, lines: Lines): string {
  const text = lines.flatMap(([key, value]) => {
    if (value === undefined || value === '') return [];
    if (value === null) return [`${key}=\n`];
    return [`${key}=${typeof value === 'boolean' ? (value ? 'yes' : 'no') : oneLine(String(value))}\n`];
  });
  return `[${name}]\n${text.join('')}`;
}

function hardening(service: SystemdService): Lines {
  const capabilities = service.capabilities ?? [];
  const isDynamic = service.user === undefined && capabilities.length === 0;
  return [
    ['User', service.user],
    ['DynamicUser', isDynamic ? true : undefined],
    ['AmbientCapabilities', service.user === undefined ? undefined : capabilities.join(' ')],
    ['CapabilityBoundingSet', capabilities.length === 0 ? null : capabilities.join(' ')],
    ['UMask', isDynamic ? '0077' : undefined],
    ['StateDirectory', service.stateDirectory],
    ['ReadWritePaths', service.readWritePaths?.map(quoteWord).join(' ')],
    ['NoNewPrivileges', true],
    ['ProtectSystem', 'strict'],
    ['ProtectHome', true],
    ['PrivateTmp', true],
    ['PrivateDevices', service.devices === undefined ? true : undefined],
    ['DevicePolicy', service.devices === undefined ? undefined : 'closed'],
    ...(service.devices ?? []).map((device) => ['DeviceAllow', `${device} rw`] as const),
    ['ProtectKernelTunables', service.changesKernelSettings ? undefined : true],
    ['ProtectKernelModules', true],
    ['ProtectKernelLogs', true],
    ['ProtectControlGroups', true],
    ['ProtectClock', service.devices === undefined ? true : undefined],
    ['ProtectHostname', true],
    [
      'RestrictAddressFamilies',
      ['AF_UNIX', 'AF_INET', 'AF_INET6', ...(service.addressFamilies ?? [])].join(' '),
    ],
    ['RestrictRealtime', true],
    ['RestrictSUIDSGID', true],
    ['LockPersonality', true],
    ['SystemCallArchitectures', 'native'],
    // Who needs capabilities runs other programs too, which may need more.
    ['ProtectProc', isDynamic ? 'invisible' : undefined],
    ['PrivateUsers', isDynamic ? true : undefined],
    ['RemoveIPC', isDynamic ? true : undefined],
    ['RestrictNamespaces', isDynamic ? true : undefined],
    ['SystemCallFilter', isDynamic ? '@system-service' : undefined],
    ['SystemCallFilter', isDynamic ? '~@privileged' : undefined],
    ['SystemCallErrorNumber', isDynamic ? 'EPERM' : undefined],
  ];
}

/** A command line whose words reach the program as they are (systemd.service(5), COMMAND LINES). */
function commandLine(words: readonly string[]): string {
  const [program] = words;
  if (!program?.startsWith('/')) throw new TypeError(`the program ${program ?? ''} is not an absolute path`);
  return words.map((word) => quoteWord(escapeSpecifiers(word).replaceAll('$', '$$$$'))).join(' ');
}

function quoteWord(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./$-]+$/.test(word)) return word;
  return `"${oneLine(word).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function escapeSpecifiers(text: string): string {
  return text.replaceAll('%', '%%');
}

function oneLine(text: string): string {
  if (/[\n\r\0]/.test(text)) throw new TypeError(`a unit file cannot carry ${JSON.stringify(text)}`);
  return text;
}

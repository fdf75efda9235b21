/** How the installed service runs the tool. */
export interface ServiceOptions {
  /** Absolute path of the node program. */
  readonly node: string;
  /** Absolute path of this tool's program. */
  readonly program: string;
  /** Options for `watch` and `apply`, each one word of the command line. */
  readonly options: readonly string[];
}

/** First line of every file that `install` writes: `uninstall` removes no other. */
export const serviceMark = '# Written by multi-eni-routing install.';

/** A systemd unit that keeps watch; what it made stays when it is stopped, as routes do. */
export function systemdUnit(service: ServiceOptions): string {
  const command = [service.node, service.program, 'watch', ...service.options].map(systemdWord).join(' ');
  return `${serviceMark}
[Unit]
Description=Answers leave by the network interface that was asked
Documentation=man:ip-rule(8)
After=network.target systemd-networkd.service NetworkManager.service
Wants=network.target

[Service]
Type=exec
ExecStart=${command}
# 2: fewer than two interfaces; there is nothing to do.
SuccessExitStatus=2
Restart=on-failure
RestartSec=5
RuntimeDirectory=multi-eni-routing
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes
CapabilityBoundingSet=CAP_NET_ADMIN CAP_SYS_ADMIN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH
NoNewPrivileges=yes
ProtectSystem=full
ProtectHome=read-only

[Install]
WantedBy=multi-user.target
`;
}

/** An init script for hosts without systemd, with the commands of the original's: start, stop, restart. */
export function initScript(service: ServiceOptions): string {
  const command = [service.node, service.program].map(shellWord).join(' ');
  const options = service.options.map(shellWord).join(' ');
  return `#!/bin/sh
${serviceMark}
### BEGIN INIT INFO
# Provides:          multi-eni-routing
# Required-Start:    $network $local_fs
# Required-Stop:     $network $local_fs
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: Answers leave by the network interface that was asked
### END INIT INFO
# chkconfig: 2345 11 89

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
PIDFILE=/run/multi-eni-routing.pid

running() {
  [ -s "$PIDFILE" ] && kill -0 "$(cat "$PIDFILE")" 2>/dev/null
}

start() {
  running && return 0
  ${command} apply ${options}
  code=$?
  # 2: fewer than two interfaces; the watch waits for the second.
  [ $code -eq 0 ] || [ $code -eq 2 ] || return $code
  setsid ${command} watch -L syslog ${options} </dev/null >/dev/null 2>&1 &
  echo $! >"$PIDFILE"
}

stop() {
  if running; then
    kill -TERM "$(cat "$PIDFILE")"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      running || break
      sleep 1
    done
  fi
  rm -f "$PIDFILE"
  ${command} flush ${options}
}

case "$1" in
  start) start ;;
  stop) stop ;;
  restart | reload | force-reload) stop && start ;;
  status) running && ${command} status ${options} ;;
  *)
    echo "Usage: $0 {start|stop|restart|status}" >&2
    exit 3
    ;;
esac
`;
}

/** Tells systemd-networkd to leave the rules and routes of others alone. */
export function networkdDropIn(): string {
  return `${serviceMark}
[Network]
ManageForeignRoutingPolicyRules=no
ManageForeignRoutes=no
`;
}

// systemd.syntax(7): quotes, with backslash and quote escaped; % begins a specifier, $ a variable.
function systemdWord(word: string): string {
  const escaped = word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[A-Za-z0-9_./:=@,+-]+$/.test(word) ? escaped : `"${escaped}"`;
}

function shellWord(word: string): string {
  return /^[A-Za-z0-9_./:=@,+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

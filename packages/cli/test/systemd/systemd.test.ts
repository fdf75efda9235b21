import { describe, expect, test } from '@jest/globals';
import { runProcess, startProcess, suite, temporaryDirectory } from '@net/testing';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type SystemdService,
  createServiceNotifier,
  systemdServiceUnit,
  systemdTimerUnit,
} from '../../src/index.js';

const tunnel: SystemdService = {
  description: 'Tunnel handler, 100% ours',
  documentation: 'https://example.org/tunnel',
  execStart: [process.execPath, '/usr/bin/env', '-c', 'a b', '$HOME', '50%', 'q"uo\\te', "it's"],
  execStartPre: ['/bin/true'],
  type: 'notify',
  environment: { TUNNEL_NAME: 'a b', TUNNEL_SHARE: '50%' },
  environmentFiles: ['/etc/default/tunnel'],
  restartSeconds: 2,
  watchdogSeconds: 30,
  successExitStatus: [2, 110],
  capabilities: ['CAP_NET_ADMIN', 'CAP_NET_RAW'],
  addressFamilies: ['AF_NETLINK'],
  devices: ['/dev/net/tun'],
  stateDirectory: 'tunnel',
  changesKernelSettings: true,
};
const once: SystemdService = {
  description: 'Once',
  execStart: ['/bin/true'],
  type: 'oneshot',
  remainAfterExit: true,
};

describe('systemd units', () => {
  test('words reach the program as they are', () => {
    const unit = systemdServiceUnit(tunnel);
    expect(unit).toContain(
      String.raw`ExecStart=${process.execPath} /usr/bin/env -c "a b" $$HOME 50%% "q\"uo\\te" "it's"` + '\n',
    );
    expect(unit).toContain('Description=Tunnel handler, 100%% ours\n');
    expect(unit).toContain(
      'Environment="TUNNEL_NAME=a b"\nEnvironment=TUNNEL_SHARE=50%%\nEnvironmentFile=-/etc/default/tunnel\n',
    );
    expect(unit).toContain('CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW\n');
    expect(unit).toContain('NotifyAccess=all\n');
  });

  test('who needs no capability has none, and neither namespaces nor privileged calls', () => {
    const unit = systemdServiceUnit({ description: 'x', execStart: ['/usr/bin/x'] });
    expect(unit).toContain('\nCapabilityBoundingSet=\n');
    for (const line of ['DynamicUser=yes', 'RestrictNamespaces=yes', 'SystemCallFilter=~@privileged'])
      expect(unit).toContain(`\n${line}\n`);
    const router = systemdServiceUnit({
      description: 'x',
      execStart: ['/usr/bin/x'],
      capabilities: ['CAP_NET_ADMIN'],
    });
    expect(router).toContain('\nCapabilityBoundingSet=CAP_NET_ADMIN\n');
    expect(router).not.toContain('SystemCallFilter');
  });

  test('texts that would start a new line are refused', () => {
    const inject = 'x\nExecStart=/bin/evil';
    expect(() => systemdServiceUnit({ ...once, description: inject })).toThrow(TypeError);
    expect(() => systemdServiceUnit({ ...once, execStart: ['/bin/true', inject] })).toThrow(TypeError);
    expect(() => systemdServiceUnit({ ...once, environment: { A: inject } })).toThrow(TypeError);
    expect(() => systemdServiceUnit({ ...once, execStart: ['true'] })).toThrow(/absolute/);
  });
});

suite('systemd-analyze verify', [{ command: 'systemd-analyze', install: 'systemd' }], () => {
  test('no unit draws a complaint', async () => {
    const folder = temporaryDirectory('units');
    const units = {
      'tunnel.service': systemdServiceUnit(tunnel),
      'once.service': systemdServiceUnit(once),
      'light.service': systemdServiceUnit({
        description: 'Light',
        execStart: ['/bin/true'],
        user: 'root',
        stateDirectory: 'x',
      }),
      'once.timer': systemdTimerUnit({ description: 'Often', everySeconds: 60 }),
      'wrong.service': `${systemdServiceUnit(once)}Nonsense=yes\n`,
    };
    const files = Object.entries(units).map(([name, text]) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    });
    const { stdout, stderr } = await runProcess('systemd-analyze', ['verify', '--man=no', ...files]);
    const complaints = (stdout + stderr).split('\n').filter((line) => line.includes(folder));
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toContain('wrong.service');
  });
});

const receiver = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print("bound", flush=True)
while True:
    data, anc, flags, addr = s.recvmsg(65536, 4096)
    print(repr(data.decode()), flush=True)
`;

suite(
  'service notification',
  [{ command: 'python3' }, { command: 'systemd-notify', install: 'systemd' }],
  () => {
    test('systemd hears ready, status, signs of life and the end', async () => {
      const path = join(temporaryDirectory('notify'), 'socket');
      const systemd = startProcess('python3', ['-c', receiver, path]);
      await systemd.waitFor(/bound/);
      const controller = new AbortController();
      const notifier = createServiceNotifier({
        PATH: process.env['PATH'],
        NOTIFY_SOCKET: path,
        WATCHDOG_USEC: '100000',
      });
      expect(notifier.isActive).toBe(true);
      await notifier.ready('two\nlanes');
      await systemd.waitFor(/READY=1/);
      await systemd.waitFor(/STATUS=two lanes/);
      notifier.watch(() => true, controller.signal);
      await systemd.waitFor(/WATCHDOG=1/);
      controller.abort();
      await notifier.stopping();
      await systemd.waitFor(/STOPPING=1/);
      await systemd.stop();
    });

    test('outside systemd nothing happens', async () => {
      const notifier = createServiceNotifier({});
      expect(notifier.isActive).toBe(false);
      await notifier.ready();
    });
  },
);

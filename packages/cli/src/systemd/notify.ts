import type { spawn as Spawn } from 'node:child_process';

/** Tells systemd about a service of `Type=notify`. Every call resolves; outside systemd nothing happens. */
export interface ServiceNotifier {
  /** True when systemd listens (NOTIFY_SOCKET is set). */
  readonly isActive: boolean;
  /** Start-up is over. */
  ready(status?: string): Promise<void>;
  /** One line for `systemctl status`. */
  status(text: string): Promise<void>;
  stopping(): Promise<void>;
  /**
   * Sends the signs of life that `WatchdogSec=` asks for, at half its time, as long as `isAlive` says true. Ends
   * when the signal is aborted.
   */
  watch(isAlive: () => boolean, signal: AbortSignal): void;
}

/**
 * A notifier by the environment of the process. Node cannot send to the datagram socket that systemd listens on,
 * so each message is a short run of `systemd-notify`; the unit needs `NotifyAccess=all`, which
 * `systemdServiceUnit` writes. See sd_notify(3).
 */
export function createServiceNotifier(env: Readonly<Record<string, string | undefined>>): ServiceNotifier {
  const isActive = Boolean(env['NOTIFY_SOCKET']);
  const send = async (...assignments: string[]): Promise<void> => {
    if (!isActive) return;
    const { spawn } = await import('node:child_process');
    await run(spawn, assignments, env);
  };
  return {
    isActive,
    ready: (status) => send('READY=1', ...(status === undefined ? [] : [`STATUS=${oneLine(status)}`])),
    status: (text) => send(`STATUS=${oneLine(text)}`),
    stopping: () => send('STOPPING=1'),
    watch: (isAlive, signal) => {
      const timeoutUs = Number(env['WATCHDOG_USEC']);
      const isOurs = env['WATCHDOG_PID'] === undefined || env['WATCHDOG_PID'] === String(process.pid);
      if (!isActive || !isOurs || !(timeoutUs > 0) || signal.aborted) return;
      const timer = setInterval(() => {
        if (isAlive()) void send('WATCHDOG=1');
      }, timeoutUs / 2000);
      timer.unref();
      signal.addEventListener('abort', () => {
        clearInterval(timer);
      });
    },
  };
}

async function run(
  spawn: typeof Spawn,
  assignments: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const child = spawn('systemd-notify', assignments, { stdio: 'ignore', env: { ...env }, timeout: 5000 });
    child.once('error', () => {
      resolve();
    });
    child.once('close', () => {
      resolve();
    });
  });
}

function oneLine(text: string): string {
  return text.replaceAll(/[\n\r\0]+/g, ' ');
}

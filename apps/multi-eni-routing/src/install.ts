import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { EniRoutingError } from './errors.js';
import {
  initScript,
  networkdDropIn,
  serviceMark,
  type ServiceOptions,
  systemdUnit,
} from './service-files.js';
import { removeTableNames } from './table-names.js';
import { runTool } from './tool.js';

/** What to install and where. */
export interface InstallOptions extends ServiceOptions {
  /** `auto`: systemd where it runs, else the init script. */
  readonly kind: 'auto' | 'systemd' | 'init';
  /** Writes the setting that keeps systemd-networkd from removing our rules. */
  readonly networkd: boolean;
  /** Folder that stands for `/`; with another one nothing is enabled or started, as for a package. */
  readonly root: string;
  /** Enables and starts the service. */
  readonly start: boolean;
}

const unitPath = 'etc/systemd/system/multi-eni-routing.service';
const initPath = 'etc/init.d/multi-eni-routing';
const networkdPath = 'etc/systemd/networkd.conf.d/90-multi-eni-routing.conf';

/**
 * Installs the service; a second call changes nothing. Gives what was done, in words.
 *
 * @throws {EniRoutingError} NET_ENI_ROUTING_STATE when a file of that name is not ours, or a step fails.
 */
export async function install(options: InstallOptions): Promise<readonly string[]> {
  const live = options.root === '/';
  const systemd = options.kind === 'systemd' || (options.kind === 'auto' && runsSystemd(options.root));
  const done: string[] = [];
  const put = (path: string, text: string, mode: number): boolean => {
    const full = join(options.root, path);
    const old = read(full);
    if (old === text) return false;
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(`${full}.new`, text);
    chmodSync(`${full}.new`, mode);
    renameSync(`${full}.new`, full);
    done.push(`wrote ${full}`);
    return true;
  };
  for (const path of [systemd ? unitPath : initPath, ...(options.networkd ? [networkdPath] : [])])
    refuseForeign(join(options.root, path));
  if (options.networkd && put(networkdPath, networkdDropIn(), 0o644) && live && runsSystemd('/'))
    await step(done, ['systemctl', 'try-reload-or-restart', 'systemd-networkd']);
  if (systemd) {
    const changed = put(unitPath, systemdUnit(options), 0o644);
    if (live && changed) await step(done, ['systemctl', 'daemon-reload']);
    if (live && options.start)
      await step(done, ['systemctl', 'enable', '--now', 'multi-eni-routing.service']);
    if (live && options.start && changed)
      await step(done, ['systemctl', 'restart', 'multi-eni-routing.service']);
    return done;
  }
  put(initPath, initScript(options), 0o755);
  if (!live) return done;
  const registered =
    (await optional(done, ['update-rc.d', 'multi-eni-routing', 'defaults'])) ||
    (await optional(done, ['chkconfig', '--add', 'multi-eni-routing']));
  if (!registered) done.push('no update-rc.d and no chkconfig here: register the init script by hand');
  if (options.start) await step(done, [join('/', initPath), 'start']);
  return done;
}

/** Stops the service and removes what `install` wrote. Gives what was done, in words. */
export async function uninstall(root: string): Promise<readonly string[]> {
  const live = root === '/';
  const done: string[] = [];
  const isOurs = (path: string): boolean => read(join(root, path))?.includes(serviceMark) === true;
  if (isOurs(unitPath)) {
    if (live && runsSystemd('/'))
      await optional(done, ['systemctl', 'disable', '--now', 'multi-eni-routing.service']);
    drop(root, unitPath, done);
    if (live && runsSystemd('/')) await optional(done, ['systemctl', 'daemon-reload']);
  }
  if (isOurs(initPath)) {
    if (live) await optional(done, [join('/', initPath), 'stop']);
    drop(root, initPath, done);
    const registered = live && (await optional(done, ['update-rc.d', 'multi-eni-routing', 'remove']));
    if (live && !registered) await optional(done, ['chkconfig', '--del', 'multi-eni-routing']);
  }
  if (isOurs(networkdPath)) drop(root, networkdPath, done);
  if (removeTableNames(root)) done.push('removed the names of the tables');
  return done;
}

function refuseForeign(path: string): void {
  const text = read(path);
  if (text === undefined || text.includes(serviceMark)) return;
  throw new EniRoutingError(
    'NET_ENI_ROUTING_STATE',
    `${path} is there already and was not written by this tool`,
    {
      hint: 'move it away first',
    },
  );
}

function runsSystemd(root: string): boolean {
  return existsSync(join(root, 'run/systemd/system'));
}

function drop(root: string, path: string, done: string[]): void {
  const full = join(root, path);
  rmSync(full);
  done.push(`removed ${full}`);
}

async function step(done: string[], line: readonly [string, ...string[]]): Promise<void> {
  const result = await runTool(line);
  if (result.exitCode !== 0)
    throw new EniRoutingError(
      'NET_ENI_ROUTING_STATE',
      `${line.join(' ')}: ${result.stderr.trim() || result.exitCode}`,
    );
  done.push(line.join(' '));
}

async function optional(done: string[], line: readonly [string, ...string[]]): Promise<boolean> {
  const result = await runTool(line);
  if (result.exitCode === 0) done.push(line.join(' '));
  return result.exitCode === 0;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

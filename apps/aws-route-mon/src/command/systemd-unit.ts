import { systemdServiceUnit } from '@net/cli';

/** A unit for the daemon: no capability, nothing writable; options come from /etc/aws-route-mon/environment. */
export function routeMonUnit(program: string): string {
  return systemdServiceUnit({
    description: 'Heals black-hole routes of VPC route tables',
    execStart: [program, 'daemon'],
    type: 'notify',
    environmentFiles: ['/etc/aws-route-mon/environment'],
    restart: 'on-failure',
    restartSeconds: 5,
    watchdogSeconds: 120,
  });
}

import type { HookCounts } from '../hooks/endpoint-keeper.js';
import type { HealthReport } from './report.js';

/** Counters that are not the data plane's. */
export interface HandlerCounts {
  readonly version: string;
  readonly hooks: { readonly CREATE: HookCounts; readonly DESTROY: HookCounts };
  readonly capture: { readonly written: number; readonly dropped: number } | undefined;
}

/** The report in the text format of Prometheus (exposition format 0.0.4). */
export function toMetrics(report: HealthReport, handler: HandlerCounts): string {
  const { statistics } = report;
  const page = new MetricsPage();
  page.add('gwlbtun_info', 'gauge', 'Version of the handler.', [[{ version: handler.version }, 1]]);
  page.add('gwlbtun_healthy', 'gauge', '1 when the health check answers 200.', [
    [{}, report.verdict.healthy ? 1 : 0],
  ]);
  page.add('gwlbtun_uptime_seconds', 'gauge', 'Seconds since the start.', [[{}, report.uptimeSeconds]]);
  for (const [counter, name, help] of laneCounters)
    page.add(
      `gwlbtun_${name}_total`,
      'counter',
      help,
      statistics.lanes.map((lane) => [{ thread: String(lane.lane) }, lane.counters[counter]]),
    );
  page.add(
    'gwlbtun_dropped_packets_total',
    'counter',
    'Packets that were not delivered or not returned, by reason.',
    statistics.lanes.flatMap((lane) =>
      Object.entries(lane.drops).map(
        ([reason, count]): Sample => [{ thread: String(lane.lane), reason: snakeCase(reason) }, count],
      ),
    ),
  );
  page.add(
    'gwlbtun_thread_healthy',
    'gauge',
    '1 when the data-plane thread turns.',
    statistics.lanes.map((lane) => [{ thread: String(lane.lane) }, lane.healthy ? 1 : 0]),
  );
  for (const [counter, name, help] of endpointCounters)
    page.add(
      `gwlbtun_endpoint_${name}_total`,
      'counter',
      help,
      statistics.endpoints.map((endpoint, index) => [
        { eni: report.endpoints[index]?.hex17 ?? endpoint.eniId.toString(16) },
        endpoint.counters[counter],
      ]),
    );
  page.add(
    'gwlbtun_endpoint_flows',
    'gauge',
    'Flow entries of an endpoint.',
    report.endpoints.flatMap((endpoint): Sample[] => [
      [{ eni: endpoint.hex17, version: '4' }, endpoint.flows4.size],
      [{ eni: endpoint.hex17, version: '6' }, endpoint.flows6.size],
    ]),
  );
  const { flows } = statistics;
  page.add('gwlbtun_flows', 'gauge', 'Flow entries in the table.', [[{}, flows.size]]);
  page.add('gwlbtun_flows_limit', 'gauge', 'Flow entries that the table holds at most.', [
    [{}, flows.capacity],
  ]);
  page.add('gwlbtun_flows_timed_out_total', 'counter', 'Flows forgotten after their idle time.', [
    [{}, flows.timedOut],
  ]);
  page.add('gwlbtun_flows_evicted_total', 'counter', 'Flows forgotten because the table was full.', [
    [{}, flows.evicted],
  ]);
  page.add('gwlbtun_flows_adopted_total', 'counter', 'Flows taken over from a process before this one.', [
    [{}, flows.adopted],
  ]);
  if (flows.kernelCapacity > 0) {
    page.add('gwlbtun_kernel_flows_limit', 'gauge', 'Flow entries that the kernel path holds at most.', [
      [{}, flows.kernelCapacity],
    ]);
    page.add(
      'gwlbtun_kernel_flows_evicted_total',
      'counter',
      'Live flows that gave way to others in the kernel path and took the long way once more.',
      [[{}, flows.kernelEvicted]],
    );
  }
  page.add('gwlbtun_endpoints', 'gauge', 'Endpoints with interfaces.', [[{}, statistics.endpoints.length]]);
  page.add('gwlbtun_endpoints_created_total', 'counter', 'Endpoints created.', [
    [{}, statistics.endpointsCreated],
  ]);
  page.add('gwlbtun_endpoints_refused_total', 'counter', 'First packets whose endpoint was not created.', [
    [{}, statistics.endpointsRefused],
  ]);
  addHooks(page, handler);
  if (handler.capture) {
    page.add('gwlbtun_capture_written_total', 'counter', 'Captured packets that were written.', [
      [{}, handler.capture.written],
    ]);
    page.add('gwlbtun_capture_dropped_total', 'counter', 'Captured packets that were given up.', [
      [{}, handler.capture.dropped + statistics.captureDropped],
    ]);
  }
  return page.text();
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

const laneCounters = [
  ['udpPackets', 'received_packets', 'Geneve packets received.'],
  ['udpBytes', 'received_bytes', 'Bytes of the Geneve packets received, from the Geneve header on.'],
  ['udpReceiveCalls', 'receive_calls', 'System calls that received packets.'],
  ['udpKernelDrops', 'receive_kernel_drops', 'Packets that the kernel dropped because the socket was full.'],
  ['tunWrittenPackets', 'delivered_packets', 'Packets written to interfaces.'],
  ['tunWrites', 'deliver_calls', 'System calls that wrote to interfaces.'],
  ['tunReadPackets', 'taken_packets', 'Packets read from interfaces.'],
  ['tunReads', 'take_calls', 'System calls that read from interfaces.'],
  ['returnedPackets', 'returned_packets', 'Geneve packets sent back.'],
  ['returnedBytes', 'returned_bytes', 'Bytes of the Geneve packets sent back, from the Geneve header on.'],
  ['sendCalls', 'send_calls', 'System calls that sent packets back.'],
  ['heldFragments', 'held_fragments', 'Later fragments that had to wait for their first one.'],
  [
    'fragmentsByAddressPair',
    'fragments_by_address_pair',
    'Later fragments sent with the header of their address pair.',
  ],
  ['icmpTooBigSent', 'too_big_messages', 'ICMP errors sent because a returned packet did not fit.'],
] as const;

const endpointCounters = [
  ['gwiPacketsOut', 'delivered_packets', 'Packets delivered to the ingress interface.'],
  ['gwiBytesOut', 'delivered_bytes', 'Bytes delivered to the ingress interface.'],
  ['gwoPacketsIn', 'egress_packets', 'Packets that left by the egress interface.'],
  ['gwiPacketsIn', 'ingress_return_packets', 'Packets that left by the ingress interface.'],
  ['returnedPackets', 'returned_packets', 'Geneve packets sent back.'],
  ['returnedBytes', 'returned_bytes', 'Bytes sent back.'],
  ['drops', 'dropped_packets', 'Packets of the endpoint that were dropped.'],
] as const;

function addHooks(page: MetricsPage, handler: HandlerCounts): void {
  const events = ['CREATE', 'DESTROY'] as const;
  const outcomes = ['succeeded', 'failed', 'timedOut', 'notStarted'] as const;
  page.add(
    'gwlbtun_hooks_total',
    'counter',
    'Hooks that ended, by outcome.',
    events.flatMap((event) =>
      outcomes.map(
        (outcome): Sample => [{ event, outcome: snakeCase(outcome) }, handler.hooks[event][outcome]],
      ),
    ),
  );
  page.add(
    'gwlbtun_hooks_running',
    'gauge',
    'Hooks that run now.',
    events.map((event): Sample => [{ event }, handler.hooks[event].running]),
  );
  page.add(
    'gwlbtun_hook_seconds_total',
    'counter',
    'Seconds that hooks took.',
    events.map((event): Sample => [{ event }, handler.hooks[event].seconds]),
  );
}

class MetricsPage {
  readonly #lines: string[] = [];

  add(name: string, kind: 'counter' | 'gauge', help: string, samples: readonly Sample[]): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`);
    for (const [labels, value] of samples) {
      const pairs = Object.entries(labels).map(
        ([label, text]) => `${label}="${text.replace(/["\\\n]/g, '\\$&')}"`,
      );
      this.#lines.push(`${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`);
    }
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

function snakeCase(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

import type { SectionLog } from '../logs/section-log.js';
import { hexDump } from './hex-dump.js';
import type { PcapFiles } from './pcap-files.js';
import { buildIp, encodePcapRecord, endpointNames, udp } from '@net/geneve';
import type { CaptureConfig, CaptureRecord } from '@net/geneve-native';

/** What the pump asks of the data plane. */
export interface CaptureSource {
  setCapture(capture: CaptureConfig | null): void;
  readCapture(): CaptureRecord[];
}

export interface CapturePumpOptions {
  readonly config: CaptureConfig;
  /** Packets go into these files. */
  readonly pcap: PcapFiles | undefined;
  /** Packets are dumped in hex into the log. */
  readonly hex: boolean;
  readonly log: SectionLog;
}

const EVERY_MS = 50;
/** Packets dumped in hex at each turn; a dump is about ten lines of log a packet. */
const DUMPS_A_TURN = 5;
const DUMPED_BYTES = 256;

/**
 * Takes sampled packets out of the data plane's rings and writes them down. The data plane never waits for it: a full
 * ring, a slow disk or a slow log lose samples, which are counted, never traffic.
 */
export class CapturePump {
  readonly #source: CaptureSource;
  readonly #options: CapturePumpOptions;
  readonly #timer: NodeJS.Timeout;
  #hexDropped = 0;
  #failureTold = false;

  constructor(source: CaptureSource, options: CapturePumpOptions) {
    this.#source = source;
    this.#options = options;
    source.setCapture(options.config);
    this.#timer = setInterval(() => this.#turn(), EVERY_MS);
  }

  /** Packets written and given up here; the rings count their own losses. */
  get counts(): { readonly written: number; readonly dropped: number } {
    const { pcap } = this.#options;
    return { written: pcap?.written ?? 0, dropped: (pcap?.dropped ?? 0) + this.#hexDropped };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#turn();
    this.#source.setCapture(null);
    await this.#options.pcap?.close();
  }

  #turn(): void {
    const records = this.#source.readCapture();
    const { pcap, hex, log } = this.#options;
    if (pcap) for (const record of records) pcap.add(toPcap(record));
    if (pcap?.failure && !this.#failureTold) {
      this.#failureTold = true;
      log('core', 'critical', `The capture file cannot be written any more: ${pcap.failure.message}`);
    }
    if (!hex) return;
    for (const record of records.slice(0, DUMPS_A_TURN)) dump(record, log);
    if (records.length > DUMPS_A_TURN) this.#hexDropped += records.length - DUMPS_A_TURN;
  }
}

/** Outer packets get back their IP and UDP header, so that every tool decodes the Geneve header inside. */
function toPcap(record: CaptureRecord): Uint8Array {
  const { outer, data, length, timeNs } = record;
  if (outer.sourcePort === 0)
    return encodePcapRecord({ timeNanoseconds: timeNs, data, originalLength: length });
  const packet = buildIp({
    source: outer.source,
    destination: outer.destination,
    payload: udp(outer.sourcePort, outer.destinationPort, data),
  });
  // The addresses are right and the checksums are made up: 0 says that there is none.
  packet[26] = 0;
  packet[27] = 0;
  return encodePcapRecord({ timeNanoseconds: timeNs, data: packet, originalLength: length + 28 });
}

function dump(record: CaptureRecord, log: SectionLog): void {
  const section = record.point.startsWith('outer') ? 'geneve' : 'tunnel';
  const { outer } = record;
  const from =
    outer.sourcePort === 0
      ? ''
      : ` ${outer.source}:${outer.sourcePort} to ${outer.destination}:${outer.destinationPort}`;
  log(
    section,
    'important',
    `${record.point}${from} ENI ${endpointNames(record.eniId).hex17} ${record.length} bytes`,
    { point: record.point },
  );
  for (const line of hexDump(record.data.subarray(0, DUMPED_BYTES))) log(section, 'important', line);
}

/** Where a connection goes: the name of a public endpoint and its port. */
export interface Endpoint {
  readonly dest: string;
  /** 0 to 65535; 0 for protocols without ports. */
  readonly destPort: number;
}

/** Who connects where. */
export interface ConnectionKey extends Endpoint {
  readonly source: string;
}

/** A connection with the number of flow-log records that show it. */
export interface Connection extends ConnectionKey {
  readonly score: number;
}

/** What a commit adds to a connection on one UTC day. */
export interface ConnectionDelta extends ConnectionKey {
  /** `YYYY-MM-DD`, of the records' own time. */
  readonly day: string;
  /** Records, at least 1. */
  readonly count: number;
  /** Earliest and latest start of these records, milliseconds since 1970. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** How many of the records each rule decided, by the rule's name. */
  readonly decidedBy: Readonly<Record<string, number>>;
  /** One of these records, as text, for people who ask why. */
  readonly example: string;
}

/** Records of a connection by the rule that decided, and when the first and last were made. */
export interface Evidence {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly decidedBy: Readonly<Record<string, number>>;
  readonly example: string;
}

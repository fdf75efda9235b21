/** What an encoder or builder of this package throws when its caller asks for something that cannot be encoded. */
export class GeneveError extends Error {
  /** Stable: `NET_GENEVE_RANGE` (a number or length outside its field), `NET_GENEVE_ADDRESS`, `NET_GENEVE_HEX`. */
  readonly code: 'NET_GENEVE_RANGE' | 'NET_GENEVE_ADDRESS' | 'NET_GENEVE_HEX';

  constructor(code: GeneveError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'GeneveError';
    this.code = code;
  }
}

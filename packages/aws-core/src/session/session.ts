import type { ClientConfiguration } from '../client/create-client.js';
import { parseRegion } from '../ids/resource-ids.js';

/** Keys to sign requests with. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** Who is calling and where: everything that a client takes from the outside. Holds secrets; prints none. */
export class Session {
  readonly region: string;
  readonly profile: string | undefined;
  /** Of every service, when given; else the SDK looks at AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE>. */
  readonly endpointUrl: string | undefined;
  /** ARN of the last role of the chain. */
  readonly roleArn: string | undefined;
  /** `@net/<app>/<version>`. */
  readonly userAgent: string;
  readonly #credentials: () => Promise<SessionCredentials>;

  constructor(facts: {
    readonly region: string;
    readonly profile: string | undefined;
    readonly endpointUrl: string | undefined;
    readonly roleArn: string | undefined;
    readonly userAgent: string;
    readonly credentials: () => Promise<SessionCredentials>;
  }) {
    this.region = facts.region;
    this.profile = facts.profile;
    this.endpointUrl = facts.endpointUrl;
    this.roleArn = facts.roleArn;
    this.userAgent = facts.userAgent;
    this.#credentials = facts.credentials;
  }

  /** The same identity in another region. */
  inRegion(region: string): Session {
    return new Session({ ...this.#facts(), region: parseRegion(region) });
  }

  /** The keys, fetched or renewed when needed. For signing only. */
  credentials(): Promise<SessionCredentials> {
    return this.#credentials();
  }

  /** What every client of this session is constructed with. */
  clientSettings(
    region: string = this.region,
  ): Pick<ClientConfiguration, 'region' | 'profile' | 'endpoint' | 'credentials'> {
    return {
      region,
      ...(this.profile === undefined ? {} : { profile: this.profile }),
      ...(this.endpointUrl === undefined ? {} : { endpoint: this.endpointUrl }),
      credentials: () => this.#credentials(),
    };
  }

  toJSON(): object {
    const { region, profile, endpointUrl, roleArn } = this;
    return { region, profile, endpointUrl, roleArn };
  }

  #facts(): ConstructorParameters<typeof Session>[0] {
    const { region, profile, endpointUrl, roleArn, userAgent } = this;
    return { region, profile, endpointUrl, roleArn, userAgent, credentials: this.#credentials };
  }
}

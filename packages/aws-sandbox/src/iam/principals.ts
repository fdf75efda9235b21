import { SandboxError } from '../errors.js';
import type { Random } from '../world/random.js';
import { type Policy, type PolicyDocument, type Verdict, evaluate, parsePolicy } from './policy.js';

/** Who makes a call. */
export interface Principal {
  readonly kind: 'account' | 'user' | 'role-session' | 'federated';
  readonly accountId: string;
  /** As GetCallerIdentity gives it. */
  readonly arn: string;
  readonly userId: string;
  /** The identity whose policies count: the user's or the role's ARN; the account itself may do everything. */
  readonly identityArn: string;
  /** A session policy narrows what the identity may do. */
  readonly sessionPolicy?: PolicyDocument;
}

/** A key pair, temporary when it has a session token. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiresAtMs?: number;
  readonly principal: Principal;
}

/** An account that exists from the start. */
export interface AccountOptions {
  /** Twelve digits. */
  readonly accountId: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
}

/** A role. Without policies it may do everything; with an empty list, nothing. */
export interface Role {
  readonly accountId: string;
  readonly name: string;
  readonly arn: string;
}

/** The plain form of the store, for dumps. */
export interface PrincipalsDump {
  readonly keys: readonly AccessKey[];
  readonly roles: readonly Role[];
  readonly policies: Readonly<Record<string, readonly PolicyDocument[]>>;
}

const MAX_TEMPORARY_KEYS = 10_000;

/** Accounts, keys, roles, and the policies attached to identities. */
export class PrincipalStore {
  readonly #keys = new Map<string, AccessKey>();
  readonly #roles = new Map<string, Role>();
  readonly #policies = new Map<string, Policy[]>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The key of a configured account, made on first use. */
  accountKey(accountId: string, options: Omit<AccountOptions, 'accountId'> = {}): AccessKey {
    if (!/^\d{12}$/.test(accountId)) {
      throw new SandboxError('NET_SANDBOX_OPTION', `an account id has twelve digits: ${accountId}`);
    }
    for (const key of this.#keys.values()) {
      if (key.principal.kind === 'account' && key.principal.accountId === accountId && !options.accessKeyId)
        return key;
    }
    const accessKeyId = options.accessKeyId ?? `AKIA${accountId}SBOX`;
    const key: AccessKey = {
      accessKeyId,
      secretAccessKey: options.secretAccessKey ?? `sandbox-secret-of-${accountId}`,
      principal: accountPrincipal(accountId),
    };
    this.#keys.set(accessKeyId, key);
    return key;
  }

  key(accessKeyId: string): AccessKey | undefined {
    return this.#keys.get(accessKeyId);
  }

  /** An IAM user with one key. Without a policy it may do everything. */
  createUser(accountId: string, name: string, policy?: string | object): AccessKey {
    const arn = `arn:aws:iam::${accountId}:user/${name}`;
    if (policy !== undefined) this.attachPolicy(arn, policy);
    const key: AccessKey = {
      accessKeyId: `AKIA${this.#base32(16)}`,
      secretAccessKey: this.#random.hex(40),
      principal: { kind: 'user', accountId, arn, userId: `AIDA${this.#base32(16)}`, identityArn: arn },
    };
    this.#keys.set(key.accessKeyId, key);
    return key;
  }

  createRole(accountId: string, name: string, policy?: string | object): Role {
    const role: Role = { accountId, name, arn: `arn:aws:iam::${accountId}:role/${name}` };
    this.#roles.set(role.arn, role);
    if (policy !== undefined) this.attachPolicy(role.arn, policy);
    return role;
  }

  role(arn: string): Role | undefined {
    return this.#roles.get(arn);
  }

  /** True when the account has named its roles; then only those can be assumed. */
  hasRoles(accountId: string): boolean {
    return [...this.#roles.values()].some((role) => role.accountId === accountId);
  }

  /** Keys of a role session. */
  assumeRole(role: Role, session: string, expiresAtMs: number, sessionPolicy?: PolicyDocument): AccessKey {
    const roleId = `AROA${this.#base32(16)}`;
    return this.#temporaryKey(
      {
        kind: 'role-session',
        accountId: role.accountId,
        arn: `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${session}`,
        userId: `${roleId}:${session}`,
        identityArn: role.arn,
        ...(sessionPolicy ? { sessionPolicy } : {}),
      },
      expiresAtMs,
    );
  }

  /** Temporary keys for the same principal. */
  sessionToken(principal: Principal, expiresAtMs: number): AccessKey {
    return this.#temporaryKey(principal, expiresAtMs);
  }

  /** From now on the identity may do only what its policies allow. */
  attachPolicy(identityArn: string, policy: string | object): void {
    const parsed = parsePolicy(policy);
    this.#policies.set(identityArn, [...(this.#policies.get(identityArn) ?? []), parsed]);
  }

  /** Takes all policies away: the identity may do everything again. */
  detachPolicies(identityArn: string): void {
    this.#policies.delete(identityArn);
  }

  /** IAM's decision for one action on one resource. */
  decide(principal: Principal, action: string, resource: string): Verdict {
    const policies = this.#policies.get(principal.identityArn);
    const identity = policies ? evaluate(policies, action, resource) : 'allow';
    if (identity !== 'allow' || !principal.sessionPolicy) return identity;
    return evaluate([parsePolicy(principal.sessionPolicy)], action, resource);
  }

  dump(): PrincipalsDump {
    return {
      keys: [...this.#keys.values()],
      roles: [...this.#roles.values()],
      policies: Object.fromEntries(
        [...this.#policies].map(([arn, policies]) => [arn, policies.map((policy) => policy.document)]),
      ),
    };
  }

  load(dump: PrincipalsDump): void {
    this.#keys.clear();
    this.#roles.clear();
    this.#policies.clear();
    for (const key of dump.keys) this.#keys.set(key.accessKeyId, key);
    for (const role of dump.roles) this.#roles.set(role.arn, role);
    for (const [arn, policies] of Object.entries(dump.policies)) {
      for (const policy of policies) this.attachPolicy(arn, policy);
    }
  }

  #temporaryKey(principal: Principal, expiresAtMs: number): AccessKey {
    const temporary = [...this.#keys.values()].filter((key) => key.expiresAtMs !== undefined);
    const oldest = temporary[0];
    if (oldest && temporary.length >= MAX_TEMPORARY_KEYS) this.#keys.delete(oldest.accessKeyId);
    const key: AccessKey = {
      accessKeyId: `ASIA${this.#base32(16)}`,
      secretAccessKey: this.#random.hex(40),
      sessionToken: this.#random.hex(64),
      expiresAtMs,
      principal,
    };
    this.#keys.set(key.accessKeyId, key);
    return key;
  }

  #base32(length: number): string {
    let text = '';
    while (text.length < length) text += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.charAt(this.#random.below(32));
    return text;
  }
}

/** The account itself, which no policy binds. */
export function accountPrincipal(accountId: string): Principal {
  const arn = `arn:aws:iam::${accountId}:root`;
  return { kind: 'account', accountId, arn, userId: accountId, identityArn: arn };
}

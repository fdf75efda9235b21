import type { FilterRule } from '../model/snapshot.js';

/** Stands for the filter that the plan's `create-filter` makes. */
export const NEW_FILTER = 'new-filter';

/** One thing to do, with its reason in words. */
export type MirrorAction =
  | { readonly kind: 'create-filter'; readonly reason: string }
  | {
      /** A filter that somebody began to create: what it lacks is added. */
      readonly kind: 'complete-filter';
      readonly filterId: string;
      readonly rules: readonly FilterRule[];
      readonly services: readonly 'amazon-dns'[];
      readonly reason: string;
    }
  | {
      readonly kind: 'create-session';
      readonly interfaceId: string;
      readonly instanceId: string;
      readonly instanceType: string;
      readonly name: string;
      readonly targetId: string;
      /** An id, or {@link NEW_FILTER}. */
      readonly filterId: string;
      readonly number: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'modify-session';
      readonly sessionId: string;
      readonly interfaceId: string;
      readonly set: {
        readonly targetId?: string;
        readonly filterId?: string;
        readonly packetLength?: number;
        readonly virtualNetworkId?: number;
      };
      /** Fields to be taken away (RemoveFields of ModifyTrafficMirrorSession). */
      readonly remove: readonly 'packet-length'[];
      readonly reason: string;
    }
  | {
      readonly kind: 'delete-session';
      readonly sessionId: string;
      readonly interfaceId: string;
      readonly reason: string;
    };

/** Something that is left as it is although it was looked at, and why. */
export interface Skip {
  readonly code:
    | 'vpc-invalid'
    | 'instance-invalid'
    | 'target-missing'
    | 'is-target'
    | 'not-a-source'
    | 'type-not-eligible'
    | 'session-limit'
    | 'target-full'
    | 'account-limit'
    | 'no-free-number'
    | 'refused';
  /** A VPC, an instance or an interface. */
  readonly resourceId: string;
  readonly reason: string;
}

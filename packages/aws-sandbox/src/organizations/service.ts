import { readToken, writeToken } from '../ec2/describe.js';
import { ApiError } from '../errors.js';
import type { Operation, OperationContext, ServiceDefinition } from '../service/definition.js';
import { jsonProtocol } from '../wire/json-protocol.js';
import type {
  Account,
  DescribeAccountRequest,
  DescribeAccountResponse,
  DescribeOrganizationResponse,
  ListAccountsRequest,
  ListAccountsResponse,
} from '@aws-sdk/client-organizations';

/** Every organization, in plain JSON. */
export interface OrganizationsState {
  readonly organizations: Organization[];
}

export interface Organization {
  readonly id: string;
  readonly managementAccountId: string;
  readonly accounts: MemberAccount[];
}

/** A member account. */
export interface MemberAccount {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly status: 'ACTIVE' | 'SUSPENDED' | 'PENDING_CLOSURE';
  readonly joinedAtMs: number;
}

type OrganizationsContext = OperationContext<OrganizationsState>;

const describeOrganization: Operation<OrganizationsState, object, DescribeOrganizationResponse> = {
  access: 'read',
  accepts: [],
  run: (context) => {
    const organization = organizationOf(context);
    const { id, managementAccountId: manager } = organization;
    return {
      Organization: {
        Id: id,
        Arn: `arn:aws:organizations::${manager}:organization/${id}`,
        FeatureSet: 'ALL',
        MasterAccountId: manager,
        MasterAccountArn: `arn:aws:organizations::${manager}:account/${id}/${manager}`,
        MasterAccountEmail: organization.accounts.find((account) => account.id === manager)?.email,
      },
    };
  },
};

const listAccounts: Operation<OrganizationsState, ListAccountsRequest, ListAccountsResponse> = {
  access: 'read',
  accepts: ['MaxResults', 'NextToken'],
  run: (context, input) => {
    const organization = managedBy(context);
    const size = input.MaxResults ?? 20;
    if (size < 1 || size > 20) throw invalidInput('MaxResults must be between 1 and 20.');
    const start = input.NextToken === undefined ? 0 : position(input.NextToken);
    const end = start + Math.min(size, context.pageLimit ?? size);
    return {
      Accounts: organization.accounts.slice(start, end).map((account) => view(organization, account)),
      NextToken: end < organization.accounts.length ? writeToken(end) : undefined,
    };
  },
};

const describeAccount: Operation<OrganizationsState, DescribeAccountRequest, DescribeAccountResponse> = {
  access: 'read',
  accepts: ['AccountId'],
  run: (context, input) => {
    const organization = managedBy(context);
    const account = organization.accounts.find((one) => one.id === input.AccountId);
    if (!account) {
      throw new ApiError('AccountNotFoundException', "You specified an account that doesn't exist.");
    }
    return { Account: view(organization, account) };
  },
};

/** AWS Organizations, API version 2016-11-28: the reading half. Organizations are made by the sandbox's controls. */
export const organizationsService: ServiceDefinition<OrganizationsState> = {
  id: 'organizations',
  signingNames: ['organizations'],
  iamPrefix: 'organizations',
  protocol: jsonProtocol({ version: '1.1', targetPrefix: 'AWSOrganizationsV20161128' }),
  scope: 'global',
  loadSchemas: () => import('@aws-sdk/client-organizations'),
  operations: {
    DescribeAccount: describeAccount,
    DescribeOrganization: describeOrganization,
    ListAccounts: listAccounts,
  },
  initialState: () => ({ organizations: [] }),
};

function organizationOf(context: OrganizationsContext): Organization {
  const found = context.state.organizations.find((organization) =>
    organization.accounts.some((account) => account.id === context.accountId),
  );
  if (!found) {
    throw new ApiError(
      'AWSOrganizationsNotInUseException',
      'Your account is not a member of an organization.',
    );
  }
  return found;
}

/** Accounts are listed for the management account only; delegated administrators are not simulated. */
function managedBy(context: OrganizationsContext): Organization {
  const organization = organizationOf(context);
  if (organization.managementAccountId !== context.accountId) {
    throw new ApiError('AccessDeniedException', "You don't have permissions to access this resource.");
  }
  return organization;
}

function view(organization: Organization, account: MemberAccount): Account {
  return {
    Id: account.id,
    Arn: `arn:aws:organizations::${organization.managementAccountId}:account/${organization.id}/${account.id}`,
    Email: account.email,
    Name: account.name,
    Status: account.status,
    State: account.status,
    JoinedMethod: account.id === organization.managementAccountId ? 'INVITED' : 'CREATED',
    JoinedTimestamp: new Date(account.joinedAtMs),
  };
}

function position(token: string): number {
  try {
    return readToken(token);
  } catch (cause) {
    if (cause instanceof ApiError) throw invalidInput('You provided an invalid NextToken.');
    throw cause;
  }
}

function invalidInput(message: string): ApiError {
  return new ApiError('InvalidInputException', message);
}

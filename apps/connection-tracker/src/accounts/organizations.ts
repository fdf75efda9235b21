import { allItems, createClient, type Session, toAwsError } from '@net/aws-core';
import { type AccountList, readAccountList } from './account.js';

/**
 * The active accounts of the organization that this session's account manages, or is delegated for: ListAccounts, all
 * pages.
 *
 * @throws {AwsError} of aws-core, which names the missing permission
 */
export async function readOrganization(session: Session, signal?: AbortSignal): Promise<AccountList> {
  const { OrganizationsClient, paginateListAccounts } = await import('@aws-sdk/client-organizations');
  // The service has one endpoint in each partition; the SDK finds it from any region.
  const client = await createClient(session, OrganizationsClient);
  try {
    const listed = await allItems(paginateListAccounts, client, {}, (page) => page.Accounts, {
      ...(signal ? { signal } : {}),
    });
    return readAccountList(
      listed
        .filter(({ Status }) => Status === 'ACTIVE')
        .map(({ Id, Name, Arn, Email }) => ({ id: Id, name: Name, arn: Arn, email: Email })),
    );
  } catch (error) {
    throw toAwsError(error, { action: 'organizations:ListAccounts' });
  } finally {
    client.destroy();
  }
}

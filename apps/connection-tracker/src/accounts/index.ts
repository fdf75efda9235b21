export { type Account, type AccountList, type RejectedAccount, readAccountList } from './account.js';
export { type DomainTemplate, parseDomainTemplate } from './domain.js';
export { readAccountsFile } from './file.js';
export { readOrganization } from './organizations.js';
export { type TeamServiceOptions, readTeamService } from './team-service.js';
export { readThisAccount } from './this-account.js';
export { accessToken } from './tokens.js';

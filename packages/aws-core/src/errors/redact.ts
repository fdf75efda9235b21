/**
 * The text without what would let a reader act as somebody else: session tokens, signatures, secret keys; access
 * key ids keep their first and last four characters. AWS echoes the signed request in some errors, which has
 * all of them.
 */
export function redactSecrets(text: string): string {
  return text
    .replaceAll(TOKEN, (_match, name: string) => `${name}[redacted]`)
    .replaceAll(SECRET, (_match, name: string) => `${name}[redacted]`)
    .replaceAll(SIGNATURE, (_match, name: string) => `${name}[redacted]`)
    .replaceAll(ACCESS_KEY_ID, (id) => `${id.slice(0, 4)}...${id.slice(-4)}`);
}

const TOKEN = /((?:x-amz-security-token|aws_session_token|session_?token)["']?\s*[:=]\s*["']?)[^\s"'&,;]+/gi;
const SECRET = /((?:aws_secret_access_key|secret_?access_?key)["']?\s*[:=]\s*["']?)[^\s"'&,;]+/gi;
const SIGNATURE = /((?:x-amz-)?signature["']?\s*[:=]\s*["']?)[0-9a-f]{32,}/gi;
// Unique ids of IAM: AKIA for long-term keys, ASIA for temporary ones.
const ACCESS_KEY_ID = /\b(?:AKIA|ASIA)[A-Z0-9]{12,124}\b/g;

export type SecretKind =
  | 'password'
  | 'token'
  | 'bearer-token'
  | 'basic-authorization'
  | 'json-web-token'
  | 'aws-access-key'
  | 'service-key'
  | 'connection-string'
  | 'private-key';

interface Pattern {
  readonly kind: SecretKind;
  readonly find: RegExp;
}

/**
 * Secrets that are known by their own shape. Every pattern is linear: each repeats one class of characters up to a bound,
 * for a stranger's document is searched with them.
 */
const PATTERNS: readonly Pattern[] = [
  { kind: 'private-key', find: /-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY-----/ },
  { kind: 'json-web-token', find: /\beyJ[\w-]{8,4000}\.eyJ[\w-]{8,4000}\.[\w-]{8,2000}/ },
  { kind: 'bearer-token', find: /\bbearer\s{1,4}(?=\S{0,200}\d)[\w.~+/-]{12,4000}/i },
  { kind: 'basic-authorization', find: /\bbasic\s{1,4}(?=\S{0,200}[\d=])[A-Za-z0-9+/]{12,2000}/i },
  { kind: 'aws-access-key', find: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/ },
  // GitHub, GitLab, Slack, Google, Stripe, SendGrid, OpenAI and Anthropic: their own documented prefixes.
  {
    kind: 'service-key',
    find: /\b(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{30,255}|glpat-[\w-]{20,255}|xox[abprs]-[\w-]{10,255}|AIza[\w-]{35}|[rs]k_live_[A-Za-z0-9]{16,255}|SG\.[\w-]{16,64}\.[\w-]{16,64}|sk-[\w-]{20,255})/,
  },
  // What follows may be a reference of the bot ($sPassword$), and then is none.
  {
    kind: 'connection-string',
    find: /\b(?:password|pwd|accountkey|sharedaccesskey)\s{0,3}=\s{0,3}[^;\s$'"{}<>*]{3,500}/i,
  },
  {
    kind: 'connection-string',
    find: /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:/@$]{1,100}:[^\s:/@$<>*{}]{1,200}@[^\s/@]{1,200}/i,
  },
];

/** What kinds of secrets a text holds. */
export function secretsByShape(text: string): SecretKind[] {
  return [...new Set(PATTERNS.filter(({ find }) => find.test(text)).map(({ kind }) => kind))];
}

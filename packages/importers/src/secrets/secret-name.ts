/** Last words of names whose values are secrets in themselves. */
const SECRET = new Set([
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'pwd',
  'pass',
  'secret',
  'kennwort',
  'passwort',
]);
/** Pairs of last words that mean one. */
const SECRET_PAIRS = new Set([
  'api key',
  'access key',
  'account key',
  'private key',
  'secret key',
  'client secret',
  'shared key',
  'subscription key',
  'auth token',
  'access token',
  'bearer token',
  'api token',
  'refresh token',
]);
const SECRET_ALONE = new Set([
  'apikey',
  'accesskey',
  'secretkey',
  'authtoken',
  'accesstoken',
  'apitoken',
  'clientsecret',
]);
/** Names under which secrets stand, and much else. */
const PERHAPS = new Set(['token', 'pin', 'authorization']);

/** Whether a variable, attribute, key or column of this name holds a secret; `maybe` when its value has to decide. */
export function secretByName(name: string): 'yes' | 'maybe' | 'no' {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '')
    .map((word) => word.replace(/\d+$/, ''));
  const last = words.at(-1) ?? '';
  const pair = `${words.at(-2) ?? ''} ${last}`;
  if (SECRET.has(last) || SECRET_ALONE.has(last) || SECRET_PAIRS.has(pair)) return 'yes';
  // Names in one piece: sPassword, dbpassword, strPwd.
  if (/(password|passwd|passphrase|pwd|passwort|kennwort|apikey|clientsecret)$/.test(last)) return 'yes';
  return PERHAPS.has(last) ? 'maybe' : 'no';
}

/** Whether a text is only in the place of a secret: nothing, asterisks, a name in brackets. */
export function isPlaceholder(text: string): boolean {
  const value = text.trim();
  return (
    value === '' ||
    /^(.)\1*$/.test(value) ||
    /^[<[{(].*[>\]})]$/.test(value) ||
    /^(none|null|n\/a|tbd|todo|true|false|dummy|placeholder|password|passwort|your[ _-].*|enter[ _-].*)$/i.test(value)
  );
}

/** Long, without spaces, of letters and digits: what a token looks like and a word does not. */
export function looksRandom(text: string): boolean {
  return text.length >= 16 && !/\s/.test(text) && /\d/.test(text) && /[a-z]/i.test(text);
}

import { type DestinationStream, type LevelWithSilent, type Logger as PinoLogger, pino } from 'pino';

/** The log every part of the kernel is handed. */
export type Logger = PinoLogger;
/** `silent` writes nothing at all. */
export type LogLevel = LevelWithSilent;

/** What stands in a log line where a secret would have stood. */
export const REDACTED = '[redacted]';

/**
 * A log of JSON lines in which no secret can be read.
 *
 * The redaction looks at the finished line, not at the object handed in. pino's own redaction knows a list of paths
 * and sees neither the properties of an error, nor what a `toJSON` brings to light, nor a child's bindings; the
 * finished line holds them all. Lines without a suspicious word, nearly all of them, cost one regular expression.
 *
 * @param destination where lines go; standard output without one
 */
export function createLogger(level: LogLevel = 'info', destination?: DestinationStream): Logger {
  const errorWithCauses = pino.stdSerializers.errWithCause;
  const options = {
    level,
    // Written whole: the plain serializer keeps of a cause only its message.
    serializers: { err: errorWithCauses, error: errorWithCauses, cause: errorWithCauses },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { streamWrite: redactLine },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** One JSON line with every secret in it replaced. A line that is no JSON keeps only what is certainly harmless. */
export function redactLine(line: string): string {
  if (!SUSPICIOUS.test(line)) return line;
  try {
    const cleaned = JSON.stringify(JSON.parse(line), (key, value: unknown) => {
      if (isSecretKey(key) && holdsSomething(value)) return REDACTED;
      return typeof value === 'string' ? redactText(value) : value;
    });
    return `${cleaned}\n`;
  } catch {
    return redactText(line);
  }
}

/**
 * Whether what stands under this key is secret: by the words it is made of (`apiKey`, `X-Authorization`,
 * `db_password`), unless its last word says that only something about the secret follows (`tokenId`,
 * `passwordPolicy`).
 */
export function isSecretKey(key: string): boolean {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
  const last = words.at(-1);
  if (last === undefined || ABOUT_A_SECRET.has(last)) return false;
  if (last === 'key' || last === 'keys') return !OPEN_KEYS.has(words.at(-2) ?? '');
  return SECRET_WORD.test(words.join(''));
}

const SUSPICIOUS = /pass|pwd|secret|token|auth|credential|cookie|key|bearer|basic|eyJ|:\/\/[^/\s"@]*@|otp\b/i;
const SECRET_WORD =
  /password|passwd|passphrase|passcode|pwd|secret|token|authorization|credentials?$|cookie|apikey|privatekey|secretkey|accesskey|rootkey|^otp$/;
const ABOUT_A_SECRET = new Set(
  'id ids name names policy count type kind length version at expiry expires uuid total seconds'.split(' '),
);
const OPEN_KEYS = new Set(['public', 'idempotency', 'primary', 'foreign', 'sort', 'partition']);

/** Secrets that stand inside running text: in a message, a URL, a connection string, a header that was quoted. */
function redactText(text: string): string {
  return text
    .replace(/(:\/\/[^/\s:@"]*:)[^\s"]*@/g, `$1${REDACTED}@`)
    .replace(/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${REDACTED}`)
    .replace(/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g, REDACTED)
    .replace(
      /((?:password|passwd|pwd|secret|token|api[_-]?key|(?:x-)?authorization)\\?["']?\s*[=:]\s*)(\\?["'])?(?!\[redacted\])(?:(?<=["'])[^"'\\]+|[^\s"'&,;}\\]+)/gi,
      `$1$2${REDACTED}`,
    );
}

/** `hasPassword: false` or `token: null` tell nothing and are worth reading. */
function holdsSomething(value: unknown): boolean {
  return value !== null && typeof value !== 'boolean' && value !== '';
}

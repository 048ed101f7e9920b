import { BotError, BotSession, type Host } from '@signalbox/taskbot';
import { RE2JS } from 're2js';
import { excerpt } from './text.ts';

const KEPT = 200;

/**
 * A regular expression of a bot, compiled to linear time (a bot's author must not be able to hang a runner with a
 * pattern). Compiled once a run: bots use them in loops.
 */
export const compilePattern = (source: string, caseSensitive: boolean, host: Host): RE2JS => {
  const compiled = compiledOf(host);
  const key = `${caseSensitive ? 's' : 'i'}${source}`;
  const known = compiled.get(key);
  if (known) return known;
  const fresh = compile(source, caseSensitive);
  if (compiled.size >= KEPT) compiled.clear();
  compiled.set(key, fresh);
  return fresh;
};

const compile = (source: string, caseSensitive: boolean): RE2JS => {
  try {
    return RE2JS.compile(source, caseSensitive ? 0 : RE2JS.CASE_INSENSITIVE);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/^error parsing regexp: /, '') : String(cause);
    const unsupported = /\(\?<?[=!]|\\[1-9]|\(\?>|[*+?}]\+/.test(source);
    throw new BotError(
      `The regular expression "${excerpt(source)}" cannot be used: ${why}. ` +
        (unsupported
          ? 'Look-around, back-references and possessive groups have no linear-time form: rewrite the expression without them, for example with String.beforeAfter or a capturing group.'
          : 'Mend the expression; a backslash escapes a character that is meant literally.'),
      { cause },
    );
  }
};

/** The compiled patterns live as long as the run, so they are kept where its sessions are. */
const compiledOf = (host: Host): Map<string, RE2JS> => {
  try {
    const { content } = host.sessions.get('String', 'compiled patterns');
    if (content instanceof Map) return content;
  } catch {
    // Not open yet: the first pattern of this run.
  }
  const fresh = new Map<string, RE2JS>();
  host.sessions.open('String', 'compiled patterns', new BotSession('String', fresh));
  return fresh;
};

import { BotError, BotSession, type BotValue, type Host } from '@signalbox/taskbot';
import { kindOf } from './text.ts';

/** Where the sessions of one package come from: what its messages call it, and which action opens one. */
export interface SessionKind<T> {
  readonly package: string;
  readonly content: new (...given: never[]) => T;
  /** The action that opens one, as the editor shows it: "Database: Connect". */
  readonly opener: string;
}

/** Documents name a session by a text, or give the session itself; nothing means the name "Default". */
export const sessionOf = <T>(kind: SessionKind<T>, session: BotValue | undefined, host: Host): T => {
  const found =
    session instanceof BotSession ? session : host.sessions.get(kind.package, sessionNameOf(kind.package, session));
  if (found.closed) {
    throw new BotError(`The ${kind.package} session is closed. Open it again with "${kind.opener}".`);
  }
  if (found.content instanceof kind.content) return found.content;
  throw new BotError(
    `Expected a ${kind.package} session, but got one of ${found.package}. Open one with "${kind.opener}" before this action.`,
  );
};

/** Keeps a new session under its name; newer documents give none and keep the returned session themselves. */
export const keepSession = (
  packageName: string,
  name: BotValue | undefined,
  session: BotSession,
  host: Host,
): BotSession => {
  if (name !== null && name !== undefined && name !== '' && !(name instanceof BotSession)) {
    host.sessions.open(packageName, sessionNameOf(packageName, name), session);
  }
  return session;
};

export const closeSession = async (
  packageName: string,
  session: BotValue | undefined,
  host: Host,
): Promise<undefined> => {
  if (session instanceof BotSession) await session.close();
  else await host.sessions.close(packageName, sessionNameOf(packageName, session));
  return undefined;
};

const sessionNameOf = (packageName: string, session: BotValue | undefined): string => {
  if (session === null || session === undefined || session === '') return 'Default';
  if (typeof session === 'string') return session;
  throw new BotError(`Expected the name of a ${packageName} session, but got ${kindOf(session)}.`);
};

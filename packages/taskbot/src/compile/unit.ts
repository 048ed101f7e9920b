import type { CredentialReference } from '../declaration.ts';
import type { Exec, Getter } from '../run/exec.ts';
import type { Frame } from '../run/frame.ts';
import type { BotValue } from '../value.ts';
import type { Scope, Slot } from './scope.ts';

/** One compiled bot of a program. Shared by all its runs, so it holds nothing that a run changes. */
export interface Unit {
  readonly path: string;
  readonly scope: Scope;
  /** Set when the bot is compiled, after all bots of the program are known: they may call each other in a circle. */
  body: Exec;
  /** Puts the defaults into a new frame's slots. */
  initialise: (frame: Frame) => void;
  /** Variables whose defaults hold credentials, which are fetched when the bot begins. */
  credentials: readonly {
    readonly slot: Slot;
    readonly references: readonly CredentialReference[];
    readonly get: Getter<BotValue>;
  }[];
}

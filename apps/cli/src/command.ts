/** What a command has of the world around it. */
export interface Terminal {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly env: NodeJS.ProcessEnv;
}

export interface Command {
  /** What `signalbox <command> --help` prints. */
  readonly help: string;
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

/** 0: well. 1: the bot failed, or has errors. 2: the command line, or what it names, is wrong. 130: stopped by Ctrl-C. */
export type ExitCode = 0 | 1 | 2 | 130;

/** The command line is wrong: what was expected, what came. Never holds a secret. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

declare module 'hoodiecrow-imap' {
  import type { Server } from 'node:net';

  interface Message {
    readonly raw: string;
    readonly flags?: string[];
    readonly internaldate?: string;
  }
  interface Options {
    readonly plugins: string[];
    readonly users: Record<string, { password: string }>;
    readonly storage: Record<string, { messages?: Message[]; folders?: Record<string, { messages?: Message[] }> }>;
  }
  function hoodiecrow(options: Options): {
    readonly server: Server;
    listen(port: number, done: () => void): void;
    close(done: () => void): void;
  };
  export = hoodiecrow;
}

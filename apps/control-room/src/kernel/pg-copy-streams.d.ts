/** The package ships no types; this is the part that we use. */
declare module 'pg-copy-streams' {
  import type { Writable } from 'node:stream';
  import type { Submittable } from 'pg';
  export function from(statement: string): Writable & Submittable;
}

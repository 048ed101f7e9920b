import type { DatabaseServer } from './database-server.ts';

/** What every measurement is handed. */
export interface Bench {
  readonly databases: DatabaseServer;
  /** For files; gone when the run is over. */
  readonly folder: string;
  /** Smaller and fewer rounds: to see that it works, not to quote. */
  readonly quick: boolean;
  /** One line for whoever waits. */
  readonly tell: (line: string) => void;
}

/** One line of the table. */
export interface Row {
  readonly name: string;
  /** Under the table's columns, as text; an empty one where it does not apply. */
  readonly cells: readonly string[];
}

export interface Aim {
  readonly text: string;
  /** What was reached, in the aim's own words. */
  readonly reached: string;
  readonly met: boolean;
}

/** What one measurement found. */
export interface Findings {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly aims: readonly Aim[];
  /** Sentences below the table. */
  readonly notes?: readonly string[];
}

export interface Measurement {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<Findings>;
}

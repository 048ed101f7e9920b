/** Rows under a header, as a file holds them. */
export interface Table {
  readonly header: readonly string[];
  /** The rows below the header, a text for each cell. Throws `invalid` where the file is broken. */
  readonly rows: AsyncIterable<readonly string[]>;
}

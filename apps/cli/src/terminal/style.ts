import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Colours where the stream is a terminal and nobody has asked for none (NO_COLOR). */
export function style(stream: NodeJS.WriteStream, format: Format, text: string): string {
  return styleText(format, text, { stream });
}

/** Columns of the terminal; undefined for a file or pipe, whose lines are not cut. */
export function widthOf(stream: NodeJS.WriteStream): number | undefined {
  return stream.isTTY ? stream.columns : undefined;
}

import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter, type ZipWriterAddDataOptions } from '@zip.js/zip.js';

export type Entry = readonly [name: string, content: string | Uint8Array, options?: ZipWriterAddDataOptions];

/** An archive with whatever names a stranger likes. */
export async function zipOf(entries: readonly Entry[]): Promise<Uint8Array> {
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, content, options] of entries) {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    await writer.add(name, new Uint8ArrayReader(bytes), options);
  }
  return writer.close();
}

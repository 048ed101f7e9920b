import { crc32 } from 'node:zlib';
import { RobotRefusal } from '../robot-refusal.ts';
import { damaged, type RobotFile } from './open-robot-zip.ts';

/**
 * The content of a file in pieces. What the directory claimed of it is compared with what comes out.
 *
 * @throws RobotRefusal `damaged`
 */
export async function* contentOf(file: RobotFile): AsyncGenerator<Buffer> {
  let size = 0;
  let sum = 0;
  try {
    for await (const piece of await file.open()) {
      const bytes = piece as Buffer; // the stream of an entry has no encoding set
      size += bytes.length;
      if (size > file.size) throw new Error('it holds more than its directory says');
      sum = crc32(bytes, sum);
      yield bytes;
    }
  } catch (cause) {
    throw cause instanceof RobotRefusal ? cause : damaged(cause, file.path);
  }
  if (sum !== file.checksum) throw damaged(new Error('its check sum differs'), file.path);
}

/** The whole content. For files that are known to be small. */
export async function readFile(file: RobotFile): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of contentOf(file)) pieces.push(piece);
  return Buffer.concat(pieces);
}

import { quote } from './robot-refusal.ts';
import { ShellWordsError, splitShellWords } from './shell-words.ts';
import type { Path, YamlReader } from './yaml-reader.ts';

/** The words of a command line that stands in a file. @throws RobotRefusal `bad-yaml` */
export function readCommandLine(yaml: YamlReader, path: Path, text: string): readonly string[] {
  try {
    const words = splitShellWords(text);
    if (words.length > 0) return words;
  } catch (cause) {
    if (!(cause instanceof ShellWordsError)) throw cause;
    throw yaml.refuse(path, `${cause.message} in ${quote(text)}`);
  }
  throw yaml.refuse(path, 'expected a command line, got nothing');
}

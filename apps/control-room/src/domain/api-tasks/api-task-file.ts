import { error } from '../../kernel/errors.ts';
import type { Bots } from '../bots/index.ts';
import type { Caller } from '../identity/index.ts';
import { API_TASK_TYPE, type Bundle, type Entry, type Repository } from '../repository/index.ts';

/**
 * The file of an API Task that can be run: checked in, of the type, without problems.
 *
 * @throws notFound; invalid with what is wrong with it
 */
export async function requireApiTask(
  caller: Caller,
  fileId: number,
  { repository, bots }: { readonly repository: Repository; readonly bots: Bots },
): Promise<{ entry: Entry; bundle: Bundle }> {
  const entry = await repository.entries.get(caller, fileId);
  if (entry.contentType !== API_TASK_TYPE) {
    throw error('invalid', `${entry.path} is no API Task.`, {
      details: `expected the content type ${API_TASK_TYPE}; it is ${entry.contentType}`,
    });
  }
  if (entry.workspace !== 'PUBLIC') {
    throw error('invalid', `${entry.path} is not checked in.`, {
      details: 'check it in to the public workspace first',
    });
  }
  const bundle = await repository.bundles.get(fileId);
  if (bundle === undefined) throw error('invalid', `${entry.path} has no content.`);
  const problems = (await bots.check(bundle, 'anywhere')).filter(({ severity }) => severity === 'error');
  if (problems.length > 0) {
    const shown = problems.slice(0, 10).map(({ botPath, line, message }) => `${botPath}, line ${line}: ${message}`);
    throw error('invalid', `${entry.path} cannot run as an API Task.`, { details: shown.join('; ') });
  }
  return { entry, bundle };
}

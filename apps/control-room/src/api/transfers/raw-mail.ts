import { Type } from 'typebox';
import { LARGEST_MAIL } from '../../domain/processes/index.ts';

/** What comes with a mail, whichever wire delivers it: the raw message, under any Content-Type. */
export const rawMail = {
  query: Type.Object({
    start: Type.Optional(
      Type.Boolean({ description: 'Whether a run begins with it; as the process says when absent.' }),
    ),
  }),
  body: 'bytes',
  bodyLimit: LARGEST_MAIL,
  refuses: [413],
} as const;

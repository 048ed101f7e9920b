import { Type } from 'typebox';
import type { Domain } from '../../domain/index.ts';
import type { CallFacts } from '../operation.ts';
import { originOf } from '../origin.ts';

/** Where a file is sent: a form with these fields first and the part `file` last, without any credential. */
export const FormUpload = Type.Object({ url: Type.String(), form_data: Type.Record(Type.String(), Type.String()) });

/** An address that is opened without a credential, on the origin that the client has called. */
export async function linkTo(
  ticket: Promise<string>,
  facts: Pick<CallFacts, 'headers'>,
  { publicUrl }: Pick<Domain, 'publicUrl'>,
): Promise<string> {
  return `${originOf(facts, publicUrl())}/transfers/${await ticket}`;
}

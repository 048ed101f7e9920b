import { type PublicKey, sealFor } from '@signalbox/sealed-values';
import { sql } from 'kysely';
import type { Database } from '../../kernel/database/index.ts';
import { error } from '../../kernel/errors.ts';
import type { CredentialRequest } from '../bots/index.ts';
import type { ForBots } from '../vault/index.ts';

/** For what a runner asks: a run or a work item that it has, under the version that its claim gave out. */
export type CredentialSubject =
  | { readonly kind: 'run'; readonly id: string; readonly version: number }
  | { readonly kind: 'item'; readonly id: number; readonly version: number };

/** A value that only the run can open, or why there is none. */
export type SealedAnswer = { readonly sealed: string; readonly masked: boolean } | { readonly problem: string };

/** What a value is sealed for, as both sides write it. */
export const subjectText = ({ kind, id, version }: CredentialSubject): string => `${kind} ${id}/${version}`;

/** Credentials for bots on devices: to whom the work belongs, in whose name it runs, sealed to the one run. */
export function createRunCredentials(database: Database, forBots: ForBots) {
  return {
    /** @throws notFound when the device no longer has it: then nothing leaves */
    async fetch(
      deviceId: number,
      subject: CredentialSubject,
      wanted: CredentialRequest,
      publicKey: PublicKey,
    ): Promise<SealedAnswer> {
      const { kind, id, version } = subject;
      const row = await database.first(
        kind === 'run'
          ? sql<{ userId: number }>`select r.user_id as "userId" from run r join lease l on l.id = r.lease_id
              where r.id = ${id}::uuid and r.version = ${version} and r.device_id = ${deviceId}`
          : sql<{
              userId: number;
            }>`select w.device_user_id as "userId" from work_item w join lease l on l.id = w.lease_id
              where w.id = ${id} and w.claim_version = ${version} and w.device_id = ${deviceId}`,
      );
      if (!row) throw error('notFound', `This device has no ${kind} ${id} under the version ${version}.`);
      const answer = await forBots(wanted, { userId: row.userId, runId: kind === 'run' ? id : `item ${id}` });
      if ('problem' in answer) return answer;
      const purpose = { subject: subjectText(subject), name: `${wanted.name}.${wanted.attributeName}` };
      return { sealed: await sealFor(publicKey, answer.value, purpose), masked: answer.masked };
    },
  };
}

import type { Answer, TestServer } from '../../../apps/control-room/test-support/server.ts';

/** People and things of the Credential Vault, made over the wire. */

export const LOCKER_CREATE = 100012;
export const LOCKER_CONSUME = 100013;
export const CREATE_STANDARD = 100014;
export const LOCKER_ADMIN = 100030;

export interface Person {
  readonly id: number;
  readonly username: string;
  readonly roleId: number;
  readonly token: string;
}

export interface AttributeSpec {
  readonly name: string;
  readonly userProvided?: boolean;
  readonly masked?: boolean;
  readonly passwordFlag?: boolean;
}

/** @param admin the administrator's token, where another server has replaced the one that this server began with */
export function vaultOf(server: TestServer, admin: () => string = () => server.admin) {
  const call = (method: string, path: string, who: { token: string } | undefined, body?: unknown): Promise<Answer> =>
    server.call(method, `/v2/credentialvault${path}`, { token: who?.token ?? admin(), body });
  const done = async (answer: Promise<Answer>): Promise<Answer> => {
    const got = await answer;
    if (got.status >= 300) throw new Error(got.text);
    return got;
  };

  return {
    call,
    /** Somebody who may own credentials with standard values, and lockers. */
    keeper: (): Promise<Person> => server.user([LOCKER_CREATE, CREATE_STANDARD]),

    async credential(owner: { token: string } | undefined, name: string, attributes: readonly AttributeSpec[]) {
      const made = await done(
        call('POST', '/credentials', owner, {
          name,
          attributes: attributes.map((one) => ({ userProvided: false, masked: false, ...one })),
        }),
      );
      const id: string = made.body.id;
      const attribute = (which: string): string =>
        made.body.attributes.find((one: { name: string }) => one.name === which).id;
      return {
        id,
        name,
        attribute,
        path: `/credentials/${id}`,
        set: (which: string, value: string, who: { token: string } | undefined = owner, more: object = {}) =>
          call('POST', `/credentials/${id}/attributevalues`, who, {
            list: [{ credentialAttributeId: attribute(which), value, ...more }],
          }),
        values: (who: { token: string } | undefined, query = '') =>
          call('GET', `/credentials/${id}/attributevalues${query}`, who),
      };
    },

    async locker(owner: { token: string } | undefined, name: string) {
      const made = await done(call('POST', '/lockers', owner, { name }));
      const path = `/lockers/${made.body.id}`;
      return {
        id: made.body.id as string,
        path,
        member: (user: { id: number }, ...permissions: string[]) =>
          done(call('PUT', `${path}/members/${user.id}`, owner, { permissions })),
        consumer: (role: { roleId: number }) => done(call('POST', `${path}/consumers`, owner, { id: role.roleId })),
        put: (credential: { id: string }, who: { token: string } | undefined = owner) =>
          call('PUT', `${path}/credentials/${credential.id}`, who, {}),
      };
    },

    /** What was recorded about a thing, oldest first. */
    async audit(type: string, id: string | number): Promise<{ action: string; outcome: string; text: string }[]> {
      const { rows } = await query(
        server,
        'select * from audit_entry where subject_type = $1 and subject_id = $2 order by id',
        [type, String(id)],
      );
      return rows.map((row) => ({ action: row.action, outcome: row.outcome, text: JSON.stringify(row) }));
    },
    sql: (text: string, values: unknown[] = []) => query(server, text, values),
  };
}

/** As somebody who has got hold of the database would. */
async function query(server: TestServer, text: string, values: unknown[]) {
  const client = await server.database.database.connect();
  try {
    return await client.query(text, values);
  } finally {
    client.release();
  }
}

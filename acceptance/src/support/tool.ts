import { createHash, createHmac } from 'node:crypto';
import type { Answer, TestServer } from '../../../apps/control-room/test-support/server.ts';

/** A user's tool: it signs with an access credential as contract robocorp §9.1 says, and knows nothing of the server's own code. */
export interface Tool {
  readonly identifier: string;
  readonly secret: string;
  signed(method: string, path: string, body?: unknown, more?: Signing): Promise<Answer>;
  /** A token of a workspace, or of the user. */
  token(capabilitySet: string, workspaceId?: string): Promise<string>;
}

export interface Signing {
  readonly seconds?: number;
  readonly secret?: string;
  /** What is signed instead of what is sent. */
  readonly path?: string;
  readonly method?: string;
  readonly body?: string;
  readonly nonceHeader?: string;
}

const now = () => Math.floor(Date.now() / 1000);

export async function toolOf(server: TestServer, userToken: string): Promise<Tool> {
  const made = await server.call('POST', '/signalbox/v1/access-credentials', {
    token: userToken,
    body: { name: 'rcc' },
  });
  if (made.status !== 201) throw new Error(made.text);
  const [identifier, own] = made.body.credential.split(':') as [string, string];

  async function signed(method: string, path: string, body?: unknown, more: Signing = {}): Promise<Answer> {
    const { seconds = now(), secret = own, nonceHeader = 'authorization-timestamp' } = more;
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const hashed = more.body ?? (method === 'GET' || method === 'DELETE' ? '{}' : (sent ?? ''));
    const lines = [
      more.method ?? method,
      more.path ?? path,
      'application/json',
      String(seconds),
      createHash('sha256').update(hashed).digest('base64'),
    ];
    const signature = createHmac('sha256', secret).update(lines.join('\n')).digest('base64');
    return server.call(method, path, {
      body: sent,
      headers: {
        authorization: `robocloud-hmac ${identifier} ${signature}`,
        [nonceHeader]: String(seconds),
        'content-type': 'application/json',
        'robocorp-installation-id': 'test',
      },
    });
  }

  return {
    identifier,
    secret: own,
    signed,
    async token(capabilitySet, workspaceId) {
      const path = workspaceId === undefined ? 'user' : `workspaces/${workspaceId}`;
      const answer = await signed('POST', `/token-vendor-v1/${path}/tokenrequest`, { expiresIn: 1_200, capabilitySet });
      if (answer.status !== 200) throw new Error(answer.text);
      return answer.body.token;
    },
  };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

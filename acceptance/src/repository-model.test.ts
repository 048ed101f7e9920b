import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../../apps/control-room/test-support/server.ts';
import { MAY, type Person, type RepositorySuite, repositorySuite, WRITER } from './support/repository.ts';

/*
 * Whatever two users and one who may force do to a file, in whatever order: it is as a few lines of a model say. The
 * model knows the versions, who has the copy, what is in it, and which drafts a forced end has left behind.
 */

let server: TestServer;
let suite: RepositorySuite;
let people: Person[];
beforeAll(async () => {
  server = await startTestServer();
  suite = repositorySuite(server);
  people = [
    await suite.person('ada'),
    await suite.person('ben'),
    await suite.person('cleo', [...WRITER, MAY.forceUnlock]),
  ];
});
afterAll(() => server?.stop());

const DOES = ['save', 'checkOut', 'edit', 'checkIn', 'undo', 'restoreFirst', 'delete'] as const;
type Step = { readonly who: number; readonly does: (typeof DOES)[number]; readonly text: string };
const steps = fc.array(
  fc.record({
    who: fc.nat({ max: 2 }),
    does: fc.constantFrom(...DOES.slice(0, 6)),
    text: fc.stringMatching(/^[a-z]{1,3}$/),
  }),
  { maxLength: 20 },
);

interface Model {
  readonly versions: string[];
  copy: { readonly who: number; readonly id: string; text: string } | undefined;
  readonly drafts: Set<number>;
}

/** What the step must answer, with what it does to the model. */
function expected(model: Model, { who, does, text }: Step): number {
  const { copy, versions, drafts } = model;
  const mine = copy?.who === who;
  switch (does) {
    case 'save':
      if (copy) return 409;
      versions.push(text);
      return 200;
    case 'restoreFirst':
      if (copy) return 409;
      versions.push(versions[0] ?? '');
      return 200;
    case 'checkOut':
      // A draft at the path is in the way of a new copy.
      return copy || drafts.has(who) ? 409 : 201;
    case 'edit':
      if (!copy) return 0;
      if (!mine) return 404;
      copy.text = text;
      return 200;
    case 'checkIn':
      if (!copy || !mine) return 409;
      versions.push(copy.text);
      model.copy = undefined;
      return 200;
    case 'undo':
      if (!copy) return 409;
      if (!mine && who !== 2) return 403;
      if (!mine) drafts.add(copy.who);
      model.copy = undefined;
      return 200;
    case 'delete':
      return copy ? 409 : 204;
  }
}

const bot = (text: string) => ({ nodes: [], variables: [], text });

test('A file is always in the state that its history makes', async () => {
  let files = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const id = await suite.file({ name: `model ${++files}`, content: bot('start') });
      const model: Model = { versions: ['', 'start'], copy: undefined, drafts: new Set() };
      for (const step of [...list, { who: 0, does: 'delete', text: '' } as const]) {
        const person = people[step.who] as Person;
        const { copy } = model;
        const status = expected(model, step);
        if (status === 0) continue;
        const calls = {
          save: () => person.call('PUT', `files/${id}/content`, bot(step.text)),
          checkOut: () => person.call('POST', `files/${id}/checkout`),
          edit: () => person.call('PUT', `files/${copy?.id}/content`, bot(step.text)),
          checkIn: () => person.call('POST', `files/${id}/checkin`, {}),
          undo: () => person.call('POST', `files/${id}/undo-checkout`),
          restoreFirst: () => person.call('POST', `files/${id}/restore`, { versionNumber: 1 }),
          delete: () => person.call('DELETE', `files/${id}`),
        };
        const answer = await calls[step.does]();
        expect(answer.status, `${step.does} by ${step.who}: ${answer.text}`).toBe(status);
        if (step.does === 'checkOut' && status === 201)
          model.copy = { who: step.who, id: answer.body.id, text: model.versions.at(-1) ?? '' };
        if (status === 204) return;
        const { body } = await suite.admin.call('GET', `files/${id}`);
        expect(body).toMatchObject({
          latestVersion: String(model.versions.length),
          locked: model.copy !== undefined,
          lockedBy: String(model.copy ? people[model.copy.who]?.id : 0),
        });
        const content = (await suite.admin.call('GET', `files/${id}/content`)).body;
        expect(content.text ?? '').toBe(model.versions.at(-1));
      }
    }),
    { numRuns: Number(process.env.REPOSITORY_MODEL_RUNS ?? 15) },
  );
}, 120_000);

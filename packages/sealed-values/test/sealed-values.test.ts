import { describe, expect, it } from 'vitest';
import { createRecipient, NotForThis, sealFor } from '../src/index.ts';

const PURPOSE = { subject: 'run 7/1', name: 'mail.password' };

describe('a sealed value', () => {
  it('is read by whom it is for, whatever stands in it', async () => {
    const run = await createRecipient();
    for (const value of ['hunter2', '', 'ü€ \u0000 "quoted"', 'x'.repeat(100_000)]) {
      expect(await run.open(await sealFor(run.publicKey, value, PURPOSE), PURPOSE)).toBe(value);
    }
  });

  it('is nothing to anybody else, nor for another run, nor under another name', async () => {
    const [run, other] = [await createRecipient(), await createRecipient()];
    const sealed = await sealFor(run.publicKey, 'hunter2', PURPOSE);
    expect(sealed).not.toContain(Buffer.from('hunter2').toString('base64url'));
    await expect(other.open(sealed, PURPOSE)).rejects.toThrow(NotForThis);
    await expect(run.open(sealed, { ...PURPOSE, subject: 'run 7/2' })).rejects.toThrow(NotForThis);
    await expect(run.open(sealed, { ...PURPOSE, name: 'erp.password' })).rejects.toThrow(NotForThis);
  });

  it('is refused when a part of it was changed', async () => {
    const run = await createRecipient();
    const parts = (await sealFor(run.publicKey, 'hunter2', PURPOSE)).split('.');
    for (const at of [0, 2, 3, 4]) {
      const changed = parts.map((part, i) => (i === at ? `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}` : part));
      await expect(run.open(changed.join('.'), PURPOSE), `part ${at}`).rejects.toThrow(NotForThis);
    }
  });
});

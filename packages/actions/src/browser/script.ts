import { Script } from 'node:vm';
import { BotError, type BotValue, toJson } from '@signalbox/taskbot';
import type { Page } from 'playwright-core';

/**
 * Runs JavaScript in the page. Documents hold both the body of a function (`return document.title`) and plain programs,
 * whose last expression counts; which one it is, the compiler tells. Nothing of it runs here.
 *
 * @returns what came back as a text: structures as JSON, nothing as an empty one
 */
export const runScript = async (page: Page, script: string, values: readonly BotValue[] = []): Promise<string> => {
  const given = JSON.stringify(values.map(toJson));
  const program = isProgram(script) ? callIfFunction(script, given) : bodyCall(script, given);
  const result: unknown = await page.evaluate(program);
  if (result === undefined || result === null) return '';
  return typeof result === 'string' ? result : JSON.stringify(result);
};

const bodyCall = (script: string, given: string): string => `(async function () {\n${script}\n}).apply(null, ${given})`;

/** A lone `function (a) {…}` is called with what the bot gives. */
const callIfFunction = (script: string, given: string): string => {
  const text = script.trim().replace(/;$/, '');
  const lone = /^(?:async\s+)?function\b/.test(text) && compiles(`(${text})`);
  return lone ? `(${text}).apply(null, ${given})` : script;
};

const isProgram = (script: string): boolean => {
  if (/^\s*function\s*\(/.test(script)) return true;
  if (compiles(script)) return true;
  if (compiles(`(async function () {\n${script}\n})`)) return false;
  throw new BotError('The script is not JavaScript that a page can run. Check its brackets and quotes.');
};

const compiles = (text: string): boolean => {
  try {
    new Script(text);
    return true;
  } catch {
    return false;
  }
};

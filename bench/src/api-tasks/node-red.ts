import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROWS } from './zip-codes.ts';

/** What is compared with; installed when it is first needed, for nobody else needs its 80 MB. */
const VERSION = '5.0.7';

/** Starts Node-RED with one HTTP flow that answers the same. Undefined where it cannot be had. */
export async function startNodeRed(folder: string, port: number): Promise<{ stop(): Promise<void> } | undefined> {
  const home = join(tmpdir(), `signalbox-bench-node-red-${VERSION}`);
  const program = join(home, 'node_modules', 'node-red', 'red.js');
  if (!(await exists(program)) && !(await install(home))) return undefined;
  const userDir = join(folder, 'node-red');
  await mkdir(userDir, { recursive: true });
  const settings = join(userDir, 'settings.js');
  await writeFile(
    settings,
    `module.exports = ${JSON.stringify({ uiPort: port, uiHost: '127.0.0.1', userDir, flowFile: 'flows.json', httpAdminRoot: false, logging: { console: { level: 'off' } } })}`,
  );
  await writeFile(join(userDir, 'flows.json'), JSON.stringify(flow()));
  const child = spawn(process.execPath, [program, '--settings', settings], { stdio: 'ignore' });
  process.once('exit', () => child.kill('SIGKILL'));
  return {
    stop: async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

function flow(): object[] {
  const look = `const zip = msg.payload.botInput.iStrZipCode.string;
const row = ${JSON.stringify(ROWS)}.find(([code]) => code === zip) || ['', '', ''];
msg.payload = { hotBotResult: { botOutput: { State: { type: 'STRING', string: row[1] }, Place: { type: 'STRING', string: row[2] } } } };
return msg;`;
  return [
    { id: 'tab', type: 'tab', label: 'bench' },
    { id: 'in', z: 'tab', type: 'http in', url: '/execute', method: 'post', wires: [['look']] },
    { id: 'look', z: 'tab', type: 'function', func: look, outputs: 1, wires: [['out']] },
    { id: 'out', z: 'tab', type: 'http response', wires: [] },
  ];
}

async function install(home: string): Promise<boolean> {
  await mkdir(home, { recursive: true });
  const npm = spawn('npm', ['install', '--prefix', home, `node-red@${VERSION}`, '--no-audit', '--no-fund'], {
    stdio: 'ignore',
  });
  const [code] = await once(npm, 'exit');
  return code === 0;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

// Runs before every command with whatever Node is there (18 or newer), before anything is installed: plain JavaScript,
// no dependency. Installs what the lock file names when node_modules does not match it yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const stamp = join(root, 'node_modules', '.signalbox-installed');
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(`${process.platform}-${process.arch}`)
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  const started = Date.now();
  console.log('Installing what is missing (once; about half a minute) …');
  // npm names itself to the scripts it runs; a shell is needed only where it did not (and on Windows).
  const npm = process.env.npm_execpath;
  // `install --no-save` and not `ci`: the lock file holds the platforms that could be resolved when it was written, and `ci`
  // refuses a lock that lacks an optional package of a foreign platform. Neither writes to the lock file.
  const flags = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...flags], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', flags, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (result.status !== 0) {
    console.error(
      `The installation failed (npm install ended with ${result.status ?? result.error?.message}). What npm said stands above.`,
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
  console.log(`Installed in ${Math.round((Date.now() - started) / 1000)} s.`);
}

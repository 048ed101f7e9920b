#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
});
// What a stopped bot left behind (a connection, a timer) must not keep the command alive. What was written goes first.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));

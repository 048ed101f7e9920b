export { untilStopped } from './until-stopped.ts';

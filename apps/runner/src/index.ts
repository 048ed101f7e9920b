export { type Agent, startAgent } from './agent.ts';
export { type RunnerConfiguration, readRunnerConfiguration } from './configuration.ts';
export { createRunnerLog, type RunnerLog } from './log.ts';

/** The vendor's name for the activity record: what runs and what ran (contract a §10). */
export const MODULE = 'Bot Execution Orchestrator';

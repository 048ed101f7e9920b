/** The name of a deployment that brings none: `<bot name>.<yyyy.MM.dd.HH.mm.ss>.<username>` (contract a §9.1). */
export function automationNameOf(bot: string, username: string, moment: Temporal.Instant): string {
  const time = moment.toString({ smallestUnit: 'second' }).slice(0, 19).replace(/[-T:]/g, '.');
  return `${bot}.${time}.${username}`;
}

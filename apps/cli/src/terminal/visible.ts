/** A stranger's text for a terminal: without the characters that would move its cursor or change its title. */
export function visible(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, '\uFFFD');
}

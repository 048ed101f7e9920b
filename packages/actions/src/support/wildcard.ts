/**
 * `*` is any run of characters and `?` any one; letter case does not matter, as on Windows, where bots are written.
 * Everything else is meant plainly, brackets too. On a miss only the last star is tried again, so the cost stays
 * name times pattern whatever the pattern.
 */
export const fitsWildcard = (name: string, pattern: string): boolean => {
  const text = name.toLowerCase();
  // DOS habit: *.* is every file, also one without a dot.
  const mask = (pattern === '*.*' ? '*' : pattern).toLowerCase();
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < text.length; ) {
    if (mask[at] === '*') {
      star = at++;
      resume = i;
    } else if (at < mask.length && (mask[at] === '?' || mask[at] === text[i])) {
      at++;
      i++;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  while (mask[at] === '*') at++;
  return at === mask.length;
};

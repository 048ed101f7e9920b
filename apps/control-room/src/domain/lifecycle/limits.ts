/** What an archive may be. Generous for exports of a whole Control Room (the largest seen has 1,526 bots), deadly for bombs. */
export const MOST_ENTRIES = 50_000;
/** Of one file, unpacked: it is held in memory while it is checked and kept. */
export const LARGEST_ENTRY = 128 * 1024 ** 2;
/** Of all files together, unpacked. */
export const LARGEST_TOTAL = 8 * 1024 ** 3;
/** Text packs to a fiftieth at best; a bomb to a thousandth. */
export const LARGEST_RATIO = 200;
/** Up to so many bytes the ratio does not matter. */
export const FREE_OF_RATIO = 10_000_000;
export const LARGEST_MANIFEST = 64 * 1024 ** 2;

/** Stands for every secret that a page names: long enough for all of them. */
export const DUMMY = 'a-dummy-value-of-32-characters--';

/** The same as a key for signatures, which has a form of its own. */
export const DUMMY_SIGNING_KEY = `whsec_${Buffer.from(DUMMY).toString('base64')}`;

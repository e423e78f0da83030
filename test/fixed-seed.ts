import fc from 'fast-check';

/*
 * Properties are tried on the same inputs in every run, so that a failure is of the change and can be had again. MEMLEDGER_SEED=random looks for new ones, and a
 * number tries those of that seed.
 */
const asked = process.env.MEMLEDGER_SEED ?? '1';
if (asked !== 'random') fc.configureGlobal({ seed: Number(asked) });

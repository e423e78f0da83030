/** What a new scenario starts from: small, complete, and in the form that saving gives it. */
export const NEW_SCENARIO = `memledger: 1
name: New scenario
about: Say here what to look at.
machine: { memory: 512MiB }
containers:
  # paths nest as in cgroupfs
  A: { max: 24MiB }
  B: {}
objects:
  shared: { file: 8MiB } # page cache of a file on disk
tasks:
  a: { in: A }
  b: { in: B }
steps:
  - { read: shared, by: a }
  - { sample: a-read }
  - { read: shared, by: b }
  - { sample: b-read }
models: [static, partial, rss, software-zones]
`;

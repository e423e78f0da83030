import type { z } from 'zod';
import type { Result } from '../../src-engine/base/result.ts';
import type { Answer, METHODS, Method } from './contract.ts';

/** Parameters of a method as its schema leaves them. */
export type Checked<M extends Method> = z.output<(typeof METHODS)[M]>;

/** What carries out each method of the lab, once its parameters are checked. */
export type LabHandlers = { readonly [M in Method]: (params: Checked<M>) => Promise<Result<Answer<M>>> };

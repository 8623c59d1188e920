import { StepFailure } from '../../../../src/domain/failure.ts';

/** The StepFailure that something is rejected with; throws for anything else. */
export async function failureFrom(promise: Promise<unknown>): Promise<StepFailure> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof StepFailure) return error;
    throw error;
  }
  throw new Error('It did not fail');
}

import type { LabMessage, LabRequest } from '../../src-main/lab/contract.ts';

/** Stands in for the lab while the window is built. */
export async function answerFake(request: LabRequest, receive: (message: LabMessage) => void): Promise<void> {
  const answers: Record<string, unknown> = { library: { scenarios: [], runs: [] }, models: [] };
  receive({ reply: { id: request.id, ok: true, value: answers[request.method] ?? null } });
}

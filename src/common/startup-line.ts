/** One line that says why the process could not start. */
export function startupLine(error: unknown): string {
  if (!(error instanceof Error)) return 'could not start: unknown fault';
  const { code, port, address } = error as { code?: string; port?: number; address?: string };
  if (code === 'EADDRINUSE') {
    return `could not start: port ${port} on ${address} is in use; set PORT or OPS_PORT to another one`;
  }
  if (code === 'EACCES' && port !== undefined)
    return `could not start: port ${port} needs rights that this user lacks`;
  return `could not start: ${error.message.split('\n')[0]}`;
}

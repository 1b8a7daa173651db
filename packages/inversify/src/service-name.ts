import type { ServiceIdentifier } from 'inversify';

const TOKEN_KEY = '@tidings/token/';

/** What an error message calls a service: the name of a token, else what Inversify would show. */
export function serviceName(service: ServiceIdentifier): string {
  if (typeof service === 'function') return service.name;
  return nameFromText(String(service));
}

/** The same, of a service as Inversify's own messages show it. */
export function nameFromText(text: string): string {
  const description = symbolDescription(text) ?? text;
  return description.startsWith(TOKEN_KEY) ? description.slice(TOKEN_KEY.length) : description;
}

/** The service that such a text stands for: exactly that for tokens and names, a guess for others. */
export function serviceFromText(text: string): ServiceIdentifier {
  const description = symbolDescription(text);
  return description === undefined ? text : Symbol.for(description);
}

function symbolDescription(text: string): string | undefined {
  return /^Symbol\((.*)\)$/s.exec(text)?.[1];
}

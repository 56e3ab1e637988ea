// Calls to the hub with the operator's key, which is in this module's memory and nowhere else: no storage, no address.

let key = null;

/** What the hub refused, or that it was not reached (`status` 0). */
export class Refused extends Error {
  constructor(status, problem = {}, retryAfter = null) {
    super(problem.message ?? "");
    this.status = status;
    this.code = problem.error ?? "";
    this.retryAfter = retryAfter ?? problem.retryAfter ?? null;
  }
}

/** Tells `end` when the hub takes the key no more. */
export const access = new EventTarget();

/** Whether a text can be sent as a key at all. */
export function isKey(text) { return /^[\x21-\x7e]{1,200}$/.test(text); }

export function forget() { key = null; }

/** Tries a key, and keeps it if it is an administrator's. */
export async function enter(text) {
  const overview = await request("GET", "/admin/overview", text);
  key = text;
  return overview;
}

/**
 * Calls a route below `/api/v1`.
 *
 * @param {Record<string, string | undefined>} query what is empty is left out
 */
export async function call(method, path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "" && value !== null);
  const search = given.length > 0 ? `?${new URLSearchParams(given)}` : "";
  const own = key;
  if (own === null) throw new Refused(401);
  try {
    const answer = await request(method, path + search, own);
    // What comes for a key that was forgotten meanwhile is not shown.
    if (key !== own) throw new Refused(401);
    return answer;
  } catch (error) {
    if (key === own && (error.status === 401 || error.status === 403)) {
      forget();
      access.dispatchEvent(new Event("end"));
    }
    throw error;
  }
}

async function request(method, path, secret) {
  let response;
  let content = null;
  try {
    response = await fetch(`/api/v1${path}`, {
      method, headers: { "X-API-Key": secret }, credentials: "omit", cache: "no-store", redirect: "error",
      referrerPolicy: "no-referrer", signal: AbortSignal.timeout(15_000),
    });
    if (response.status === 204) return null;
    try {
      content = await response.json();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      // A proxy's page, which says nothing.
    }
  } catch {
    throw new Refused(0);
  }
  if (response.ok && content !== null) return content;
  throw new Refused(response.ok ? 502 : response.status, content ?? {}, Number(response.headers.get("Retry-After")) || null);
}

// Calls to the hub. The access token is in memory alone; the refresh token is in a cookie that no script sees.
import { recall, remember } from "./settings.js";

const base = "/api/v1";
const marker = "presence.signed-in";

/** What the hub refused, or that it could not be reached (`status` 0). */
export class Refused extends Error {
  constructor(status, problem = {}, retryAfter = null) {
    super(problem.message ?? "");
    this.status = status;
    this.code = problem.error ?? "";
    this.details = problem.details ?? [];
    this.retryAfter = problem.retryAfter ?? retryAfter;
  }
}

/** Tells `in` and `out`, when somebody has signed in or is not any more. */
export const session = new EventTarget();
session.user = null;

let access = null;
let expiresAt = 0;
/** Nobody is signed in any more: nothing is renewed until somebody signs in. */
let isForgotten = false;
/** How often that was; an answer to a renewal from before it does not count. */
let forgotten = 0;
/** What is done before a sign-out, while the access token holds. */
const leaving = new Set();

async function request(method, path, body, token) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (token) headers.Authorization = `Bearer ${token}`;
  if (path.startsWith("/auth/")) headers["X-Refresh-Cookie"] = "1";
  let response;
  try {
    response = await fetch(base + path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "same-origin",
      cache: "no-store",
    });
  } catch {
    throw new Refused(0);
  }
  if (response.status === 204) return null;
  let content = null;
  try {
    content = await response.json();
  } catch { /* A proxy's page, which says nothing. */ }
  if (!response.ok) throw new Refused(response.status, content ?? {}, Number(response.headers.get("Retry-After")) || null);
  return content;
}

function take(answer) {
  isForgotten = false;
  access = answer.accessToken;
  // Renewed before it ends, whatever the clocks say.
  expiresAt = performance.now() + Math.max(answer.expiresIn - 30, answer.expiresIn / 2) * 1000;
  session.user = answer.user;
  remember(marker, "1");
}

function forget() {
  isForgotten = true;
  forgotten += 1;
  access = null;
  session.user = null;
  remember(marker, null);
}

/** A sign-out under way: the hub closes the stream before it answers, which is no reason to renew. */
let parting = null;

/** One tab at a time renews, so that each sends the newest cookie. */
function renew() {
  const work = async () => {
    await parting;
    if (isForgotten) throw new Refused(401);
    if (access && performance.now() < expiresAt) return;
    const before = forgotten;
    try {
      const answer = await request("POST", "/auth/refresh", {});
      if (before !== forgotten) throw new Refused(401);
      take(answer);
    } catch (error) {
      if (before === forgotten && (error.status === 401 || error.status === 403)) {
        const wasIn = session.user !== null;
        forget();
        if (wasIn) session.dispatchEvent(new Event("out"));
      }
      throw error;
    }
  };
  return navigator.locks ? navigator.locks.request("presence.refresh", work) : work();
}

/** Calls a route as who is signed in; renews what has expired. */
export async function call(method, path, body) {
  if (isForgotten) throw new Refused(401);
  if (!access || performance.now() >= expiresAt) await renew();
  try {
    return await request(method, path, body, access);
  } catch (error) {
    if (error.status !== 401) throw error;
    expiresAt = 0;
    await renew();
    return request(method, path, body, access);
  }
}

/** Calls a route that is for everybody. */
export function callOpen(method, path, body) { return request(method, path, body); }

/** Goes on with the sign-in of an earlier visit. */
export async function resume() {
  if (!recall(marker)) return false;
  try {
    await renew();
  } catch (error) {
    if (error.status === 401 || error.status === 403) return false;
    throw error;
  }
  return true;
}

const device = () => ({ deviceName: "Browser", platform: "web" });

export async function signIn(values) {
  take(await request("POST", "/auth/login", { ...values, device: device() }));
  session.dispatchEvent(new Event("in"));
}

/** Ends a sign-in that was begun with a provider. */
export async function signInWith(provider, values) {
  take(await request("POST", `/auth/providers/${encodeURIComponent(provider)}/complete`, { ...values, device: device() }));
  session.dispatchEvent(new Event("in"));
}

export async function register(values) {
  take(await request("POST", "/auth/register", { ...values, device: device() }));
  session.dispatchEvent(new Event("in"));
}

/** Has `step` done before a sign-out, which does not happen if it fails; returns what takes that back. */
export function beforeSignOut(step) {
  leaving.add(step);
  return () => leaving.delete(step);
}

/** Signs out; whoever cannot be signed out stays signed in, and the failure is thrown. */
export async function signOut() {
  await Promise.all([...leaving].map((step) => step()));
  // A step may have found out that somebody is not signed in any more.
  if (isForgotten) return;
  const ended = request("POST", "/auth/logout", {});
  parting = ended.then(() => {}, () => {});
  try {
    await ended;
  } finally {
    parting = null;
  }
  if (isForgotten) return;
  forget();
  session.dispatchEvent(new Event("out"));
}

/** Makes sure of a token that holds, such as after a connection was closed for want of one. */
export async function prove() {
  expiresAt = 0;
  await renew();
}

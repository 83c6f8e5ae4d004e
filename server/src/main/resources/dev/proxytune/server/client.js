/** Speaks with the server. */

/** Says why there is no answer, or not all of it, in a line for a person. */
export class Refusal extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

const GONE = "The server cannot be reached. Is it still running?";
const BROKEN = "The connection broke in the middle of an answer. Is the server still running?";

async function send(path, key, options = {}) {
  const headers = {"Content-Type": "application/json", ...(key && {Authorization: "Bearer " + key})};
  try {
    return await fetch(path, {...options, headers, cache: "no-store"});
  } catch (error) {
    throw error.name === "AbortError" ? error : new Refusal(GONE);
  }
}

async function refuse(response) {
  const body = await response.json().catch(() => ({}));
  let message = body.error?.message || "The server answered with the status " + response.status;
  if (response.status === 429) {
    const seconds = Number(response.headers.get("Retry-After")) || 1;
    message = `The server has its hands full: no place is free. Try again in ${seconds} s or so.`;
  }
  throw new Refusal(message, response.status);
}

/** Tell whether all models are loaded. */
export async function isReady() {
  return (await send("health", "")).status !== 503;
}

/** List what is served. */
export async function listModels(key) {
  const response = await send("v1/models", key);
  return response.ok ? (await response.json()).data : refuse(response);
}

/** Ask, and hand on each chunk of the answer as it comes; a signal ends it early with an AbortError. */
export async function ask(body, key, signal, onChunk) {
  const streamed = {...body, stream: true, stream_options: {include_usage: true}};
  const response = await send("v1/chat/completions", key, {method: "POST", body: JSON.stringify(streamed), signal});
  if (!response.ok) {
    await refuse(response);
  }
  for await (const data of events(response.body)) {
    if (data === "[DONE]") {
      return;
    }
    const chunk = JSON.parse(data);
    if (chunk.error) {
      throw new Refusal(chunk.error.message, chunk.error.code);
    }
    onChunk(chunk);
  }
  throw new Refusal(BROKEN);
}

/** Read the data of server-sent events. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      const blocks = (rest + part.value).split(/\r?\n\r?\n/);
      rest = blocks.pop();
      for (const block of blocks) {
        const data = block.split(/\r?\n/).filter(line => line.startsWith("data:")).map(line => line.slice(5).trim());
        if (data.length) {
          yield data.join("\n");
        }
      }
    }
  } catch (error) {
    throw error instanceof TypeError ? new Refusal(BROKEN) : error;
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Return what asks the same from a shell; the key is left for the shell to know. */
export function curl(body, hasKey) {
  const quote = text => "'" + text.replaceAll("'", "'\\''") + "'";
  const lines = ["curl " + quote(new URL("v1/chat/completions", document.baseURI).href), "-H 'Content-Type: application/json'"];
  if (hasKey) {
    lines.push('-H "Authorization: Bearer $PROXYTUNE_API_KEY"');
  }
  lines.push("-d " + quote(JSON.stringify(body)));
  return lines.join(" \\\n  ");
}

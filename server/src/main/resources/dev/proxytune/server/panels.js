/** The cards in which answers grow. */

import {element, signed} from "./inspector.js";

const clone = id => document.getElementById(id).content.cloneNode(true);

/** Cut a text where its tokens begin. Tokens that are parts of one character share a piece. */
export function cut(text, tokens) {
  const pieces = [];
  let place = 0;
  tokens.forEach((token, index) => {
    if (token.token && text.startsWith(token.token, place)) {
      pieces.push({text: token.token, token});
      place += token.token.length;
    } else if (place < text.length) {
      const following = tokens.slice(index + 1).map(next => text.indexOf(next.token, place + 1)).find(found => found > place);
      const end = following ?? text.length;
      pieces.push({text: text.slice(place, end), token});
      place = end;
    }
  });
  if (place < text.length) {
    pieces.push({text: text.slice(place)});
  }
  return pieces;
}

/** An answer as plain text. */
export class Panel {
  constructor(kind, title, who) {
    const made = clone("card");
    this.root = made.querySelector(".card");
    this.text = made.querySelector(".text");
    this.facts = made.querySelector(".facts");
    this.root.classList.add(kind);
    this.root.querySelector("h2").textContent = this.title = title;
    this.root.querySelector(".who").textContent = who;
  }

  /** Wait for another answer; what is there fades until its first piece comes. */
  begin() {
    this.root.setAttribute("aria-busy", "true");
    this.root.classList.remove("stale");
    this.fresh = true;
    this.started = performance.now();
    this.facts.textContent = "";
  }

  add(chunk) {
    const choice = chunk.choices[0];
    if (choice) {
      const content = choice.delta.content ?? "";
      if (this.fresh && (content || choice.finish_reason)) {
        this.fresh = false;
        this.clear();
      }
      const {text} = this;
      const atEnd = text.scrollHeight - text.scrollTop - text.clientHeight < 40;
      this.write(content, choice);
      if (atEnd) {
        text.scrollTop = text.scrollHeight;
      }
      this.reason = choice.finish_reason ?? this.reason;
    } else if (chunk.usage) {
      this.count = chunk.usage.completion_tokens;
    }
  }

  clear() {
    this.text.replaceChildren();
    this.root.classList.remove("over");
    this.reason = null;
  }

  write(content) {
    this.text.append(content);
  }

  /** Say how the answer ended: by itself, or stopped by somebody. */
  end(stopped = "") {
    this.root.removeAttribute("aria-busy");
    this.root.classList.toggle("over", !this.fresh);
    this.root.classList.toggle("stale", this.fresh);
    const seconds = (performance.now() - this.started) / 1000;
    const facts = stopped ? [stopped] : [`${this.count} token${this.count === 1 ? "" : "s"}`, seconds.toFixed(1) + " s"];
    if (!stopped && this.reason === "length") {
      this.text.append(" …");
      facts.push("cut off there");
    }
    this.facts.textContent = facts.join(" · ");
  }
}

/** An answer whose tokens can be looked into. */
export class TokenPanel extends Panel {
  #inspector;
  #spans = [];
  #traces = new Map();
  #changed = 0;
  #tokens = 0;

  constructor(kind, title, who, inspector, onCopy) {
    super(kind, title, who);
    this.#inspector = inspector;
    this.text.setAttribute("role", "toolbar");
    this.text.setAttribute("aria-label", "The answer, token by token; the arrow keys go from one to the next");
    this.root.append(element("div", "foot", "", this.facts, clone("steered-parts")));
    this.root.querySelector(".copy").addEventListener("click", event => onCopy(event.currentTarget));
    const at = event => this.#traces.get(event.target.closest(".token"));
    const visit = event => at(event) && inspector.show(event.target.closest(".token"), at(event));
    this.text.addEventListener("pointerover", event => event.pointerType !== "touch" && visit(event));
    this.text.addEventListener("focusin", event => {
      this.#rove(event.target);
      visit(event);
    });
    this.text.addEventListener("click", event => at(event) && inspector.pin(event.target.closest(".token"), at(event)));
    this.text.addEventListener("keydown", event => this.#key(event));
  }

  clear() {
    super.clear();
    this.#spans = [];
    this.#traces.clear();
    this.#changed = this.#tokens = 0;
    this.#inspector.clear();
    this.root.querySelector(".changed").hidden = true;
  }

  write(content, choice) {
    const tokens = choice.proxy_trace ?? choice.logprobs?.content?.map(told => ({...told, candidates: told.top_logprobs})) ?? [];
    for (const piece of cut(content, tokens)) {
      this.text.append(piece.token ? this.#span(piece) : piece.text);
    }
    for (const token of tokens) {
      this.#tokens++;
      this.#changed += token.target_choice !== undefined && token.target_choice.id !== token.id;
    }
    if (choice.proxy_trace && this.#tokens) {
      this.#tellShare();
    }
  }

  #span({text, token}) {
    const span = element("span", "token", text);
    span.setAttribute("role", "button");
    span.tabIndex = this.#spans.length ? -1 : 0;
    if (token.delta !== undefined) {
      span.classList.add(token.delta < 0 ? "down" : "up");
      span.style.setProperty("--strength", Math.min(1, Math.abs(token.delta)).toFixed(3));
      span.dataset.delta = signed(token.delta);
      span.classList.toggle("other", token.target_choice.id !== token.id);
    }
    this.#spans.push(span);
    this.#traces.set(span, token);
    return span;
  }

  #tellShare() {
    const share = this.#changed / this.#tokens;
    const place = this.root.querySelector(".changed");
    place.hidden = false;
    place.querySelector("strong").textContent = `${Math.round(100 * share)} %`;
    place.querySelector("i").style.setProperty("--share", share);
  }

  /** Return what is said to those who do not see the page. */
  get summary() {
    const share = this.root.classList.contains("steered") && this.#tokens
      ? ` ${this.#changed} of ${this.#tokens} tokens changed.` : "";
    return `${this.title}: ${this.text.textContent}.${share}`;
  }

  #rove(span) {
    for (const other of this.#spans) {
      other.tabIndex = other === span ? 0 : -1;
    }
  }

  #key(event) {
    const place = this.#spans.indexOf(event.target);
    const last = this.#spans.length - 1;
    const next = {ArrowRight: place + 1, ArrowDown: place + 1, ArrowLeft: place - 1, ArrowUp: place - 1, Home: 0, End: last}[event.key];
    if (next !== undefined) {
      event.preventDefault();
      this.#spans[Math.max(0, Math.min(last, next))].focus();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      event.target.click();
    }
  }
}

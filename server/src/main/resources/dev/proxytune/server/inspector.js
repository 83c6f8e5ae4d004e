/** Shows what each model thought of one token. */

export function element(name, className = "", text = "", ...children) {
  const made = document.createElement(name);
  if (className) {
    made.className = className;
  }
  made.append(text, ...children);
  return made;
}

/** Make white space visible, lest a token look like nothing. */
function visible(text) {
  return text.replace(/^ +/, spaces => "␣".repeat(spaces.length)).replaceAll("\n", "↵").replaceAll("\t", "⇥") || "∅";
}

export function percent(share) {
  const hundredths = 100 * share;
  if (hundredths > 0 && hundredths < 0.1) {
    return "<0.1 %";
  }
  return (hundredths >= 9.95 || hundredths === 0 ? hundredths.toFixed(0) : hundredths.toFixed(1)) + " %";
}

export function signed(delta) {
  return (delta < 0 ? "−" : "+") + Math.abs(delta).toFixed(2);
}

const probability = logprob => logprob === null || logprob === undefined ? undefined : Math.exp(logprob);

export class Inspector {
  #place;
  #token = null;
  #pinned = null;

  constructor(place) {
    this.#place = place;
    place.addEventListener("click", event => event.target.closest(".close") && this.clear());
    document.addEventListener("keydown", event => event.key === "Escape" && this.clear());
  }

  clear() {
    this.#pinned?.removeAttribute("aria-pressed");
    this.#token?.classList.remove("shown");
    this.#pinned = this.#token = null;
    this.#place.replaceChildren(element("p", "hint", "Point at a token of the answer, tap it, or reach it by the Tab and arrow keys, "
      + "to see what each model would have written in its place."));
  }

  /** Show a token, unless another one is held. */
  show(span, trace) {
    if (this.#pinned && this.#pinned !== span) {
      return;
    }
    this.#token?.classList.remove("shown");
    this.#token = span;
    span.classList.add("shown");
    this.#draw(trace);
    // What is shown may cover what it is about.
    span.scrollIntoView({block: "nearest"});
  }

  /** Hold a token, or let it go. */
  pin(span, trace) {
    const held = this.#pinned === span;
    this.#pinned?.removeAttribute("aria-pressed");
    this.#pinned = null;
    this.show(span, trace);
    if (!held) {
      this.#pinned = span;
      span.setAttribute("aria-pressed", "true");
    }
  }

  #draw(trace) {
    const close = element("button", "close", "×");
    close.type = "button";
    close.setAttribute("aria-label", "Close");
    const head = element("div", "head", "", element("b", "piece", visible(trace.token)), element("p", "", ...this.#sentence(trace)), close);
    const sum = element("div", "sum");
    for (const [sign, column] of this.#columns(trace)) {
      if (sign) {
        sum.append(element("span", "sign", sign));
      }
      sum.append(column);
    }
    this.#place.replaceChildren(head, sum);
    document.documentElement.style.setProperty("scroll-padding-bottom", this.#place.offsetHeight + 8 + "px");
  }

  #sentence(trace) {
    if (trace.delta === undefined) {
      return [`The model gives it ${percent(probability(trace.logprob))}.`];
    }
    const before = probability(trace.target_logprob);
    const parts = [`Steered ${percent(before + trace.delta)}, target alone ${percent(before)}: `,
      element("b", "", "Δ " + signed(trace.delta)), "."];
    if (trace.target_choice.id !== trace.id) {
      parts.push(" Alone, the target would have written ", element("q", "", visible(trace.target_choice.token)), ".");
    }
    return parts;
  }

  #columns(trace) {
    const columns = [];
    const add = (sign, kind, name, candidates, logprob) => {
      if (candidates?.length) {
        columns.push([columns.length ? sign : "", this.#column(kind, name, candidates, trace, probability(logprob))]);
      }
    };
    if (trace.delta === undefined) {
      add("", "steered", "Likeliest", trace.candidates, trace.logprob);
      return columns;
    }
    add("", "target", "Target", trace.target_candidates, trace.target_logprob);
    trace.pairs.forEach((pair, place) => {
      const number = trace.pairs.length > 1 ? " " + (place + 1) : "";
      add("+ α", "expert", "Expert" + number, pair.expert_candidates, pair.expert_logprob);
      add("−", "anti", "Anti-expert" + number, pair.anti_expert_candidates, pair.anti_expert_logprob);
    });
    add("=", "steered", "Steered", trace.candidates, Math.log(Math.exp(trace.target_logprob) + trace.delta));
    return columns;
  }

  #column(kind, name, candidates, trace, chosen) {
    const list = element("ol");
    for (const candidate of candidates) {
      list.append(this.#row(candidate.token, probability(candidate.logprob), candidate.id === trace.id));
    }
    if (chosen !== undefined && !candidates.some(candidate => candidate.id === trace.id)) {
      const row = this.#row(trace.token, chosen, true);
      row.classList.add("far");
      list.append(row);
    }
    return element("section", "column " + kind, "", element("h3", "", name), list);
  }

  #row(token, share, chosen) {
    const row = element("li", chosen ? "chosen" : "", "", element("span", "piece", visible(token)), element("span", "share", percent(share)));
    row.style.setProperty("--share", share);
    return row;
  }
}

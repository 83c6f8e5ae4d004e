/** Ties the page together: what is asked, of whom, and what is shown of it. */

import {ask, curl, isReady, listModels, Refusal} from "./client.js";
import {element, Inspector} from "./inspector.js";
import {Panel, TokenPanel} from "./panels.js";

const CANDIDATES = 5;
const PATIENCE_MS = 250;

const find = id => document.getElementById(id);
const inspector = new Inspector(find("why"));
let models = [];
let panels = new Map();
let key = sessionStorage.getItem("key") ?? "";
let asked = null;
let running = new Map();
let problem = null;
let timer = 0;

const model = () => models[find("model").selectedIndex];

/** Return α as requests want it: a number for one pair, a list for several. */
function alpha() {
  const values = [...find("weights").querySelectorAll("input")].map(input => Number(input.value));
  return values.length === 1 ? values[0] : values;
}

/** Return what is asked of a voice, without what only the page wants to know. */
function body(voice) {
  const steered = voice === "steered" && model().proxy;
  return {
    model: asked.names[voice],
    messages: [{role: "user", content: asked.question}],
    temperature: 0,
    max_tokens: asked.length,
    ...(steered && {proxy: {alpha: alpha()}}),
  };
}

/** Ask as the button would, which lets the browser check the fields. */
function submit() {
  if (!find("ask").disabled) {
    find("form").requestSubmit();
  }
}

function askAll() {
  const question = find("question").value.trim();
  const length = find("length").valueAsNumber;
  if (!question || !model()) {
    find("question").focus();
    return;
  }
  const {id, proxy} = model();
  asked = {question, length, names: {steered: id, target: proxy?.base, expert: proxy?.expert}};
  // The steered answer is the one that people wait for.
  run(...[...panels.keys()].reverse());
}

/** Ask some voices anew, in place of what they are saying. */
function run(...voices) {
  clearTimeout(timer);
  tell(null);
  find("said").textContent = "";
  voices.forEach(start);
  showRunning();
}

async function start(voice) {
  running.get(voice)?.abort();
  const controller = new AbortController();
  const panel = panels.get(voice);
  running.set(voice, controller);
  panel.begin();
  const traced = voice !== "steered" ? {}
    : model().proxy ? {proxy_trace: {candidates: CANDIDATES}} : {logprobs: true, top_logprobs: CANDIDATES};
  let stopped = "";
  try {
    await ask({...body(voice), ...traced}, key, controller.signal,
      chunk => running.get(voice) === controller && panel.add(chunk));
  } catch (error) {
    stopped = error.name === "AbortError" ? "stopped" : "no answer";
    if (error.name !== "AbortError") {
      tell(error);
    }
  }
  if (running.get(voice) === controller) {
    running.delete(voice);
    panel.end(stopped);
    showRunning();
    if (voice === "steered" && !stopped) {
      find("said").textContent = panel.summary;
    }
  }
}

function stop() {
  clearTimeout(timer);
  running.forEach(controller => controller.abort());
}

function showRunning() {
  find("stop").disabled = running.size === 0;
}

/** Show what went wrong, or that nothing does any longer. */
function tell(error) {
  if (error && !(error instanceof Refusal)) {
    console.error(error);
  }
  problem = error && problem ? problem : error;
  const wantsKey = problem?.status === 401;
  find("problem").hidden = !problem || (wantsKey && !key);
  find("reason").textContent = wantsKey ? "The server does not know this key." : problem?.message ?? "";
  find("again").hidden = wantsKey;
  if (wantsKey && find("key-form").hidden) {
    find("key-form").hidden = false;
    find("key").focus();
  }
}

/** Debounced, as a slider says much while it is moved. */
function weigh() {
  showWeights();
  clearTimeout(timer);
  if (asked) {
    timer = setTimeout(() => run("steered"), PATIENCE_MS);
  }
}

function showWeights() {
  for (const weight of find("weights").children) {
    weight.querySelector("output").textContent = weight.querySelector("input").value;
  }
}

function makeWeight(value, place, all) {
  const made = find("weight").content.cloneNode(true);
  const input = made.querySelector("input");
  const [low, high] = [Math.min(0, Math.floor(value)), Math.max(2, Math.ceil(value))];
  input.min = low;
  input.max = high;
  input.value = value;
  input.setAttribute("aria-label", "α, the influence of the expert" + (all.length > 1 ? " " + (place + 1) : ""));
  if (all.length > 1) {
    made.querySelector(".term").append(" " + (place + 1));
  }
  const marks = made.querySelector(".scale").children;
  [low, (low + high) / 2, high].forEach((mark, index) => { marks[index].textContent = mark || "0, target alone"; });
  input.addEventListener("input", weigh);
  return made;
}

function chooseModel() {
  stop();
  asked = null;
  running = new Map();
  const {proxy, examples = []} = model();
  find("weights").replaceChildren(...(proxy?.alpha ?? []).map(makeWeight));
  showWeights();
  panels = new Map();
  if (proxy?.base) {
    panels.set("target", new Panel("target", "Target alone", "the large model, not tuned"));
  }
  if (proxy?.expert) {
    panels.set("expert", new Panel("expert", "Expert alone", "the small model, tuned"));
  }
  panels.set("steered", proxy
    ? new TokenPanel("steered", "Proxy-tuned", "the target, steered by the expert", inspector, copy)
    : new TokenPanel("single", "Answer", "one model alone; nothing steers it", inspector, copy));
  find("answers").replaceChildren(...[...panels.values()].map(panel => panel.root));
  find("why").hidden = false;
  inspector.clear();
  // Sorted, as short ones share a line.
  find("examples").replaceChildren(...examples.toSorted((one, other) => one.length - other.length).map(makeExample));
}

function makeExample(question) {
  const chip = element("button", "chip", question);
  chip.type = "button";
  chip.addEventListener("click", () => {
    find("question").value = question;
    submit();
  });
  return chip;
}

async function copy(button) {
  if (!asked) {
    find("question").focus();
    return;
  }
  const command = curl(body("steered"), key !== "");
  const label = button.textContent;
  button.textContent = await toClipboard(command) ? "Copied" : "The browser does not allow it";
  setTimeout(() => { button.textContent = label; }, 1500);
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers keep the clipboard from pages that came without TLS; this older way they leave open.
    const area = element("textarea", "unseen");
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}

/** Learn what is served, and wait for it to be loaded. */
async function open() {
  try {
    const all = await listModels(key);
    const parts = new Set(all.flatMap(each => each.proxy ? [each.proxy.base, each.proxy.expert] : []));
    models = all.filter(each => !parts.has(each.id));
    find("model").replaceChildren(...models.map(each => new Option(each.id)));
    find("models").hidden = false;
    find("models").classList.toggle("only", models.length === 1);
    find("model").disabled = models.length === 1;
    chooseModel();
    find("key-form").hidden = true;
    tell(null);
    await load();
  } catch (error) {
    tell(error);
  }
}

async function load() {
  find("ask").disabled = true;
  try {
    while (!await isReady()) {
      find("ask").textContent = "Loading the model …";
      await new Promise(resolve => setTimeout(resolve, 500));
    }
  } finally {
    find("ask").disabled = false;
    find("ask").textContent = "Ask";
  }
}

find("form").addEventListener("submit", event => {
  event.preventDefault();
  askAll();
});
find("question").addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    submit();
  }
});
find("stop").addEventListener("click", stop);
find("again").addEventListener("click", () => asked ? run(...panels.keys()) : open());
find("model").addEventListener("change", chooseModel);
find("key-form").addEventListener("submit", event => {
  event.preventDefault();
  key = find("key").value.trim();
  sessionStorage.setItem("key", key);
  problem = null;
  open();
});
open();

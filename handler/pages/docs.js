// Draw the page from openapi.json: the form, the same request for curl and Python, and the facts about the model.
import { charts } from "./chart.js";
import { Field, make, words } from "./fields.js";

const element = (id) => document.getElementById(id);
const here = (path) => new URL(path, document.baseURI).href;

const api = await (await fetch("openapi.json")).json();
const { Row, Answer, Explanation } = api.components.schemas;
const about = api["x-model"] ?? {};
const predict = api.paths["/predict"].post;
const examples = predict.requestBody.content["application/json"].examples ?? {};
const columns = Object.entries(Row.properties ?? {});
const required = new Set(Row.required ?? []);

document.title = `${api.info.title} \u2013 Thaw`;
element("name").textContent = api.info.title;
element("version").textContent = `Version ${api.info.version}`;

// The form. A model without columns, or one that takes several rows at a time, has one field for JSON.

const whole = columns.length && (examples.one || !examples.several) ? null : new Field("row", {}, { label: "A row, or a list of rows" });
const fields = whole ? [whole] : columns.map(([name, schema]) =>
  new Field(name, schema, { required: required.has(name), alone: columns.length === 1 }));
const params = (predict.parameters ?? []).filter(({ name }) => !Explanation || name !== "explain")
  .map(({ name, schema }) => new Field(name, schema, { required: false }));
const explains = () => Explanation && element("wish").querySelector("input").checked;

element("fields").append(...fields.map((field) => field.node));
element("params").append(...params.map((field) => field.node));
element("params").hidden = !params.length;
element("wish").hidden = !Explanation;
element("form").querySelector("[type=reset]").hidden = !Object.keys(examples).length;
for (const type of ["input", "change"]) element("form").addEventListener(type, tell);
element("form").addEventListener("reset", (event) => { event.preventDefault(); fill(); });
element("form").addEventListener("submit", (event) => { event.preventDefault(); ask(); });
fill();

function fill() {
  const example = examples.one?.value ?? {};
  for (const field of fields) field.fill(field === whole ? examples.one?.value ?? examples.several?.value ?? {} : example[field.name]);
  for (const field of params) field.fill(field.schema.default);
  tell();
}

/** Return the filled fields as pairs of a name and the text of a JSON value; throw the first field's error. */
function given(asked) {
  const found = [];
  let wrong;
  for (const field of asked) {
    try {
      const text = field.json();
      if (text !== undefined) found.push([field.name, text]);
    } catch (error) {
      wrong ??= error;
    }
  }
  if (wrong) throw wrong;
  return found;
}

function call() {
  const row = given(fields);
  const query = new URLSearchParams();
  for (const [name, text] of given(params)) {
    for (const value of [JSON.parse(text)].flat()) query.append(name, value);
  }
  const body = whole ? row[0]?.[1] ?? "" : `{${row.map(([name, text]) => `${JSON.stringify(name)}: ${text}`).join(", ")}}`;
  if (explains()) query.append("explain", "true");
  return { row, body, address: here(query.size ? `predict?${query}` : "predict") };
}

// The same request, for curl and for Python.

function tell() {
  let asked;
  try {
    asked = call();
  } catch {
    return; // the field shows its error; the last valid request stays
  }
  const { row, body, address } = asked;
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  element("curl").textContent = `curl -H 'content-type: application/json' -d ${quoted(body)} ${quoted(address)}`;
  const lines = row.map(([name, text]) => `    ${JSON.stringify(name)}: ${/^[-\d]/.test(text) ? text : python(JSON.parse(text))},\n`);
  const value = whole ? python(JSON.parse(body)) : `{\n${lines.join("")}}`;
  element("python").textContent =
    `import requests\n\nrow = ${value}\nanswer = requests.post(${JSON.stringify(address)}, json=row)\nprint(answer.json())`;
}

/** Return a JSON value as a Python literal. */
function python(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${python(inner)}`).join(", ")}}`;
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const code = element(button.dataset.copy);
    getSelection().selectAllChildren(code);
    await navigator.clipboard?.writeText(code.textContent); // missing without TLS
    button.textContent = navigator.clipboard ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
}

// The response.

async function ask() {
  const button = element("form").querySelector("[type=submit]");
  const show = (...nodes) => element("answer").replaceChildren(...nodes);
  try {
    const { body, address } = call();
    button.setAttribute("aria-busy", "true");
    const started = performance.now();
    const response = await fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body });
    const answer = await response.json();
    const took = make("p", { className: "took" }, `Status ${response.status}, ${Math.round(performance.now() - started)} ms`);
    if (response.ok && explains()) show(drawn(answer.predictions), charts(answer.explanations), took);
    else show(response.ok ? drawn(answer) : refused(answer), took);
  } catch (error) {
    show(make("p", { className: "wrong" }, error.message));
    element("form").querySelector("[aria-invalid=true]")?.focus();
  } finally {
    element("answer").scrollIntoView({ block: "nearest" });
    button.removeAttribute("aria-busy");
  }
}

function drawn(answer) {
  if (Array.isArray(answer)) return make("pre", {}, JSON.stringify(answer, null, 2));
  const rows = Object.entries(answer).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
  return make("dl", {}, ...rows.flatMap(([name, text]) => [make("dt", {}, name), make("dd", {}, text)]));
}

function refused(problem) {
  const text = problem.detail ?? problem.message ?? "The request failed without a reason.";
  const field = [...fields, ...params].find(({ name }) => name === problem.column);
  field?.refuse(text);
  field?.input.focus();
  return make("p", { className: "wrong" }, text);
}

// The model.

const proof = about.proof ?? {};
const number = (value) => value.toLocaleString("en");
const parts = (about.answers?.varies ?? []).map((path) => path.join("."));
const proved = proof.rows ? [
  `${number(proof.rows)} rows have the same answers as from MLflow`,
  proof.identical_rows === proof.rows ? "all of them bit for bit" : `${number(proof.identical_rows)} of them bit for bit`,
  proof.greatest_difference ? `largest difference ${proof.greatest_difference.toExponential(1)}` : null,
  parts.length ? `not compared, because they differ from call to call: ${parts.join(", ")}` : null,
  proof.unstable_rows ? `${number(proof.unstable_rows)} left out because MLflow's own answers differ` : null,
].filter(Boolean).join(", ") : parts.length ? "none: the answers differ from call to call"
  : proof.state === "unproved" ? "none: these answers were not compared with MLflow's" : "";
const share = (value) => `${(100 * value).toPrecision(2)} %`;
const loss = ({ rows, mean_difference, greatest_difference, labels_changed }) =>
  `${number(rows)} rows differ by ${share(mean_difference)} on average and ${share(greatest_difference)} at most` +
  (labels_changed === null ? "" : `, ${number(labels_changed)} have another label`);
const facts = {
  Flavor: about.flavor,
  Backend: about.backend,
  Classes: (about.classes ?? []).map(String).join(", "),
  Proof: proof.quantized && proved ? `before it was quantised: ${proved}` : proved,
  Quantised: proof.quantized && `to 8 bits; of the example, ${loss(proof.quantized.example)}; of the probing rows, ${loss(proof.quantized.probing)}`,
  Versions: proof.reference && `${proof.reference.versions}; MLflow was asked on Python ${proof.reference.python}`,
  "Not used": (proof.refused ?? []).map(({ backend, reason }) => `${backend}: ${reason}`).join("; "),
  "Built with": Object.entries(about.built_with ?? {}).map(([name, version]) => `${name} ${version}`).join(", "),
};
for (const [name, text] of Object.entries(facts)) {
  if (text) element("facts").append(make("dt", {}, name), make("dd", {}, text));
}
const badges = [about.flavor, about.backend && `${about.backend} backend`, proof.rows ? `proved on ${number(proof.rows)} rows` : proof.state === "unproved" && "not proved"];
element("badges").append(...badges.filter(Boolean).map((text) => make("li", {}, text)));

const type = (schema) => schema["x-mlflow-type"] ?? words(schema, true);
const few = (schema) => (schema.enum ?? schema.examples ?? []).filter((value) => value !== null).slice(0, 12).join(", ");
table("inputs", columns.map(([name, schema]) =>
  [name, type(schema), [required.has(name) ? "" : "optional", schema["x-mlflow-type"] === "string" ? few(schema) : ""].filter(Boolean).join("; ")]));
table("outputs", Object.entries(Answer.properties ?? {}).map(([name, schema]) => [name, type(schema), ""]));
table("metrics", Object.entries(about.metrics ?? {}).map(([name, value]) => [name, String(value), ""]));
element("measured").hidden = !Object.keys(about.metrics ?? {}).length;

function table(id, rows) {
  const drawn = rows.map(([name, text, more]) =>
    make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, make("code", {}, text), more ? make("small", {}, more) : null)));
  element(id).append(...(rows.length ? drawn : [make("tr", {}, make("td", {}, "The model's signature does not list any."))]));
}

// The reference: the viewer's files are loaded when the reader scrolls near it.

new IntersectionObserver(([seen], observer) => {
  if (!seen.isIntersecting) return;
  observer.disconnect();
  drawReference();
}, { rootMargin: "600px" }).observe(element("viewer"));

function drawReference() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
  const spec = { ...api, servers: [{ url: here(".").replace(/\/$/, "") }] };
  // The viewer has a <main> of its own, and a page may have only one.
  new MutationObserver(() => element("viewer").querySelector("main")?.setAttribute("role", "presentation"))
    .observe(element("viewer"), { childList: true, subtree: true });
  const script = make("script", { src: "docs/swagger-ui-bundle.js" });
  script.addEventListener("load", () => {
    follow();
    dark.addEventListener("change", follow);
    window.SwaggerUIBundle({ spec, dom_id: "#viewer", validatorUrl: null, defaultModelsExpandDepth: 0 });
  });
  script.addEventListener("error", () => element("viewer").append(make("p", { className: "soft" }, "The viewer is not installed in this image.")));
  // Our style sheet stays last, and overrides the viewer's.
  document.head.prepend(make("link", { rel: "stylesheet", href: "docs/swagger-ui.css" }), script);
}

// Draws the page from openapi.json: the form, the facts, and the same call in other words.

const element = (id) => document.getElementById(id);

/** An element with properties and children; text is only ever text. */
function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const types = (schema) => [schema.type ?? []].flat();
const nullable = (schema) => types(schema).includes("null");
const kind = (schema) => types(schema).find((name) => name !== "null") ?? "any";

/** How each JSON type is asked for, and what its text means. */
const CONTROLS = {
  string: {
    draw: (schema, alone) =>
      alone && !schema.pattern ? make("textarea", { rows: 6 }) : make("input", { type: "text", spellcheck: false }),
    read: (text) => text,
  },
  number: { draw: () => make("input", { type: "number", step: "any" }), read: Number },
  integer: { draw: () => make("input", { type: "number", step: 1 }), read: Number },
  boolean: {
    draw: () => make("select", {}, make("option", {}, "true"), make("option", {}, "false")),
    read: (text) => text === "true",
  },
  other: { draw: () => make("textarea", { rows: 3 }), read: (text) => JSON.parse(text) },
};
const control = (schema) => CONTROLS[kind(schema)] ?? CONTROLS.other;
const written = (schema, value) =>
  value === null || value === undefined ? "" : control(schema) === CONTROLS.other ? JSON.stringify(value) : String(value);

const api = await (await fetch("openapi.json")).json();
const schemas = api.components.schemas;
const about = api["x-model"] ?? {};
const columns = Object.entries(schemas.Row.properties ?? {});
const required = new Set(schemas.Row.required ?? []);
const predict = api.paths["/predict"].post;
const example = predict.requestBody.content["application/json"].examples?.one.value ?? {};
const fields = new Map();

document.title = `${api.info.title} - Thaw`;
element("name").textContent = api.info.title;
element("version").textContent = `Version ${api.info.version}`;
drawFacts();
drawForm();
drawReference();

function drawFacts() {
  const proof = about.proof ?? {};
  const facts = {
    Flavor: about.flavor,
    Backend: about.backend,
    Proof: proof.rows && `${proof.rows.toLocaleString("en")} rows compared with MLflow, ${proof.identical_rows?.toLocaleString("en")} identical to the last bit`,
    "Built with": Object.entries(about.built_with ?? {}).map(([name, version]) => `${name} ${version}`).join(", "),
    Classes: (about.classes ?? []).map(String).join(", "),
  };
  for (const [name, text] of Object.entries(facts)) {
    if (text) element("facts").append(make("dt", {}, name), make("dd", {}, text));
  }
  drawTable("inputs", columns.map(([name, schema]) => [name, described(schema, required.has(name))]));
  drawTable("outputs", Object.entries(schemas.Answer.properties ?? {}).map(([name, schema]) => [name, kind(schema)]));
  const metrics = Object.entries(about.metrics ?? {});
  element("metrics").hidden = !metrics.length;
  element("metrics").querySelector("table").append(...metrics.map(([name, value]) => line(name, String(value))));
}

function described(schema, must) {
  return kind(schema) + (nullable(schema) ? " or null" : "") + (must ? "" : ", may be left out");
}

function line(name, text) {
  return make("tr", {}, make("th", { scope: "row" }, name), make("td", { className: "type" }, text));
}

function drawTable(id, rows) {
  element(id).append(...(rows.length ? rows.map(([name, text]) => line(name, text)) : [line("anything", "the model has no signature")]));
}

function drawForm() {
  const given = columns.length ? columns : [["row", {}]];
  for (const [name, schema] of given) {
    const id = `field-${fields.size}`;
    const input = control(schema).draw(schema, given.length === 1);
    Object.assign(input, { id, name });
    input.setAttribute("aria-describedby", `${id}-wrong`);
    if (schema.examples?.length && input.tagName === "INPUT") input.setAttribute("list", `${id}-known`);
    if (kind(schema) === "boolean" && (nullable(schema) || !required.has(name))) input.prepend(make("option", { value: "" }, ""));
    const known = schema.examples?.length
      ? make("datalist", { id: `${id}-known` }, ...schema.examples.map((value) => make("option", { value })))
      : null;
    const label = make("label", { htmlFor: id }, columns.length ? name : "One row, as JSON", " ", make("small", {}, columns.length ? described(schema, required.has(name)) : ""));
    const wrong = make("p", { id: `${id}-wrong`, className: "wrong", hidden: true });
    element("fields").append(make("div", { className: "field" }, label, input, known, wrong));
    fields.set(name, { input, schema, wrong });
  }
  fill();
  element("form").addEventListener("input", retell);
  element("form").addEventListener("reset", (event) => { event.preventDefault(); fill(); });
  element("form").addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(element(button.dataset.copy).textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }
}

function fill() {
  for (const [name, { input, schema }] of fields) {
    input.value = columns.length ? written(schema, example[name]) : JSON.stringify(example, null, 2);
  }
  retell();
}

/** The row as the form has it; an empty field is a missing value, or is left out. */
function row() {
  const found = {};
  for (const [name, field] of fields) {
    const text = field.input.value;
    show(field, "");
    try {
      if (!columns.length) return JSON.parse(text);
      if (text === "" && kind(field.schema) !== "string") {
        if (nullable(field.schema)) found[name] = null;
      } else if (text !== "" || required.has(name)) {
        found[name] = control(field.schema).read(text);
      }
    } catch {
      show(field, "This is not JSON.");
    }
  }
  return found;
}

function show({ input, wrong }, text) {
  input.setAttribute("aria-invalid", String(Boolean(text)));
  wrong.hidden = !text;
  wrong.textContent = text;
}

function address() {
  return new URL("predict", document.baseURI).href;
}

function retell() {
  const body = JSON.stringify(row());
  element("curl").textContent = `curl -d '${body.replaceAll("'", "'\\''")}' ${address()}`;
  element("python").textContent = `import requests\n\nanswer = requests.post("${address()}", json=${python(row())})\nprint(answer.json())`;
}

/** A JSON value as Python writes it. */
function python(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object") return `{${Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${python(inner)}`).join(", ")}}`;
  return JSON.stringify(value);
}

async function ask() {
  const button = element("form").querySelector("[type=submit]");
  button.setAttribute("aria-busy", "true");
  const started = performance.now();
  try {
    const response = await fetch(address(), { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(row()) });
    const answer = await response.json();
    const took = make("p", { className: "took" }, `${response.status}, ${Math.round(performance.now() - started)} ms`);
    element("answer").replaceChildren(response.ok ? drawn(answer) : refused(answer), took);
  } catch (error) {
    element("answer").replaceChildren(make("p", { className: "wrong" }, `No answer came: ${error.message}`));
  } finally {
    button.removeAttribute("aria-busy");
  }
}

function drawn(answer) {
  const list = make("dl");
  for (const [name, value] of Object.entries(answer)) {
    list.append(make("dt", {}, name), make("dd", {}, typeof value === "string" ? value : JSON.stringify(value)));
  }
  return list;
}

function refused(problem) {
  const field = fields.get(problem.column);
  if (field) {
    show(field, problem.detail);
    field.input.focus();
  }
  return make("p", { className: "wrong" }, problem.detail ?? problem.message ?? "The model's host answered with an error.");
}

/** The viewer, if the image has one. */
function drawReference() {
  document.head.append(make("link", { rel: "stylesheet", href: "docs/swagger-ui.css" }));
  const script = make("script", { src: "docs/swagger-ui-bundle.js" });
  script.addEventListener("load", () => {
    document.documentElement.classList.toggle("dark-mode", matchMedia("(prefers-color-scheme: dark)").matches);
    window.SwaggerUIBundle({ spec: api, dom_id: "#viewer", deepLinking: false, docExpansion: "list", defaultModelsExpandDepth: 0 });
  });
  script.addEventListener("error", () => element("viewer").append(make("p", { className: "hint" }, "The viewer is not in this image.")));
  document.head.append(script);
}

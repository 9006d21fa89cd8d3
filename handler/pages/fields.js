// Form fields, drawn from JSON schemas. A field's value is the text of a JSON value, so that no digit is lost.

/** Create an element with properties and children; strings become text, never markup. */
export function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const types = (schema) => [schema.type ?? []].flat();
const kind = (schema) => types(schema).find((name) => name !== "null") ?? "any";
const nullable = (schema) => types(schema).includes("null") || kind(schema) === "any";

const WORDS = { string: "text", number: "number", integer: "whole number", boolean: "true or false" };
const ODD = { datetime: "date or date and time", binary: "base64" };

/** Describe a schema's values in words. */
export function words(schema, required) {
  if (kind(schema) === "any") return "anything, as JSON";
  const what = ODD[schema["x-mlflow-type"]] ?? WORDS[kind(schema)] ?? `${kind(schema)}, as JSON`;
  return what + (required ? (nullable(schema) ? ", or empty" : "") : ", or left out");
}

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i;
const OTHER = "other";

/** For each kind of value: how to draw its control, and how to read the control as JSON text. */
const CONTROLS = {
  line: { draw: () => make("input", { type: "text", spellcheck: false, autocomplete: "off" }), read: JSON.stringify },
  text: { draw: () => make("textarea", { rows: 8 }), read: JSON.stringify },
  number: {
    draw: (schema) => make("input", { type: "number", step: kind(schema) === "integer" ? 1 : "any", inputMode: "decimal" }),
    read: (text) => (NUMBER.test(text) ? text : JSON.stringify(Number(text))),
  },
  choice: { draw: drawChoice, read: (text) => text },
  json: { draw: () => make("textarea", { rows: 4, spellcheck: false }), read: (text) => (JSON.parse(text), text) },
};

function choices(schema) {
  const known = schema.enum ?? (kind(schema) === "boolean" ? [true, false] : schema.pattern ? [] : schema.examples) ?? [];
  return known.filter((value) => value !== null);
}

/** Whether values other than the choices are valid. */
const open = (schema) => choices(schema).length > 0 && !schema.enum && kind(schema) !== "boolean";

function drawChoice(schema, required) {
  const options = choices(schema).map((value) => make("option", { value: JSON.stringify(value) }, String(value)));
  const none = nullable(schema) || !required ? make("option", { value: "" }, "\u2014") : null;
  return make("select", {}, none, ...options, open(schema) ? make("option", { value: OTHER }, "Another\u2026") : null);
}

function controlOf(schema, alone) {
  if (choices(schema).length) return CONTROLS.choice;
  if (kind(schema) === "string") return alone && !schema.pattern ? CONTROLS.text : CONTROLS.line;
  return ["number", "integer"].includes(kind(schema)) ? CONTROLS.number : CONTROLS.json;
}

let count = 0;

/** One value of a form: its label, its control and its error. */
export class Field {
  constructor(name, schema, { required = true, alone = false, label = name } = {}) {
    Object.assign(this, { name, schema, required });
    const id = `field-${(count += 1)}`;
    this.control = controlOf(schema, alone);
    this.input = Object.assign(this.control.draw(schema, required), { id, name });
    this.other = open(schema) ? make("input", { type: "text", hidden: true, ariaLabel: `Another ${label}` }) : null;
    this.wrong = make("p", { id: `${id}-wrong`, className: "wrong", hidden: true });
    const hint = make("small", { id: `${id}-hint` }, words(schema, required));
    this.input.setAttribute("aria-describedby", `${hint.id} ${this.wrong.id}`);
    this.input.addEventListener("change", () => this.#settle());
    this.node = make("div", { className: "field" }, make("label", { htmlFor: id }, label), hint, this.input, this.other, this.wrong);
  }

  /** Set the value; undefined empties the field. */
  fill(value) {
    const text = value === null || value === undefined ? "" : JSON.stringify(value);
    const plain = typeof value === "string" && ![CONTROLS.json, CONTROLS.choice].includes(this.control);
    this.input.value = plain ? value : text;
    if (this.other && this.input.value !== text) {
      this.input.value = OTHER;
      this.other.value = value;
    }
    this.#settle();
  }

  #settle() {
    if (this.other) this.other.hidden = this.input.value !== OTHER;
  }

  /** Return the JSON text of the value, or undefined for an empty field; show the error of an invalid value, and throw it. */
  json() {
    this.refuse("");
    if (this.other && this.input.value === OTHER) return JSON.stringify(this.other.value);
    const text = this.input.value;
    if (this.input.validity.badInput) this.#fail("Not a number.");
    if (text === "" && (kind(this.schema) !== "string" || nullable(this.schema) && this.control !== CONTROLS.text)) {
      return this.required && nullable(this.schema) ? "null" : undefined;
    }
    if (text === "" && !this.required) return undefined;
    try {
      return this.control.read(text);
    } catch {
      return this.#fail("Not valid JSON.");
    }
  }

  #fail(text) {
    this.refuse(text);
    throw new Error(text);
  }

  /** Show an error; an empty text removes it. */
  refuse(text) {
    this.input.setAttribute("aria-invalid", String(Boolean(text)));
    this.wrong.hidden = !text;
    this.wrong.textContent = text;
  }
}

// Draw an explanation: a bar for each column, to the right if it adds to the expected value, to the left if it takes away.
import { make } from "./fields.js";

const MOST = 15;
const NOTHING = 1e-6; // of the greatest value
const number = (value) => value.toLocaleString("en", { maximumSignificantDigits: 4, signDisplay: "exceptZero" });

/** Return charts of explanations, of one row or of several. */
export function charts(explanations) {
  return make("div", { className: "charts" }, ...[explanations].flat(2).map(chart));
}

function chart({ output, expected_value: expected, contributions, terms = {} }) {
  const columns = Object.entries(contributions).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((one, index) => [`${name}[${index}]`, one]) : [[name, value]]);
  const sum = columns.reduce((total, [, value]) => total + value, expected);
  const texts = Object.entries(terms).map(([name, found]) => bars(Object.entries(found), `Words of ${name}`));
  return make("figure", {},
    make("figcaption", {}, `Why ${output}: ${number(expected)} expected, ${number(sum)} for this row`),
    bars(columns, "Columns"), ...texts);
}

/** Return a table of the greatest values, each with a bar; the others are summed up. */
function bars(values, title) {
  const sorted = [...values].sort(([, one], [, other]) => Math.abs(other) - Math.abs(one));
  const others = sorted.splice(MOST);
  if (others.length) sorted.push([`${others.length} others`, others.reduce((total, [, value]) => total + value, 0)]);
  const most = Math.max(...sorted.map(([, value]) => Math.abs(value))) || 1;
  const rows = sorted.map(([name, value]) => {
    const bar = make("span", { className: value < 0 ? "bar less" : "bar" });
    bar.style.setProperty("--share", Math.abs(value) / most);
    const text = number(Math.abs(value) < most * NOTHING ? 0 : value);
    return make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, bar), make("td", {}, text));
  });
  return make("table", { className: "bars" }, make("caption", {}, title), ...rows);
}

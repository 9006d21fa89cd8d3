"""`GET /docs` in a real browser: its content, its form, and that it loads nothing from elsewhere."""

import ast
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser.shown import SCREENSHOTS, Shown
from playwright.sync_api import expect

Show = Callable[..., Shown]

PHONE = {"viewport": {"width": 375, "height": 780}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
DARK = {"color_scheme": "dark"}
MODELS = ("bundle", "houses", "unsigned")
TEXT = 'it\'s "so" \\ $HOME é\n!'
WINDOWS: dict[str, dict[str, Any]] = {"light": {}, "dark": DARK, "phone": PHONE, "dark-phone": {**PHONE, **DARK}}


def description(shown: Shown) -> dict[str, Any]:
    """Return the service's openapi.json."""
    found: dict[str, Any] = json.loads(shown.service.ask("GET", "/openapi.json")[2])
    return found


def predicted(shown: Shown) -> str:
    """Wait for a prediction on the page; return its text."""
    answer = shown.page.locator("#answer dd")
    answer.wait_for()
    return answer.inner_text()


@pytest.mark.parametrize("name", ["bundle", "houses"])
def test_the_page_describes_the_model(name: str, show: Show) -> None:
    """It shows name, version, flavor, columns and types, metrics, and how the model was built and proved."""
    shown = show(name)
    api = description(shown)
    about, text = api["x-model"], shown.page.locator("body").inner_text()
    assert api["info"]["title"] == shown.page.locator("h1").inner_text()
    for fact in (api["info"]["version"], about["flavor"], about["backend"], f"{about['proof']['rows']:,} rows"):
        assert fact in text
    assert f"python {about['built_with']['python']}" in text
    for id_, schema in (("inputs", "Row"), ("outputs", "Answer")):
        rows = shown.page.locator(f"#{id_} tr")
        shown_types = {row.locator("th").inner_text(): row.locator("code").inner_text() for row in rows.all()}
        columns = api["components"]["schemas"][schema]["properties"]
        assert {column: described["x-mlflow-type"] for column, described in columns.items()} == shown_types
    metrics = shown.page.locator("#metrics th").all_inner_texts()
    assert [*about["metrics"]] == metrics


def test_the_form_works_with_the_keyboard_alone(show: Show) -> None:
    """From the top of the page, skip to the form, type a text and predict."""
    shown = show("bundle")
    keys = shown.page.keyboard
    for key in ("Tab", "Enter", "Tab", "Control+A"):
        keys.press(key)
    expect(shown.page.locator("textarea")).to_be_focused()
    keys.type('The council\'s budget was "approved" \\ on Tuesday.')
    keys.press("Tab")
    keys.press("Enter")
    row = {"text": 'The council\'s budget was "approved" \\ on Tuesday.'}
    assert json.dumps(shown.service.predict(row)[1]["FakeNewsTrueFalse"]) == predicted(shown)


def test_fields_follow_the_column_types(show: Show) -> None:
    """Numbers are number fields, booleans and known categories are choices, and other categories can be typed."""
    shown = show("houses")
    page, row = shown.page, description(shown)["components"]["schemas"]["Row"]["properties"]
    assert "number" == page.get_by_label("area (m²)").get_attribute("type")
    assert ["true", "false"] == page.get_by_label("garden").locator("option").all_inner_texts()
    assert row["city"]["examples"] == page.get_by_label("city", exact=True).locator("option").all_inner_texts()[1:-1]
    page.get_by_label("area (m²)").fill("199.5")
    page.get_by_label("garden").select_option("true")
    page.get_by_label("city", exact=True).select_option("Another…")
    page.get_by_label("Another city").fill("Oslo")
    page.get_by_label("heating", exact=True).select_option("")
    page.get_by_label("plot").fill("")
    page.get_by_role("button", name="Predict", exact=True).click()
    example = description(shown)["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    changed = {"area (m²)": 199.5, "garden": True, "city": "Oslo", "heating": None, "plot": None}
    assert shown.service.predict(example["one"]["value"] | changed)[1]["price"] == predicted(shown)


def test_no_digit_is_lost(show: Show) -> None:
    """A 64-bit integer is sent exactly, although JavaScript numbers have 53 bits."""
    shown = show("houses")
    with shown.page.expect_request("**/predict") as sent:
        shown.page.get_by_label("rooms", exact=True).fill("9007199254740993")
        shown.page.get_by_role("button", name="Predict", exact=True).click()
    assert 9007199254740993 == json.loads(sent.value.post_data or "")["rooms"]
    for code in ("#curl", "#python"):
        assert "9007199254740993" in shown.page.locator(code).inner_text()


def test_an_error_is_shown_at_its_field(show: Show) -> None:
    """The field shows the service's message until the value changes."""
    shown = show("houses")
    floor = shown.page.get_by_label("floor")
    floor.fill("2147483648")
    shown.page.get_by_role("button", name="Predict", exact=True).click()
    wrong = shown.page.locator(".field", has=floor).locator(".wrong")
    expect(wrong).to_contain_text("expected an integer from -2147483648 to 2147483647")
    expect(floor).to_be_focused()
    expect(floor).to_have_attribute("aria-invalid", "true")
    floor.fill("2")
    expect(wrong).to_be_hidden()
    shown.page.get_by_role("button", name="Predict", exact=True).click()
    assert predicted(shown) in {"dear", "fair"}


@pytest.mark.parametrize(("name", "bars"), [("bundle", {"text", "hoax"}), ("houses", {"city", "area (m²)"})])
def test_explanations_are_drawn(name: str, bars: set[str], show: Show) -> None:
    """On request, with a bar for each column and each word; the commands ask for them too."""
    shown = show(name)
    page = shown.page
    if name == "bundle":
        page.get_by_label("text").fill("a shocking hoax!")
    page.get_by_label("Explain the prediction").check()
    assert "predict?explain=true" in page.locator("#curl").inner_text()
    page.get_by_role("button", name="Predict").click()
    page.locator(".charts").wait_for()
    assert bars <= set(page.locator(".bars th").all_inner_texts())
    page.screenshot(path=SCREENSHOTS / f"{name}-explained.png", full_page=True)
    assert 0 == Axe().run(page).violations_count


def test_a_model_without_explanations_does_not_offer_them(show: Show) -> None:
    """The box is missing."""
    expect(show("unsigned").page.get_by_label("Explain the prediction")).to_be_hidden()


def test_a_model_without_signature_takes_json(show: Show) -> None:
    """Invalid JSON is reported and not sent."""
    shown = show("unsigned")
    box = shown.page.get_by_label("A row, or a list of rows")
    box.fill("{")
    shown.page.get_by_role("button", name="Predict", exact=True).click()
    expect(shown.page.locator(".field .wrong")).to_have_text("Not valid JSON.")
    box.fill('{"a": 1.5}')
    shown.page.get_by_role("button", name="Predict", exact=True).click()
    assert "{'a': 1.5}" == predicted(shown)


@pytest.mark.parametrize(
    ("name", "column", "value"), [("bundle", "text", 'it\'s "so" \\ $HOME é\n!'), ("houses", "rooms", "3")]
)
def test_the_shown_commands_work(name: str, column: str, value: str, show: Show) -> None:
    """The curl command in a shell and the Python code return the same prediction as the page."""
    shown = show(name)
    shown.page.get_by_label(column, exact=True).fill(value)
    shown.page.get_by_role("button", name="Predict", exact=True).click()
    answer = predicted(shown)
    commands: dict[Callable[[str], Any], list[str]] = {
        json.loads: ["bash", "-c", shown.page.locator("#curl").inner_text()],
        ast.literal_eval: [sys.executable, "-c", shown.page.locator("#python").inner_text()],
    }
    for parse, command in commands.items():
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        [value] = parse(done.stdout).values()
        assert answer == (value if isinstance(value, str) else json.dumps(value))


@pytest.mark.parametrize("stage", ["", "/stage"])
def test_the_reference_is_complete_and_works(stage: str, show: Show) -> None:
    """Every route is listed and can be tried, also behind a stage, since all addresses are relative."""
    shown = show("bundle", stage)
    api = description(shown)
    shown.page.get_by_role("link", name="Reference").click()
    operations = shown.page.locator("#viewer .opblock")
    expect(operations).to_have_count(sum(len(methods) for methods in api["paths"].values()), timeout=20_000)
    predict = operations.first
    predict.get_by_role("button").first.click()
    predict.get_by_role("button", name="Try it out").click()
    with shown.page.expect_response("**/predict") as answered:
        predict.get_by_role("button", name="Execute").click()
    assert (200, f"{stage}/predict") == (answered.value.status, answered.value.url.split(str(shown.service.port))[1])
    expect(predict.locator(".live-responses-table .response").first).to_contain_text("FakeNewsTrueFalse")
    shown.page.get_by_role("button", name="Predict", exact=True).click()
    assert "true" == predicted(shown)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", MODELS)
def test_the_page_fits_its_window(name: str, window: str, show: Show) -> None:
    """Nothing is cut off or inaccessible in light or dark mode; a screenshot is kept for review."""
    shown = show(name, **WINDOWS[window])
    page = shown.page
    page.locator("#viewer").scroll_into_view_if_needed()
    page.locator("#viewer .opblock").last.wait_for(timeout=20_000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    page.get_by_role("button", name="Predict", exact=True).click()
    page.locator("#answer .took").wait_for()
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{window}.png", full_page=True)
    found = Axe().run(page, context={"exclude": [["#viewer"]]})
    assert 0 == found.violations_count, found.generate_report()

"""The page: opened from disk in a browser, by keyboard, at a phone's width, with hostile names."""

import json

import pytest

from unit_tf.report.write_report import report_writer, write_report
from unit_tf.training.logs import TensorBoardLog

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>&quot;"
ALARM = f"step 20: saturated outputs, 0.9 (at most 0.5); try a smaller rate {HOSTILE}"


@pytest.fixture
def page(make_training):
    """The path of a report with everything in it."""
    folder = make_training([10, 20, 30], "<b>run & 'more'", **{"data.root": HOSTILE})
    entries = [
        {"step": 20, "symptom": "saturated", "value": 0.9, "threshold": 0.5, "alarm": True,
         "line": ALARM},
        {"step": 30, "symptom": "saturated", "value": 0.4, "threshold": 0.5, "alarm": False,
         "line": ""},
    ]  # fmt: skip
    (folder / "health.jsonl").write_text("\n".join(map(json.dumps, entries)))
    report = {"step": 30, "directions": {"a2b": {"translation": {"l1": 1.25}}}}
    report["directions"]["a2b"]["constants"] = {"l1": [163, 180, 175]}
    report["directions"]["a2b"]["beside_teacher"] = {"student": {"gmac": 0.5, "psnr": 30}}
    (folder / "evaluation.json").write_text(json.dumps(report))
    for step in (20, 30):
        (folder / f"checkpoints/{step:09d}").mkdir(parents=True)
    (folder / "best.json").write_text(json.dumps({"step": 20, "name": HOSTILE, "value": 0.5}))
    log = TensorBoardLog(folder / "logs")
    log.scalars(20, {"score/l1": 0.5}), log.scalars(30, {"score/l1": 0.75})
    log.close()
    return write_report(folder)


@pytest.fixture
def shown(page, chromium):
    """(driver with the page open, its path)."""
    driver, _ = chromium
    driver.set_window_size(1280, 2000)
    driver.get(page.as_uri())
    assert driver.execute_script("return document.body.dataset.state") == "ready"
    return driver, page


def text(driver, name):
    return driver.find_element("id", name).text


def test_everything_is_on_it(shown, artifacts):
    driver, page = shown
    driver.save_screenshot(str(artifacts / "report.png"))
    assert text(driver, "name") == "<b>run & 'more'"
    assert "step 30 of 100" in text(driver, "time") and "left" in text(driver, "time")
    assert ALARM in text(driver, "alarm-list")
    assert "translation/l1 1.250" in text(driver, "scores-table")
    assert "constants" not in text(driver, "scores-table")
    assert "student 0.5 " in text(driver, "teacher-table")
    assert HOSTILE in text(driver, "data-table")
    assert "run.steps 100 16000" in text(driver, "settings-table")
    assert "--workdir='" in text(driver, "commands")
    assert len(driver.find_elements("css selector", "#plots svg")) == 1
    assert page.stat().st_size < 5 * 2**20


def test_the_best_checkpoint_is_named(shown):
    driver, _ = shown
    said = text(driver, "best-note")
    assert "Newest checkpoint: step 30." in said and "Best checkpoint: step 20" in said
    assert f"{HOSTILE} 0.5000" in said
    assert "step 30 (the newest)" in text(driver, "scores-note")
    assert text(driver, "commands").count(" --checkpoint=best") == 4
    driver.find_element("id", "family").send_keys("score")
    assert "score/l1: 0.7500" in text(driver, "plots")


def test_names_stay_text(shown):
    driver, _ = shown
    assert "owned" not in driver.title.split(":")[0].replace("owned'</script>", "")
    assert driver.title.startswith("<b>run & 'more'")
    assert not driver.find_elements("css selector", "img[src=x], b, main script")
    assert [e for e in driver.get_log("browser") if e["level"] == "SEVERE"] == []


def test_by_keyboard(shown):
    from selenium.webdriver.common.keys import Keys

    driver, _ = shown
    slider = driver.find_element("id", "step")
    last = driver.find_element("id", "sample").get_attribute("src")
    assert text(driver, "step-shown") == "30"
    slider.send_keys(Keys.HOME)
    assert text(driver, "step-shown") == "10"
    assert driver.find_element("id", "sample").get_attribute("src") != last
    driver.find_element("id", "split").send_keys(Keys.HOME)
    clip = "return getComputedStyle(document.getElementById('first')).clipPath"
    assert "100%" in driver.execute_script(clip)
    choose = driver.find_element("id", "family")
    choose.send_keys("gan")
    assert "gan/a" in text(driver, "plots")


@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_the_window(shown, artifacts, width):
    driver, _ = shown
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        wide = driver.execute_script("return document.documentElement.scrollWidth")
        driver.save_screenshot(str(artifacts / f"report_{width}.png"))
        assert wide <= width
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_training_just_begun_has_a_page(make_training, chromium):
    driver, _ = chromium
    driver.get(write_report(make_training([])).as_uri())
    assert driver.execute_script("return document.body.dataset.state") == "ready"
    assert "step 0 of 100" in text(driver, "time")
    assert not driver.find_element("id", "samples").is_displayed()
    assert not driver.find_element("id", "best-note").is_displayed()


def test_a_page_that_cannot_be_written_stops_nothing(make_training, capsys):
    folder = make_training([10])
    (folder / "report.html").mkdir()
    write = report_writer(folder)
    write(10), write(20)
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "report.html: cannot be written" in said

"""Opens the page of a running hub in Chromium, by chromedriver and Python's library alone.

  page.py pictures URL FOLDER       the pictures of docs/images: five people around Vienna, for half a minute
  page.py admin URL FOLDER          the picture of the administration; HUB_ADMIN_KEY has a key, and somebody moves
  page.py frames URL [SECONDS]      frames a second while the devices of a group move; prints JSON. A line of standard
                                    input says that they do: the group's id is printed first.
"""

import base64
import json
import math
import os
import secrets
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

PASSWORD = "quiet-Harbour.92"


def ask(method, url, body=None, token=None):
    """What an HTTP server answers, as JSON."""
    fields = {"Content-Type": "application/json"}
    if token:
        fields["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=fields)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = answer.read()
    except urllib.error.HTTPError as error:
        sys.exit(f"{method} {url}: {error.code} {error.read().decode()[:500]}")
    return json.loads(content) if content else None


class Browser:
    """A window of its own, by the WebDriver protocol."""

    def __init__(self, width, height):
        port = 20000 + os.getpid() % 10000
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}", "--log-level=OFF"])
        self.root = f"http://127.0.0.1:{port}"
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{self.root}/status")
                break
            except OSError:
                time.sleep(0.1)
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en-GB"]}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self.session = f"{self.root}/session/" + ask("POST", f"{self.root}/session", wanted)["value"]["sessionId"]
        self.resize(width, height)

    def resize(self, width, height, scale=1, mobile=False):
        metrics = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile}
        ask("POST", f"{self.session}/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics})

    def open(self, url):
        ask("POST", f"{self.session}/url", {"url": url})

    def run(self, script, *arguments):
        return ask("POST", f"{self.session}/execute/sync", {"script": script, "args": list(arguments)})["value"]

    def until(self, script, *arguments):
        for _ in range(600):
            value = self.run(script, *arguments)
            if value:
                return value
            time.sleep(0.05)
        return sys.exit(f"not in time: {script}")

    def type(self, selector, text):
        found = ask("POST", f"{self.session}/element", {"using": "css selector", "value": selector})["value"]
        ask("POST", f"{self.session}/element/{next(iter(found.values()))}/value", {"text": text})

    def click(self, selector):
        self.run("document.querySelector(arguments[0]).click()", selector)

    def sign_in(self, url, username):
        self.open(url)
        self.until("return document.querySelector('form') !== null")
        self.type("[name=username]", username)
        self.type("[name=password]", PASSWORD)
        self.click("form .primary")
        self.until("return document.querySelector('.app') !== null")

    def settings(self, url, **values):
        self.run("localStorage.setItem('presence.settings', arguments[0])", json.dumps(values))
        self.open(url)

    def picture(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(ask("GET", f"{self.session}/screenshot")["value"]))

    def close(self):
        try:
            urllib.request.urlopen(f"{self.root}/shutdown")
        except OSError:
            pass
        self.driver.wait()


def person(api, name, display):
    username = f"{name}-{secrets.token_hex(4)}"
    values = {"email": f"{username}@example.org", "password": PASSWORD, "username": username, "displayName": display}
    return ask("POST", f"{api}/auth/register", values)


# Where each walks in circles: the middle, how wide, how fast, how exact.
WALKS = [
    ("Grace Hopper", 48.2082, 16.3738, 0.035, 1.4, 8),
    ("Linus Torvalds", 48.1486, 17.1077, 0.05, 12, 35),
    ("Margaret Hamilton", 48.3400, 16.7200, 0.06, 5, 400),
    ("Radia Perlman", 47.8456, 16.5333, 0.045, 8, 60),
    ("Zoë Østergård", 48.0050, 16.2300, 0.04, 3, 12),
]
TALK = [
    (-1, "Who is where?"), (0, "At St Stephen's, near the entrance."), (0, "It is crowded here."),
    (1, "On my way from Bratislava, an hour or so."), (2, "The market has strudel."),
    (-1, "Good. Lunch at one, at the market?"), (3, "See you there."),
]


def pictures(url, folder):
    api = f"{url}/api/v1"
    ada = person(api, "ada", "Ada Lovelace")
    token = ada["accessToken"]
    group = ask("POST", f"{api}/groups", {"name": "Weekend in Vienna"}, token)["id"]
    code = ask("POST", f"{api}/groups/{group}/invitations", {"maxUses": 20}, token)["code"]
    others = []
    for name, *_ in WALKS:
        other = person(api, "guest", name)["accessToken"]
        ask("POST", f"{api}/invitations/{code}/join", {}, other)
        device = f"00000000-0000-7000-8000-{secrets.token_hex(6)}"
        ask("POST", f"{api}/devices/register", {"deviceId": device, "displayName": "Phone", "groupId": group}, other)
        others.append((other, device))
    talks = ask("GET", f"{api}/conversations", None, token)["conversations"]
    talk = next(one["id"] for one in talks if one.get("groupId") == group)
    for who, text in TALK:
        message = {"clientId": f"00000000-0000-4000-8000-{secrets.token_hex(6)}", "text": text}
        ask("POST", f"{api}/conversations/{talk}/messages", message, token if who < 0 else others[who][0])
    start, ended = time.time(), threading.Event()

    def move():
        while not ended.wait(1):
            now = time.time()
            for index, (_, latitude, longitude, radius, speed, accuracy) in enumerate(WALKS):
                if index == 4 and now - start > 12:
                    continue
                angle = (now - start) / 8 + index * 1.3
                fix = {
                    "deviceId": others[index][1], "timestamp": int(now * 1000), "accuracy": accuracy, "speed": speed,
                    "latitude": latitude + radius * math.sin(angle), "longitude": longitude + 1.5 * radius * math.cos(angle),
                    "bearing": -math.degrees(angle) % 360, "batteryLevel": 92 - index * 13,
                }
                ask("POST", f"{api}/locations", fix, others[index][0])

    mover = threading.Thread(target=move, daemon=True)
    mover.start()
    browser = Browser(1280, 800)
    all_there = "return document.querySelectorAll('.pin').length === 5"
    light, dark = {"units": "metric", "theme": "light"}, {"units": "metric", "theme": "dark"}

    def shot(name, pause=1.5):
        time.sleep(pause)
        browser.picture(f"{folder}/{name}.png")

    try:
        browser.open(url)
        browser.settings(url, **light)
        browser.sign_in(url, ada["user"]["username"])
        browser.until(all_there)
        time.sleep(25)
        browser.click("[aria-label='Show everybody']")
        shot("map")
        browser.click("#tab-chat")
        shot("chat")
        browser.settings(url, **dark)
        browser.until(all_there)
        shot("dark", 3)
        browser.settings(url, **light)
        browser.until(all_there)
        time.sleep(2)
        browser.click("[aria-label^='Look back']")
        browser.until("return document.querySelector('.history .moment').textContent !== ''")
        browser.run(
            "const one = document.querySelector('.history input'); one.step = 'any'; one.value = 997.5;"
            "one.dispatchEvent(new Event('input'))")
        shot("history")
        browser.resize(390, 844, 2, True)
        browser.open(url)
        browser.until(all_there)
        browser.click(".foot-button:nth-child(2)")
        shot("phone", 2.5)
    finally:
        ended.set()
        mover.join()
        browser.close()


def administration(url, folder):
    """Waits until the charts have something to show."""
    browser = Browser(1280, 960)
    try:
        browser.open(f"{url}/admin")
        browser.run("document.documentElement.dataset.theme = 'light'")
        browser.type("[name=key]", os.environ["HUB_ADMIN_KEY"])
        browser.click("form .primary")
        browser.until("return document.querySelector('.figure-card') !== null")
        time.sleep(180)
        browser.picture(f"{folder}/admin.png")
    finally:
        browser.close()


COUNT = """
const done = arguments[arguments.length - 1], start = performance.now(), times = [];
const step = (now) => { times.push(now); now - start < arguments[0] * 1000 ? requestAnimationFrame(step) : done(times); };
requestAnimationFrame(step);
"""


def frames(url, seconds):
    api = f"{url}/api/v1"
    ada = person(api, "ada", "Ada")
    group = ask("POST", f"{api}/groups", {"name": "Crowd"}, ada["accessToken"])["id"]
    print(group, flush=True)
    sys.stdin.readline()
    browser = Browser(1280, 800)
    try:
        browser.sign_in(url, ada["user"]["username"])
        members = browser.until("return document.querySelectorAll('.pin[data-state=live]').length")
        time.sleep(3)
        ask("POST", f"{browser.session}/timeouts", {"script": 120000})
        body = {"script": COUNT, "args": [seconds]}
        times = ask("POST", f"{browser.session}/execute/async", body)["value"]
        gaps = sorted(later - before for before, later in zip(times, times[1:]))
        print(json.dumps({
            "members": members, "framesPerSecond": round(1000 * len(gaps) / (times[-1] - times[0]), 1),
            "medianMs": round(gaps[len(gaps) // 2], 1), "p95Ms": round(gaps[len(gaps) * 95 // 100], 1),
            "longestMs": round(gaps[-1], 1),
        }))
    finally:
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) == 4 and sys.argv[1] == "pictures":
        pictures(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 4 and sys.argv[1] == "admin":
        administration(sys.argv[2], sys.argv[3])
    elif len(sys.argv) in (3, 4) and sys.argv[1] == "frames":
        frames(sys.argv[2], float(sys.argv[3]) if len(sys.argv) == 4 else 20)
    else:
        sys.exit(__doc__)

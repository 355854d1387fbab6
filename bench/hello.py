"""The yardstick: the smallest Flask application, for the same server settings as Parley."""

from __future__ import annotations

from flask import Flask

app = Flask(__name__)


@app.get("/")
def hello() -> str:
    return "Hello, World!"
